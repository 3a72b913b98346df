"""``dsvc import`` from folders, zips, pipes, saved sets and hubs: what arrives, and what is written down of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Shell

SETS = Path(__file__).resolve().parents[3] / "shared" / "data" / "sets"

CARD = """---
license: cc-by-4.0
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test.csv
---
# Card centre questions
"""


def hub_clone(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text(
        '[remote "origin"]\n\turl = https://me:secret@huggingface.co/datasets/me/cards\n'
    )
    (folder / "README.md").write_text(CARD)
    write_records(folder / "data/train-00000-of-00002.jsonl", QUESTIONS[0])
    (folder / "data/train-00001-of-00002.jsonl.gz").write_bytes(
        gzip.compress(json.dumps(QUESTIONS[1], ensure_ascii=False).encode())
    )
    (folder / "data/test.csv").write_text("instruction;output\n信用卡？;好\n", encoding="gb18030")


def manifest(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f".dsvc/{path}/manifest.json").read_bytes())
    return found


def test_a_clone_of_a_hub_repository(shell: Shell) -> None:
    shell("init")
    hub_clone(Path("downloads/cards"))
    assert shell("import", "downloads/cards", "--as", "data/cards") == snapshot("""\
cards@v1.0  +3  (3 records)
source:     cards
annotators: Ann Otter
stored:     251 B of records
! 'train' was joined from 2 files
! 'downloads/cards/data/test.csv' is not UTF-8, it was read as GB18030 (if it is another one: --encoding NAME)
! the values in 'downloads/cards/data/test.csv' are separated by semicolons
! added '/cards/*.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    train = Path("data/cards/train.jsonl").read_text("utf-8")
    assert [json.loads(line) for line in train.splitlines()] == [*QUESTIONS[:2]]
    (source,) = manifest("data/cards")["sources"]
    files = ["data/test.csv", "data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl.gz"]
    listed = "".join(
        f"{hashlib.sha256((Path('downloads/cards') / name).read_bytes()).hexdigest()}  {name}\n" for name in files
    )
    assert source == {
        "name": "cards",
        "uri": "https://huggingface.co/datasets/me/cards",
        "licence": "CC-BY-4.0",
        "retrieved_at": None,
        "sha256": hashlib.sha256(listed.encode()).hexdigest(),
        "records": 3,
        "tool": "huggingface",
    }


def test_the_next_download_is_an_edit(shell: Shell) -> None:
    shell("init")
    hub_clone(Path("cards"))
    shell("import", "cards", "--as", "data/cards")
    Path("cards/data/test.csv").unlink()
    card = CARD.replace("  - split: test\n    path: data/test.csv\n", "")
    Path("cards/README.md").write_text(card)
    write_records("cards/data/train-00000-of-00002.jsonl", {**QUESTIONS[0], "output": "转入可疑类贷款。"})
    before = Path("data/cards/train.jsonl").read_bytes()
    assert shell("import", "cards", "--as", "cards") == snapshot("""\
cards@v1.1  -1 ~1  (2 records)
annotators: Ann Otter
stored:     90 B of records
! 'train' was joined from 2 files
! 'data/cards/test.jsonl' is not in 'cards' any more
""")
    assert not Path("data/cards/test.jsonl").exists()
    assert shell("undo").splitlines()[0] == snapshot("file:     'data/cards' is as it was before")
    assert Path("data/cards/test.jsonl").exists()
    assert Path("data/cards/train.jsonl").read_bytes() == before


def test_edits_in_a_folder_are_protected(shell: Shell) -> None:
    shell("init")
    hub_clone(Path("cards"))
    shell("import", "cards", "--as", "data/cards")
    write_records("data/cards/train.jsonl", QUESTIONS[2])
    write_records("data/cards/mine.jsonl", QUESTIONS[2])
    assert shell("import", "cards", "--as", "cards") == snapshot("""\
! error: 'data/cards/train.jsonl' was edited since v1.0; import cards --as cards would overwrite that
! hint: commit the edits first, or let dsvc save them and go on: dsvc import cards --as cards --force
exit 5
""")
    assert Path("data/cards/mine.jsonl").exists()
    some = ("import", "cards", "--as", "cards", "--split", "test", "--split", "train[:1]", "--force")
    assert "'data/cards/mine.jsonl' has edits that no version has" in shell(*some)
    Path("data/cards/mine.jsonl").rename("mine.jsonl")
    assert "exit" not in shell(*some)


def test_a_shard_that_is_missing_and_two_of_one_name(shell: Shell) -> None:
    shell("init")
    Path("d/a").mkdir(parents=True)
    Path("d/b").mkdir()
    write_records("d/a/train-00000-of-00002.jsonl", *QUESTIONS)
    assert shell("import", "d", "--source", "x") == snapshot("""\
! error: cannot read 'train' of 'd': shard 1 of 2 is not there
! hint: download it again, whole
exit 4
""")
    Path("d/a/train-00000-of-00002.jsonl").rename("d/a/train.jsonl")
    write_records("d/b/train.jsonl", *QUESTIONS)
    assert shell("import", "d", "--source", "x") == snapshot("""\
! error: 'a/train.jsonl' and 'b/train.jsonl' would both become 'train.jsonl'
! hint: take the files of one folder: --config a
exit 2
""")
    assert shell("import", "d", "--config", "b", "--as", "b.jsonl", "--source", "x").splitlines()[0] == snapshot(
        "b@v1.0  +3  (3 records)"
    )
    Path("empty").mkdir()
    assert "there is no file with records in 'empty'" in shell("import", "empty", "--source", "x")
    assert not Path("d.jsonl").exists()


def test_a_kaggle_download(shell: Shell) -> None:
    """A zip as the web site gives it, with the metadata that its client writes, and a table of Excel's."""
    shell("init")
    with zipfile.ZipFile("archive.zip", "w") as archive:
        archive.writestr("intents/意图.csv", "问题,意图\n怎么还款？,还款\n".encode("gb18030"))
        archive.writestr(
            "intents/dataset-metadata.json",
            json.dumps({"id": "bank/intents", "licenses": [{"name": "CC-BY-SA-4.0"}]}),
        )
    assert shell("import", "archive.zip", "--as", "data/intents.jsonl") == snapshot("""\
intents@v1.0  +1  (1 record)
source:     bank/intents
annotators: Ann Otter
stored:     50 B of records
! 'archive.zip/intents/意图.csv' is not UTF-8, it was read as GB18030 (if it is another one: --encoding NAME)
! added '/intents.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    (source,) = manifest("data/intents")["sources"]
    assert (source["uri"], source["licence"], source["tool"], source["sha256"]) == (
        "https://www.kaggle.com/datasets/bank/intents",
        "CC-BY-SA-4.0",
        "kaggle",
        hashlib.sha256(Path("archive.zip").read_bytes()).hexdigest(),
    )


def test_a_split_of_one_file(shell: Shell) -> None:
    shell("init")
    write_records("q.jsonl", *QUESTIONS)
    assert shell("import", "q.jsonl", "--split", "train[1:]", "--as", "data/q", "--source", "x") == snapshot("""\
q@v1.0  +2  (2 records)
source:     x
annotators: Ann Otter
stored:     202 B of records
! added '/q/*.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    assert shell("import", "q.jsonl", "--split", "test[:1]", "--as", "q", "--source", "x") == snapshot("""\
q@v1.1  +1  (3 records)
source:     x
annotators: Ann Otter
stored:     102 B of records
! 'data/q/test.jsonl' is new in 'q'
""")
    assert "has 3 records, none from number 10 on" in shell(
        "import", "q.jsonl", "--split", "dev[9:]", "--as", "q", "--source", "x"
    )
    assert "does not name a split" in shell("import", "q.jsonl", "--split", "train[:10%]", "--as", "q", "--source", "x")
    assert sorted(path.name for path in Path("data/q").iterdir()) == ["test.jsonl", "train.jsonl"]


def test_what_another_program_writes(tmp_path: Path) -> None:
    def typed(*arguments: str, given: bytes = b"") -> tuple[int, str]:
        command = [sys.executable, "-c", "from dsvc.cli import main; main()", *arguments]
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, check=False, env=env)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert typed("init")[0] == 0
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in QUESTIONS).encode()
    code, told = typed("import", "-", "--as", "api.jsonl", "--source", "api", given=gzip.compress(lines))
    assert (code, told.splitlines()[0]) == (0, "api@v1.0  +3  (3 records)")
    assert (tmp_path / "api.jsonl").read_bytes() == lines
    code, told = typed("import", "-", "--as", "api", given=b'{"a": 1}\n{"a" 2}\n')
    assert (code, told.splitlines()[0]) == (4, "error: cannot read record at '-:2': expecting ':' delimiter, column 6")
    code, told = typed("import", "-", "--as", "api", given=b"")
    assert (code, told.splitlines()[0]) == (4, "error: '-' is empty: there are no records in it")
    assert (tmp_path / "api.jsonl").read_bytes() == lines


def test_a_set_that_datasets_saved(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    shell("init")
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])})
    train = datasets.Dataset.from_list([{"text": "好", "label": 1}, {"text": "坏", "label": 0}], features=features)
    test = datasets.Dataset.from_list([{"text": "行", "label": 1}], features=features)
    datasets.DatasetDict({"train": train, "test": test}).save_to_disk("saved")
    train.save_to_disk("one")
    assert shell("import", "saved", "--as", "data/saved", "--source", "own") == snapshot("""\
saved@v1.0  +3  (3 records)
source:     own
annotators: Ann Otter
stored:     75 B of records
! column 'label' of 'saved: train' has numbers for classes: 0 = neg, 1 = pos
! column 'label' of 'saved: test' has numbers for classes: 0 = neg, 1 = pos
! added '/saved/*.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    assert Path("data/saved/train.jsonl").read_text("utf-8") == snapshot("""\
{"text":"好","label":1}
{"text":"坏","label":0}
""")
    assert manifest("data/saved")["metadata"] == {"class_labels": {"label": ["neg", "pos"]}}
    Path("data/saved/test.jsonl").write_text('{"text":"行","label":0}\n{"text":"？","label":null}\n', "utf-8")
    shell("commit", "saved", "-m", "corrected", "--source", "own")
    shell("export", "saved", "--to", "datasets", "-o", "again")
    again = datasets.load_from_disk("again")
    assert again["train"].features == features
    assert again["train"].to_list() == train.to_list()
    assert again["test"].to_list() == [{"text": "行", "label": 0}, {"text": "？", "label": None}]
    Path("data/saved/test.jsonl").write_text('{"text":"行","label":2}\n', "utf-8")
    told = shell("export", "saved", "--to", "datasets", "-o", "other")
    assert "not all of the values are numbers of the classes that the manifest names: 'label'" in told
    assert datasets.load_from_disk("other")["train"].features["label"] == datasets.Value("int64")
    shell("restore", "saved", "--force")
    shell("import", "one", "--as", "one.jsonl", "--source", "own")
    assert Path("one.jsonl").read_bytes() == Path("data/saved/train.jsonl").read_bytes()
    shell("import", "saved", "--split", "train[1:2]", "--as", "part.jsonl", "--source", "own")
    assert Path("part.jsonl").read_text("utf-8") == '{"text":"坏","label":0}\n'


def test_the_hub_through_its_own_builders(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What ``load_dataset`` makes of a folder of this machine is what it makes of one on the Hub."""
    pytest.importorskip("datasets")
    import datasets.config

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    shell("init")
    Path("set").mkdir()
    write_records("set/train.jsonl", *({"n": n} for n in range(10)))
    write_records("set/test.jsonl", {"n": 10})
    place = f"hf://{Path('set').resolve()}"
    assert shell("import", place, "--split", "train[:3]", "--as", "n.jsonl", "--source", "own").splitlines()[0] == (
        "n@v1.0  +3  (3 records)"
    )
    assert Path("n.jsonl").read_text() == '{"n":0}\n{"n":1}\n{"n":2}\n'
    shell("import", place, "--split", "train[5:6]", "--as", "m.jsonl", "--source", "own")
    assert Path("m.jsonl").read_text() == '{"n":5}\n'
    assert "(11 records)" in shell("import", place, "--as", "data/n", "--name", "all", "--source", "own")
    assert "there is no folder" in shell("import", f"{place}-not", "--as", "x.jsonl", "--source", "own")
    Path("odd").mkdir()
    Path("odd/notes.bin").write_bytes(b"\x00")
    odd = f"hf://{Path('odd').resolve()}"
    assert "cannot be loaded" in shell("import", odd, "--as", "x.jsonl", "--source", "own")


def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(shell: Shell) -> None:
    shell("init")
    assert shell("import", "hf://./set", "--as", "a", "--source", "x") == snapshot("""\
! error: there is no folder './set'
! hint: of the Hub it is hf://USER/SET
exit 3
""")


def test_the_facts_of_the_hub(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")
    from dsvc.importers import hubs

    info = hub.DatasetInfo(id="me/cards", sha="f" * 40, cardData={"license": ["mit", "cc-by-4.0"]})
    monkeypatch.setattr(hub, "dataset_info", lambda *_, **__: info)
    assert hubs._hub_facts("me/cards", None) == ("mit\ncc-by-4.0", "f" * 40)


def test_clients_that_are_not_installed(shell: Shell) -> None:
    shell("init")
    assert shell("import", "ftp://me/x") == snapshot("""\
! error: 'ftp://' is not known
! hint: one of: hf://, modelscope://, kaggle://, opendatalab://, aistudio://
exit 2
""")
    if not __import__("importlib.util").util.find_spec("kagglehub"):
        told = shell("import", "kaggle://me/x")
        assert "package 'kagglehub' is not installed" in told
        assert "import the folder: kaggle datasets download -d me/x" in told


OPENXLAB = """
import pathlib, sys
name, target = (word.partition("=")[2] for word in sys.argv[3:])
assert sys.argv[1:3] == ["dataset", "get"] and sys.argv[3].startswith("--dataset-repo=")
print("fetching the list")
if name == "nobody/none":
    print("Please login", file=sys.stderr)
    sys.exit(-1)
folder = pathlib.Path(target) / name.replace("/", "___")
folder.mkdir()
(folder / "metafile.yaml").write_text("license:\\n- Apache-2.0\\n")
if name == "bank/links":
    (folder / "passwords.jsonl").symlink_to("/etc/hostname")
(folder / "train.csv").write_text("问题,意图\\n怎么还款？,还款\\n", encoding="utf-8")
"""
AISTUDIO = """
import pathlib, sys
assert sys.argv[1] == "download" and sys.argv[2] in ("--dataset=bank/意图", "--dataset=bank/fails")
assert sys.argv[3] == "--revision=v2"
folder = pathlib.Path(sys.argv[4].removeprefix("--local_dir="))
(folder / "._tmp" / "data").mkdir(parents=True)
if "fails" in sys.argv[2]:
    (folder / "._tmp" / "data" / "more.jsonl").write_text("")
    print("Successfully Downloaded from dataset bank/fails.")
(folder / "qa.jsonl").write_text('{"q": "怎么还款？"}\\n', encoding="utf-8")
"""


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that take and leave what the clients of hubs do (openxlab 0.1.3, aistudio-sdk 0.3.9)."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, code in (("openxlab", OPENXLAB), ("aistudio", AISTUDIO)):
        (folder / name).write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("clients")
def test_hubs_whose_clients_are_programs(shell: Shell) -> None:
    shell("init")
    assert shell("import", "opendatalab://bank/intents") == snapshot("""\
intents@v1.0  +1  (1 record)
source:     bank/intents
annotators: Ann Otter
stored:     50 B of records
! added '/intents.jsonl' to '.gitignore': the data is kept by dsvc, not by git
""")
    (source,) = manifest("intents")["sources"]
    assert (source["uri"], source["licence"], source["tool"]) == (
        "https://opendatalab.com/bank/intents",
        "Apache-2.0",
        "opendatalab",
    )
    assert shell("import", "aistudio://bank/意图@v2", "--as", "qa.jsonl") == snapshot("""\
qa@v1.0  +1  (1 record)
source:     bank/意图
annotators: Ann Otter
stored:     25 B of records
! added '/qa.jsonl' to '.gitignore': the data is kept by dsvc, not by git
""")
    (source,) = manifest("qa")["sources"]
    assert (source["uri"], source["revision"]) == ("https://git.aistudio.baidu.com/bank/意图", "v2")
    assert "'data/more.jsonl' failed" in shell("import", "aistudio://bank/fails@v2", "--as", "qa.jsonl")
    assert "'passwords.jsonl' of 'opendatalab://bank/links' is a link" in shell("import", "opendatalab://bank/links")
    for name in ("..", "../x", "bank/..", "bank", "a/b/c", "/"):
        assert f"'{name}' names no dataset" in shell("import", f"opendatalab://{name}")
        assert f"'{name}' names no dataset" in shell("import", f"aistudio://{name}")
    assert shell("import", "opendatalab://nobody/none") == snapshot("""\
! error: 'opendatalab://nobody/none' cannot be downloaded: Please login
! hint: look at its name, the network and the login
exit 3
""")
    assert shell("import", "opendatalab://bank/intents@v1") == snapshot("""\
! error: OpenDataLab gives the newest version only, not '@v1'
! hint: opendatalab://bank/intents
exit 2
""")


def test_a_hub_whose_client_is_not_there(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("init")
    monkeypatch.setattr("dsvc.importers.hubs.which", lambda _: None)
    told = shell("import", "aistudio://bank/intents")
    assert "the program 'aistudio' is not installed" in told
    assert "pipx install aistudio-sdk" in told
    assert "aistudio download --dataset=bank/intents --local_dir=FOLDER" in told
    assert "pipx install openxlab" in shell("import", "opendatalab://bank/intents")


def test_other_verbs_read_the_same(shell: Shell) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist(list(QUESTIONS)), "q.parquet")
    write_records("q.jsonl", *QUESTIONS)
    Path("q.json.gz").write_bytes(gzip.compress(json.dumps(QUESTIONS).encode()))
    assert shell("diff", "q.parquet", "q.jsonl", "--stat") == snapshot("""\
q.parquet .. q.jsonl
  the old one read as Parquet
  = 3 reformatted
  lines +3 -3   bytes +304 B -295 B
""")
    assert shell("formats", "q.parquet") == snapshot("""\
q.parquet: 3 records
  alpaca  3 records  sure 1.00
""")
    assert shell("convert", "q.json.gz", "--to", "openai", "-o", "o.jsonl", "--report", "json")
    assert len(Path("o.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("form", ["jsonl.gz", "parquet", "json"])
def test_memory_does_not_grow_with_the_source(tmp_path: Path, form: str) -> None:
    code = (
        "import re, sys; from pathlib import Path; from dsvc.importers import read; "
        "count = sum(1 for _ in read(Path(sys.argv[1]))); status = Path('/proc/self/status').read_text(); "
        "print(count, int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024)"
    )
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process alone is told by Linux")
    peaks = []
    for count in (60_000, 180_000):
        record = {"instruction": "x" * 400, "output": "y" * 400}
        path = tmp_path / f"{count}.{form}"
        _written(path, form)(record, count)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        found, peak = map(int, done.stdout.split())
        assert found == count
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 30  # of 100 MB more


def _written(path: Path, form: str) -> Callable[[dict[str, str], int], None]:
    def write(record: dict[str, str], count: int) -> None:
        if form == "parquet":
            pa = pytest.importorskip("pyarrow")
            from pyarrow import parquet

            rows = pa.Table.from_pylist([record] * 2_000)
            with parquet.ParquetWriter(path, rows.schema) as writer:
                for _ in range(count // 2_000):
                    writer.write_table(rows)
            return
        line = json.dumps(record).encode()
        content = b"[" + b",".join([line] * count) + b"]" if form == "json" else b"\n".join([line] * count)
        path.write_bytes(gzip.compress(content, 1) if form.endswith("gz") else content)

    return write


def test_a_damaged_file_among_others_changes_nothing(shell: Shell) -> None:
    shell("init")
    hub_clone(Path("cards"))
    shell("import", "cards", "--as", "data/cards")
    before = {path.name: path.read_bytes() for path in Path("data/cards").iterdir()}
    write_records("cards/data/train-00000-of-00002.jsonl", QUESTIONS[2])
    packed = Path("cards/data/train-00001-of-00002.jsonl.gz")
    packed.write_bytes(packed.read_bytes()[:-5])
    assert shell("import", "cards", "--as", "cards") == snapshot("""\
! error: cannot read 'cards/data/train-00001-of-00002.jsonl.gz': the compressed data ends too early
! hint: the file is damaged or cut off; get it again from where it comes from
exit 4
""")
    assert {path.name: path.read_bytes() for path in Path("data/cards").iterdir()} == before
    assert "unchanged since v1.0" in shell("status")


def test_ctrl_c_in_the_middle_of_a_folder(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from dsvc.importers import csv

    shell("init")
    hub_clone(Path("cards"))
    shell("import", "cards", "--as", "data/cards")
    before = {path.name: path.read_bytes() for path in Path("data/cards").iterdir()}
    write_records("cards/data/train-00000-of-00002.jsonl", QUESTIONS[2])

    def interrupted(*_: object, **__: object) -> Iterator[bytes]:
        yield b'{"a": 1}\n'
        raise KeyboardInterrupt

    monkeypatch.setattr(csv, "read", interrupted)
    assert "exit 130" in shell("import", "cards", "--as", "cards")
    assert {path.name: path.read_bytes() for path in Path("data/cards").iterdir()} == before
    assert "unchanged since v1.0" in shell("status")


@pytest.mark.skipif(not SETS.exists(), reason="the shared public data is not here")
@pytest.mark.parametrize("packed", [False, True])
def test_public_sets(shell: Shell, packed: bool) -> None:
    shell("init")
    for path in sorted(SETS.iterdir()):
        source = str(path)
        if packed:
            source = f"{path.name}.gz"
            Path(source).write_bytes(gzip.compress(path.read_bytes(), 1))
        told = shell("import", source, "--as", f"{path.stem}.jsonl", "--source", path.stem, "--name", path.stem)
        text = path.read_text("utf-8")
        count = len(json.loads(text)) if text.startswith("[") else len(text.splitlines())
        assert f"({count:,} records)" in told.splitlines()[0]
        assert "exit" not in told


ALPACA = (
    {"instruction": "怎么还款？", "input": "", "output": "在手机银行。", "topic": "pay"},
    {"instruction": "And a PIN?", "input": "lost", "output": "In the app."},
)


def test_import_and_convert_in_one_step(shell: Shell) -> None:
    shell("init")
    Path("a.json").write_text(json.dumps(ALPACA, ensure_ascii=False), "utf-8")
    shell("convert", "a.json", "--to", "openai", "-o", "expected.jsonl")
    given = ("import", "a.json", "--as", "data/qa.jsonl", "--source", "bank", "--convert", "openai")
    assert shell(*given) == snapshot("""\
qa@v1.0  +2  (2 records)
source:     bank
annotators: Ann Otter
stored:     230 B of records
! 2 records of 'a.json' (alpaca) as openai
! rewritten  input  in 1 record, first 2: follows the instruction on a line of its own
! added '/qa.jsonl' to 'data/.gitignore': the data is kept by dsvc, not by git
""")
    assert Path("data/qa.jsonl").read_bytes() == Path("expected.jsonl").read_bytes()
    (path,) = Path(".dsvc/data").glob("qa*/manifest.json")
    found = json.loads(path.read_bytes())
    assert found["metadata"] == {"converted_to": "openai"}
    assert found["sources"][0]["sha256"] == hashlib.sha256(Path("a.json").read_bytes()).hexdigest()
    assert "nothing to commit" in shell(*given)
    shell("undo")
    assert not Path("data/qa.jsonl").exists()


def test_with_names_that_a_shape_knows(shell: Shell) -> None:
    shell("init")
    Path("qa.csv").write_text("问题,答案\n年费多少？,免\n", "utf-8")
    given = ("import", "qa.csv", "--as", "qa", "--source", "s")
    refused = shell(*given, "--convert", "openai")
    assert "the record has no known shape (keys: 问题, 答案)" in refused
    assert "hint: see the shapes: dsvc formats, and call the fields as one of them does: --rename OLD=NEW" in refused
    names = ("--rename", "问题=question", "--rename", "答案=answer")
    assert "--rename concerns --convert only" in shell(*given, *names)
    shell(*given, "--convert", "openai", *names)
    assert Path("qa.jsonl").read_text("utf-8").startswith('{"messages":[{"role":"user","content":"年费多少？"}')
    (path,) = Path(".dsvc").glob("qa*/manifest.json")
    found = json.loads(path.read_bytes())
    assert found["metadata"] == {"converted_to": "openai", "renamed": {"问题": "question", "答案": "answer"}}


def test_a_field_that_only_one_of_several_files_has_is_not_missing(shell: Shell) -> None:
    shell("init")
    Path("in").mkdir()
    write_records("in/a.jsonl", {"问题": "q", "answer": "1"})
    write_records("in/b.jsonl", {"question": "q", "答案": "2"})
    write_records("in/c.jsonl", {"question": "q", "answer": "3"})
    names = ("--rename", "问题=question", "--rename", "答案=answer", "--rename", "other=id")
    given = ("import", "in", "--as", "qa", "--source", "s", "--convert", "openai", *names)
    told = [line for line in shell(*given).splitlines() if "record has" in line]
    assert told == ["! no record has a field 'other' to rename"]


def test_a_field_that_a_later_file_may_have_is_not_missing_where_the_conversion_ends(shell: Shell) -> None:
    shell("init")
    Path("in").mkdir()
    write_records("in/a.jsonl", {"instruction": "q", "input": "", "chosen": "c", "rejected": "r"})
    write_records("in/b.jsonl", {"问题": "q", "answer": "1"})
    given = ("--as", "qa", "--source", "s", "--convert", "openai", "--strict", "--rename", "问题=question")
    refused = shell("import", "in", *given)
    assert refused.endswith("exit 5\n")
    assert "to rename" not in refused
    assert "no record has a field '问题' to rename" in shell("import", "in/a.jsonl", *given)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--as", "qa", "--convert", "opnai"], "there is no shape 'opnai'"),
        (["--as", "qa.csv"], "a dataset is not kept as '.csv'"),
        (["--as", "qa", "--license", "foo"], "'foo'"),
        (["--into", "qa", "--update"], "there is no dataset 'qa'"),
    ],
)
def test_what_is_asked_in_vain_is_told_before_a_pipe_is_read(shell: Shell, options: list[str], said: str) -> None:
    shell("init")
    write_records("a.jsonl", ALPACA[0])
    shell("commit", "a.jsonl", "--source", "s", "-m", "first")
    os.mkfifo("pipe")
    assert said in shell("import", "pipe", "--source", "s", *options)


def test_a_conversion_on_the_way_in_that_fails_changes_nothing(shell: Shell) -> None:
    shell("init")
    given = ("--as", "data/qa.jsonl", "--source", "bank")
    write_records("a.jsonl", ALPACA[0], {"odd": 1})
    assert shell("import", "a.jsonl", *given, "--convert", "openai") == snapshot("""\
! error: cannot convert 'a.jsonl:2': the record has no known shape (keys: odd)
! hint: see the shapes: dsvc formats, and call the fields as one of them does: --rename OLD=NEW
exit 4
""")
    write_records("p.jsonl", {"instruction": "q", "input": "", "chosen": "c", "rejected": "r"})
    assert shell("import", "p.jsonl", *given, "--convert", "openai", "--strict") == snapshot("""\
! 1 record of 'p.jsonl' (preference-alpaca) as openai
! lost       rejected  in 1 record: the target has one answer
! error: nothing was written: something would be lost in 1 record or more
! hint: without --strict it is written, and the report tells what is lost
exit 5
""")
    assert shell("import", "p.jsonl", *given, "--convert", "opnai") == snapshot("""\
! error: there is no shape 'opnai'; did you mean 'openai'?
! hint: see them: dsvc formats
exit 2
""")
    assert shell("import", "p.jsonl", *given, "--strict") == snapshot("""\
! error: --strict concerns --convert only
! hint: name the shape: --convert SHAPE
exit 2
""")
    assert "+1  (1 record)" in shell("import", "p.jsonl", *given, "--convert", "openai", "--dry-run")
    assert not Path("data").exists()
    assert shell("import", "p.jsonl", *given, "--convert", "openai").startswith("qa@v1.0  +1")


@pytest.mark.parametrize("way", ["edit", "stray", "gone"])
@pytest.mark.parametrize("options", [("--as", "data/s/extra.jsonl"), ("--as", "s", "--split", "extra")])
def test_edits_of_other_files_in_the_folder_are_not_taken_along(
    shell: Shell, way: str, options: tuple[str, ...]
) -> None:
    shell("init")
    write_records("data/s/train.jsonl", {"text": "a"}, {"text": "b"})
    write_records("data/s/test.jsonl", {"text": "x"})
    shell("commit", "data/s", "--source", "manual", "-m", "first")
    if way == "edit":
        write_records("data/s/train.jsonl", {"text": "a"}, {"text": "b"}, {"text": "my unfinished edit"})
    elif way == "stray":
        write_records("data/s/other.jsonl", {"text": "not yet"})
    else:
        Path("data/s/test.jsonl").unlink()
    before = {path.name: path.read_bytes() for path in Path("data/s").iterdir()}
    write_records("q.jsonl", {"text": "z"})
    done = ("import", "q.jsonl", *options, "--source", "vendor", "--annotator", "bob")
    for force in ((), ("--force",)):
        told = shell(*done, *force)
        assert "exit 5" in told
        assert "would be committed as part of the import" in told
    assert {path.name: path.read_bytes() for path in Path("data/s").iterdir()} == before
    assert shell("blame", "s").count("bob") == 0
    mend = ("commit", "s", "--source", "where from", "-m", "why") if way != "gone" else ("restore", "s")
    shell(*mend)
    assert "+1" in shell(*done)
    assert "exit" not in shell("undo")


@pytest.mark.parametrize("source", ["log.jsonl", "folder"])
def test_a_source_that_grows_while_it_is_read_is_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    from dsvc.importers import opening

    shell("init")
    file = Path(source) / "train.jsonl" if source == "folder" else Path(source)
    write_records(file, {"text": "一"}, {"text": "b"})
    digest = opening.sha256_of

    def and_grow(path: Path) -> str:
        found = digest(path)
        with path.open("ab") as out:
            out.write(b'{"text": "late"}\n')
        return found

    with monkeypatch.context() as patch:
        patch.setattr(opening, "sha256_of", and_grow)
        told = shell("import", source, "--as", "data/taken", "--source", "a service")
    name = "folder: train.jsonl" if source == "folder" else source
    assert told == (
        f"! error: '{name}' changed while it was read\n"
        "! hint: wait until nothing writes to it, and import it again\nexit 4\n"
    )
    assert not Path("data").exists()
    assert "exit" not in shell("import", source, "--as", "data/taken", "--source", "a service")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("https://x.org/a.jsonl", "curl -fL https://x.org/a.jsonl -o a.jsonl && dsvc import a.jsonl"),
        ("s3://bucket/a.jsonl", "aws s3 cp s3://bucket/a.jsonl a.jsonl && dsvc import a.jsonl"),
    ],
)
def test_addresses_that_are_no_hubs_say_how_to_get_the_file(shell: Shell, given: str, hint: str) -> None:
    shell("init")
    assert f"hint: get the file first: {hint}; one of: hf://" in shell("import", given, "--as", "a")


def test_names_and_places_that_cannot_be_are_told_as_such(shell: Shell) -> None:
    shell("init")
    write_records("data/a.jsonl", {"text": "a"})
    shell("commit", "data/a.jsonl", "--source", "x", "-m", "first")
    told = shell("import", "data/a.jsonl", "--as", "a\nb.jsonl", "--source", "x")
    assert told == (
        "! error: 'a⏎b.jsonl' cannot be the name of a dataset: it has control characters in it\n"
        "! hint: --as a-b.jsonl\nexit 2\n"
    )
    told = shell("adopt", "data")
    assert "'data' is a folder in which dsvc keeps 'data/a.jsonl' already: there is nothing to take over" in told
    assert "hint: dsvc status a\nexit 3" in told


def test_a_file_that_was_cut_in_a_character_is_told_so(shell: Shell) -> None:
    shell("init")
    Path("cut.jsonl").write_bytes('{"text": "中文"}\n{"text": "中'.encode()[:-1])
    told = shell("import", "cut.jsonl", "--as", "a", "--source", "x")
    assert "it ends in the middle of a character: it was cut off there; get the file again, whole" in told
