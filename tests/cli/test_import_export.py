"""Records come from other formats and go into them."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "formats"


def test_a_json_array_becomes_a_dataset(shell: Shell) -> None:
    shell("init")
    Path("alpaca.json").write_text(json.dumps(QUESTIONS, ensure_ascii=False, indent=2), encoding="utf-8")
    assert shell("import", "alpaca.json", "--as", "data/alpaca.jsonl") == snapshot("""\
! error: 3 added records of 'alpaca' need a source
! hint: say where they come from: --source 'bank manual 2025' (or --source-field FIELD)
exit 2
""")
    assert not Path("data/alpaca.jsonl").exists()
    assert shell(
        "import", "alpaca.json", "--as", "data/alpaca.jsonl", "--source", "alpaca", "--license", "Apache-2.0"
    ) == snapshot("""\
alpaca@v1.0  +3  (3 records)
source:     alpaca
annotators: Ann Otter
stored:     304 B of records
! added '/alpaca.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    lines = Path("data/alpaca.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == list(QUESTIONS)
    assert shell("log") == snapshot("""\
*  v1.0 (HEAD)  +3  import alpaca.json
   2025-03-01 09:05 · Ann Otter · from alpaca (Apache-2.0) · 3 records
""")
    assert shell("show").split("sources")[1] == snapshot("""\

    alpaca  alpaca.json  licence Apache-2.0  3 records taken
""")
    assert shell("status") == snapshot("""\
alpaca  data/alpaca.jsonl  v1.0
  unchanged since v1.0
""")


def test_a_spreadsheet_comes_back(bank: Shell) -> None:
    assert bank("export", "v1.0", "--to", "csv", "-o", "bank.csv") == snapshot(
        "! wrote 3 records of bank@v1.0 to 'bank.csv'\n"
    )
    table = Path("bank.csv").read_text("utf-8")
    Path("bank.csv").write_text("\ufeff" + table.replace("50天", "56天"), encoding="utf-8")
    assert bank("import", "bank.csv", "--as", "bank", "--annotator", "a2", "-m", "checked by a2") == snapshot("""\
bank@v1.1  ~1  (3 records)
annotators: a2
stored:     102 B of records
""")
    assert bank("diff", "v1.0..v1.1") == snapshot("""\
bank@v1.0 .. bank@v1.1
  ~ 1 modified
  lines +1 -1   bytes +102 B -102 B
  fields: output 1
  text of the changed records: 24 -> 24 characters on average

~ 3  {"instruction": "信用卡的免息期有多长？", "output": "最长56天，从账单日算起。"}
      ~ output  最长[-50-]{+56+}天，从账单日算起。
""")


def test_edits_are_not_lost_to_an_import(edited: Shell) -> None:
    mine = Path("data/bank.jsonl").read_bytes()
    Path("new.jsonl").write_text('{"instruction": "a", "output": "b"}\n', encoding="utf-8")
    assert edited("import", "new.jsonl", "--as", "bank", "--source", "x") == snapshot("""\
! error: 'data/bank.jsonl' was edited since v1.0; import new.jsonl --as bank --source x would overwrite that
! hint: commit the edits first, or let dsvc save them and go on: dsvc import new.jsonl --as bank --source x --force
exit 5
""")
    assert Path("data/bank.jsonl").read_bytes() == mine


def test_what_cannot_be_imported(shell: Shell) -> None:
    shell("init")
    Path("broken.json").write_text('[{"a": 1},\n {"b" 2}]', encoding="utf-8")
    Path("short.csv").write_text("a,b\n1,2\n3\n", encoding="utf-8")
    Path("photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert shell("import", "broken.json", "--source", "x") == snapshot("""\
! error: cannot read 'broken.json:2': expecting ':' delimiter, column 7
! hint: the file may be cut off or damaged; get it again, or mend it there
exit 4
""")
    assert shell("import", "short.csv", "--source", "x") == snapshot("""\
! error: cannot read 'short.csv:3': expected 2 values as in the header, found 1
! hint: check the quotes and delimiters of this row
exit 4
""")
    assert shell("import", "photo.jpg", "--source", "x") == snapshot("""\
! error: cannot tell the format of 'photo.jpg'
! hint: name it: dsvc import 'photo.jpg' --from json|jsonl|csv|csv-raw|tsv|json-objects|parquet|arrow
exit 2
""")
    Path("bad.jsonl").write_text('{"a": 1}\n{"a" 2}\n', encoding="utf-8")
    assert shell("import", "bad.jsonl", "--as", "good.jsonl", "--source", "x") == snapshot("""\
! error: cannot read record at 'bad.jsonl:2': expecting ':' delimiter, column 6
! hint: mend the line (each line must be one complete JSON object) and try again
exit 4
""")
    assert shell("import", "none.json", "--source", "x") == snapshot("""\
! error: there is no file 'none.json'
exit 3
""")
    assert sorted(path.name for path in Path().iterdir() if not path.name.startswith(".")) == [
        "bad.jsonl", "broken.json", "photo.jpg", "short.csv"
    ]  # fmt: skip


def test_export(bank: Shell) -> None:
    assert bank("export", "bank@v1.0", "--to", "json") == snapshot("""\
[
  {"instruction": "逾期90天以上怎么处理？", "output": "转入不良贷款，停止计息。"},
  {"instruction": "What is a grace period?", "output": "Days after the due date without a late fee."},
  {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起。"}
]
""")
    assert bank("export", "bank@v1.0", "--to", "jsonl") == Path("data/bank.jsonl").read_text("utf-8")
    assert bank("export", "v1.0", "-o", "out.json") == snapshot("! wrote 3 records of bank@v1.0 to 'out.json'\n")
    assert bank("export", "v1.0", "-o", "out.json") == snapshot("""\
! error: 'out.json' exists already
! hint: overwrite it: --force
exit 5
""")
    assert bank("export", "v1.0", "-o", "out.json", "--force") == snapshot(
        "! wrote 3 records of bank@v1.0 to 'out.json'\n"
    )
    assert bank("export", "v1.0", "-o", "out.json", "--raw") == snapshot("""\
! error: --raw concerns CSV only
! hint: leave it out
exit 2
""")
    assert json.loads(Path("out.json").read_text("utf-8")) == list(QUESTIONS)


def test_export_keeps_off_working_files(edited: Shell) -> None:
    mine = Path("data/bank.jsonl").read_bytes()
    refused = """\
! error: 'data/bank.jsonl' is the working file of 'bank'; export does not write there
! hint: dsvc checkout bank@v1.0
exit 5
"""
    assert edited("export", "v1.0", "-o", "data/bank.jsonl", "--force") == refused
    assert edited("export", "v1.0", "-o", "data/bank.jsonl") == refused
    assert "checkout" in edited("export", "v1.0", "-o", "data/../data/bank.jsonl", "--force")
    assert Path("data/bank.jsonl").read_bytes() == mine


def test_export_keeps_off_the_files_of_a_folder(shell: Shell) -> None:
    shell("init")
    write_records("set/train.jsonl", *QUESTIONS)
    shell("commit", "set", "--source", "x", "-m", "first")
    assert (
        shell("export", "v1.0", "-o", "set/train.jsonl", "--force")
        == """\
! error: 'set/train.jsonl' is in the folder of 'set'; export does not write there
! hint: dsvc checkout set@v1.0
exit 5
"""
    )


def test_cat(bank: Shell) -> None:
    assert bank("cat", "v1.0") == Path("data/bank.jsonl").read_text("utf-8")
    assert bank("cat", "bank", "--range", "2") == json.dumps(QUESTIONS[1], ensure_ascii=False) + "\n"
    assert bank("cat", "--range", "2:") == bank("cat", "--range", "2:3", "--file", "data/bank.jsonl")
    assert bank("cat", "--range", ":1") == json.dumps(QUESTIONS[0], ensure_ascii=False) + "\n"
    assert bank("cat", "--range", "2:9") == bank("cat", "--range", "2:3")
    past = "! error: there is no row 7: 'data/bank.jsonl' ends before it\nexit 3\n"
    assert bank("cat", "--range", "7:9", "--file", "data/bank.jsonl") == past
    assert bank("cat", "v1.0", "--range", "7:") == past.replace("data/bank.jsonl", "bank@v1.0")


@pytest.mark.skipif(not FORMATS.is_dir(), reason="the real formats are not here")
@pytest.mark.parametrize("name", ["alpaca_zh_demo.json", "glaive_toolcall_zh_demo.json", "v1_sft_demo.jsonl"])
def test_shapes_that_trainers_read(shell: Shell, name: str) -> None:
    shell("init")
    shell("import", str(FORMATS / name), "--as", "data/set.jsonl", "--source", "LLaMA-Factory")
    back = shell("export", "v1.0", "--to", "json")
    text = (FORMATS / name).read_text("utf-8")
    whole = json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.split("\n") if line]
    assert json.loads(back) == whole


def test_nested_values_are_json_text_in_a_table(shell: Shell) -> None:
    messages = [{"role": "user", "content": "逾期,怎么办？"}]
    write_records("data/chat.jsonl", {"id": "1", "messages": messages, "tags": []}, {"id": "2", "messages": [], "n": 1})
    shell("init")
    shell("commit", "data/chat.jsonl", "--source", "hotline", "-m", "first version", "--allow-findings", "as collected")
    assert shell("export", "v1.0", "-o", "chat.csv") == snapshot("""\
! wrote 2 records of chat@v1.0 to 'chat.csv'
! lists and objects are JSON text in their cells, which import reads as strings: 'messages', 'tags'
! numbers, true and false are text in their cells, which import reads as strings: 'n'
! some records lack a field, or have null there; its cell is empty, which import reads as an empty text: 'tags', 'n'
""")
    imported = shell("import", "chat.csv", "--as", "back.jsonl", "--source", "chat.csv")
    assert imported.splitlines()[0] == snapshot("back@v1.0  +2  (2 records)")
    first, second = map(json.loads, Path("back.jsonl").read_text("utf-8").splitlines())
    assert (first["id"], json.loads(first["messages"]), first["tags"]) == ("1", messages, "[]")
    assert second == {"id": "2", "messages": "[]", "tags": "", "n": "1"}
    shell("export", "back@v1.0", "-o", "again.csv")
    assert Path("again.csv").read_bytes() == Path("chat.csv").read_bytes()


def test_an_export_that_fails_names_what_was_asked_for(bank: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(_source))

    monkeypatch.setattr(Path, "replace", full)
    assert bank("export", "v1.0", "-o", "bank.csv") == snapshot("""\
! error: no space left on device: 'bank.csv'
! hint: make room there, then run the command again
exit 5
""")
    assert not [path for path in Path().iterdir() if "bank.csv" in path.name]


def test_a_source_that_the_version_has_leaves_the_edits(edited: Shell) -> None:
    """What was committed is brought in once more, over edits: there is no version to make, and nothing is taken."""
    mine = Path("data/bank.jsonl").read_bytes()
    Path("first.jsonl").write_bytes(Path("data/bank.jsonl").read_bytes())
    edited("export", "bank@v1.0", "-o", "first.jsonl", "--force")
    assert edited("import", "first.jsonl", "--as", "bank", "--force") == snapshot("""\
! error: nothing to commit: 'first.jsonl' is what 'bank' has; the edits in 'data/bank.jsonl' were left alone
! hint: to give them up (they are saved first): dsvc restore bank
exit 3
""")
    assert Path("data/bank.jsonl").read_bytes() == mine


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("data", "'data' is a folder"),
        ("data/new.csv", "a dataset is not kept as '.csv'"),
    ],
)
def test_a_new_dataset_is_a_jsonl_file(bank: Shell, target: str, said: str) -> None:
    Path("new.json").write_text('[{"a": "b"}, {"a": "c"}]', encoding="utf-8")
    told = bank("import", "new.json", "--as", target, "--source", "x")
    assert said in told
    assert "--as data/new.jsonl" in told


def test_an_object_around_the_records_is_not_taken_for_one(bank: Shell) -> None:
    Path("new.json").write_text('{"data": [{"a": "b"}, {"a": "c"}]}', encoding="utf-8")
    assert bank("import", "new.json", "--as", "data/new.jsonl", "--source", "x") == snapshot("""\
! error: 'new.json' is one object around a list: its 'data' holds 2 objects
! hint: take these: --records data; if the whole is one record: --from json-objects
exit 2
""")
    assert not Path("data/new.jsonl").exists()
    bank("import", "new.json", "--as", "data/new.jsonl", "--source", "x", "--records", "data")
    assert Path("data/new.jsonl").read_text("utf-8") == '{"a": "b"}\n{"a": "c"}\n'
    bank("import", "new.json", "--as", "data/one.jsonl", "--source", "x", "--from", "json-objects")
    assert Path("data/one.jsonl").read_text("utf-8") == '{"data": [{"a": "b"}, {"a": "c"}]}\n'


def test_a_list_deep_inside_keeps_its_bytes(bank: Shell) -> None:
    inner = '[\n {"n": 1.50, "文": "\\u4e2d"},\n {"n": 1e3, "tags": [{"x": 1}, {"x": 2}]}\n]'
    text = '{"count": 2, "a.b": {"odd": [1, 2], "中 文": ' + inner + ', "next": null}, "end": -12}\n'
    Path("api.json").write_text(text, encoding="utf-8")
    told = bank("import", "api.json", "--as", "data/api.jsonl", "--source", "x")
    assert "take these: --records '\"a.b\".中 文';" in told
    bank("import", "api.json", "--as", "data/api.jsonl", "--source", "x", "--records", '"a.b".中 文')
    assert Path("data/api.jsonl").read_text("utf-8").splitlines() == [
        '{"n": 1.50, "文": "\\u4e2d"}',
        '{"n": 1e3, "tags": [{"x": 1}, {"x": 2}]}',
    ]
    for path, said in (
        ("rows", "'api.json' has no key 'rows' there"),
        ("count", "'count' holds no list"),
        ("count.rows", "no object with the key 'rows' stands here"),
        ('"a.b".odd', "a record is a JSON object, this is not one"),
        ("data[0]", "'data[0]' leads into a list"),
    ):
        assert said in bank("import", "api.json", "--as", "data/api.jsonl", "--records", path)
    Path("cut.json").write_text(text[:-12], encoding="utf-8")
    assert "cannot read 'cut.json" in bank("import", "cut.json", "--as", "data/api.jsonl", "--records", '"a.b".中 文')


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
        {"question": "q", "notes": [{"a": 1}]},
    ],
)
def test_one_record_alone_is_imported(bank: Shell, record: object) -> None:
    Path("one.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    assert "+1  (1 record)" in bank("import", "one.json", "--as", "data/one.jsonl", "--source", "x")


def test_sources_with_nothing_in_them(bank: Shell) -> None:
    Path("empty").write_bytes(b"")
    assert "'empty' is empty: there are no records in it" in bank("import", "empty", "--as", "data/new.jsonl")
    Path("comma.json").write_text('[{"a": 1},\n]', encoding="utf-8")
    assert "'comma.json:2': a comma too many before ']', column 1" in bank("import", "comma.json", "--as", "n.jsonl")
    Path("two.json").write_text('[{"a": 1}, {"a": 2}]', encoding="utf-8")
    for split in ("train[-5:]", "train[:10%]"):
        told = bank("import", "two.json", "--as", "n.jsonl", "--split", split)
        assert f"'{split}' does not name a split, or a range of its records" in told


@pytest.mark.parametrize("name", [".gitignore", ".dsvc/rebuild.py", ".dvc/config", "old.jsonl.dvc"])
def test_export_never_replaces_what_keeps_the_data(bank: Shell, name: str) -> None:
    Path("old.jsonl.dvc").write_text("outs: []\n", encoding="utf-8")
    before = Path(name).read_bytes() if Path(name).exists() else None
    told = bank("export", "bank", "--to", "json", "-o", name, "--force")
    assert f"'{name}' is what git, DVC or dsvc works with" in told
    assert (Path(name).read_bytes() if Path(name).exists() else None) == before


@pytest.mark.parametrize("to", ["csv", "parquet", "datasets"])
def test_a_key_that_stands_twice_is_told(bank: Shell, to: str) -> None:
    Path("data/two.jsonl").write_text('{"a": "say \\"x\\": no", "b": {"c": "1", "c": "2"}}\n', encoding="utf-8")
    bank("commit", "data/two.jsonl", "--source", "x", "-m", "y", "--allow-findings", "as collected")
    told = bank("export", "two", "--to", to, "-o", "out")
    assert "keys that stand twice in one record; only the last value was written: 'c'" in told


def test_splits_that_become_one_file_are_named(bank: Shell) -> None:
    Path("data/two").mkdir()
    Path("data/two/train.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    Path("data/two/test.jsonl").write_text('{"a": 2}\n', encoding="utf-8")
    bank("commit", "data/two", "--source", "x", "-m", "y")
    told = bank("export", "two", "-o", "out.parquet")
    assert (
        "files that were put behind one another, which nothing tells apart any more: 'test.jsonl', 'train.jsonl'"
        in told
    )
    assert "put behind" not in bank("export", "two", "--to", "datasets", "-o", "out")


def test_quotes_that_are_not_doubled_are_told_before_anything_is_written(shell: Shell) -> None:
    shell("init")
    Path("q.csv").write_text('q,a\n1,"is "Taco Truck""\n2,x\n', encoding="utf-8")
    told = "in 1 row of 'q.csv' (line 2, column 7, near '1,\"is \"Taco Truck\"\"') quotes inside"
    asked = ("import", "q.csv", "--as", "data/q.jsonl", "--source", "x")
    said = shell(*asked, "--dry-run")
    assert told in said
    assert not Path("data/q.jsonl").exists()
    assert told in shell(*asked)
    assert Path("data/q.jsonl").read_text("utf-8").splitlines()[0] == r'{"q": "1", "a": "is \"Taco Truck\""}'
    refused = shell(*asked, "--from", "csv-raw")
    assert "'q.csv:2': a quote inside of a value is not doubled, column 7" in refused


def test_an_apostrophe_of_ones_own_is_told_and_can_be_kept(shell: Shell) -> None:
    """Nothing in a table says whether export put it there."""
    shell("init")
    texts = ["'+' operator?", "'=' vs '=='", "'-tis the season", "plain 'text'"]
    Path("q.csv").write_text("q\n" + "".join(f"{text}\n" for text in texts), encoding="utf-8")
    said = shell("import", "q.csv", "--as", "data/q.jsonl", "--source", "x")
    assert "the ' before 3 texts in 'q.csv' was taken for the one that export puts before formulas" in said
    assert "--from csv-raw" in said
    said = shell("import", "q.csv", "--from", "csv-raw", "--as", "data/raw.jsonl", "--source", "x")
    assert "formulas" not in said
    assert [json.loads(line)["q"] for line in Path("data/raw.jsonl").read_text("utf-8").splitlines()] == texts


def test_what_a_table_does_not_keep_is_told(shell: Shell) -> None:
    """Null and an empty text, 1.0 and its text, half of a surrogate pair."""
    shell("init")
    Path("data").mkdir(exist_ok=True)
    records = ({"a": None, "b": 1.0, "c": "\ud800"}, {"a": "", "b": "1.0", "c": "好"}, {"a": "x", "b": True, "c": ""})
    Path("data/t.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in records), encoding="utf-8")
    shell("commit", "data/t.jsonl", "--source", "hotline", "-m", "first version", "--allow-findings", "as collected")
    assert shell("export", "v1.0", "-o", "t.csv") == snapshot("""\
! wrote 3 records of t@v1.0 to 't.csv'
! numbers, true and false are text in their cells, which import reads as strings: 'b'
! texts with half of a surrogate pair, which is written as an escape: 'c'
! some records lack a field, or have null there; its cell is empty, which import reads as an empty text: 'a'
""")


def test_keys_filled_with_null_are_told_with_the_way_to_keep_them(shell: Shell) -> None:
    pytest.importorskip("pyarrow")
    shell("init")
    write_records("calls.jsonl", {"call": {"a": 1}}, {"call": {"b": "x"}, "note": ""})
    assert shell("export", "calls.jsonl", "-o", "calls.parquet") == snapshot("""\
! wrote 2 records of calls.jsonl to 'calls.parquet'
! some records lack a field; a column has null there, and does not tell the one from the other: 'note'
! warning: objects lack keys that others in their place have, which a column fills with null: 'call.a', 'call.b'
! hint: to keep them as they are, as JSON text: --json-field call
""")
    assert shell("export", "calls.jsonl", "-o", "kept.parquet", "--json-field", "call") == snapshot("""\
! wrote 2 records of calls.jsonl to 'kept.parquet'
! some records lack a field; a column has null there, and does not tell the one from the other: 'note'
""")


def test_a_dash_is_standard_output(bank: Shell) -> None:
    written = Path("data/bank.jsonl").read_text("utf-8")
    assert bank("export", "v1.0", "--to", "jsonl", "-o", "-") == written
    assert bank("export", "v1.0", "--to", "card", "-o", "-").startswith("---")
    assert not Path("-").exists()
    assert "'parquet' is not written into a pipe" in bank("export", "v1.0", "--to", "parquet", "-o", "-")
    assert "which format?" in bank("export", "v1.0", "-o", "-")
