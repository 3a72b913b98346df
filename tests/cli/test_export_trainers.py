"""A version goes to a trainer: in a shape that it reads, with nothing lost unsaid, and nothing overwritten."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from dsvc.cli.diagnostics import run
from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

CHAT = {
    "messages": [
        {"role": "system", "content": "你是银行客服。"},
        {"role": "user", "content": "余额多少？"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "balance", "arguments": '{"card": 2}'}}
            ],
        },
        {"role": "tool", "content": "120.50", "tool_call_id": "c1"},
        {"role": "assistant", "content": "120.50元。", "weight": 0},
    ],
    "tools": [{"type": "function", "function": {"name": "balance", "description": "查余额"}}],
}


def records_of(path: str) -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def keep(shell: Shell, name: str, *records: object) -> None:
    shell("init")
    write_records(f"data/{name}.jsonl", *records)
    facts = ("--source", "hotline", "--license", "MIT", "-m", "first version", "--allow-findings", "as collected")
    shell("commit", f"data/{name}.jsonl", *facts)


def test_llama_factory_gets_an_entry_and_the_others_stay(bank: Shell) -> None:
    mine = '{\n    "identity": {"file_name": "identity.json"},\n    "旧": { "file_name" : "old.json" }\n}\n'
    Path("lf").mkdir()
    Path("lf/dataset_info.json").write_text(mine, encoding="utf-8")
    Path("lf/identity.json").write_text("[]", encoding="utf-8")
    assert bank("export", "v1.0", "--to", "llamafactory", "-o", "lf") == snapshot("""\
! 3 records of 'bank@v1.0' (alpaca) as alpaca
! wrote 3 records of bank@v1.0 to 'lf'
!   dataset_dir: lf
!   dataset: bank
""")
    assert Path("lf/bank.jsonl").read_bytes() == Path("data/bank.jsonl").read_bytes()
    text = Path("lf/dataset_info.json").read_text("utf-8")
    assert text.startswith(mine.rstrip("}\n"))
    assert json.loads(text)["bank"] == snapshot(
        {
            "file_name": "bank.jsonl",
            "formatting": "alpaca",
            "columns": {"prompt": "instruction", "response": "output"},
        }
    )
    again = bank("export", "v1.0", "--to", "llamafactory", "-o", "lf")
    assert again.endswith("dataset: bank\n")  # the same is there already
    assert Path("lf/dataset_info.json").read_text("utf-8") == text


def test_what_is_in_the_way_of_llama_factory(bank: Shell) -> None:
    Path("lf").mkdir()
    Path("lf/dataset_info.json").write_text('{"bank": {"file_name": "other.json"}}', encoding="utf-8")
    assert bank("export", "v1.0", "--to", "llamafactory", "-o", "lf") == snapshot("""\
! error: 'lf/dataset_info.json' has another entry 'bank'
! hint: replace it: --force (or call this one --name NAME)
exit 5
""")
    assert [path.name for path in Path("lf").iterdir()] == ["dataset_info.json"]
    bank("export", "v1.0", "--to", "llamafactory", "-o", "lf", "--name", "bank2025")
    assert json.loads(Path("lf/dataset_info.json").read_text())["bank"] == {"file_name": "other.json"}
    bank("export", "v1.0", "--to", "llamafactory", "-o", "lf", "--force")
    assert json.loads(Path("lf/dataset_info.json").read_text())["bank"]["file_name"] == "bank.jsonl"
    Path("lf/dataset_info.json").write_text("{,", encoding="utf-8")
    assert "cannot read 'lf/dataset_info.json'" in bank("export", "v1.0", "--to", "llamafactory", "-o", "lf")


def test_what_llama_factory_would_do_silently(shell: Shell) -> None:
    shell("init")
    keep(shell, "chat", CHAT)
    assert shell("export", "chat@v1.0", "--to", "llamafactory", "-o", "lf") == snapshot("""\
! 1 record of 'chat@v1.0' (openai) as sharegpt
! lost       tool_call_id        in 1 record: the target matches calls and results by their order
! lost       weight of messages  in 1 record: the target has no place for it
! wrote 1 record of chat@v1.0 to 'lf'
!   dataset_dir: lf
!   dataset: chat
""")
    entry = json.loads(Path("lf/dataset_info.json").read_text())["chat"]
    assert set(entry["tags"]) == {
        "role_tag", "content_tag", "user_tag", "assistant_tag", "observation_tag", "function_tag", "system_tag"
    }  # fmt: skip
    assert entry["columns"] == {"messages": "conversations", "tools": "tools"}
    two = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]
    keep(shell, "plain", {"messages": two[1:]}, {"messages": two})
    assert shell("export", "plain@v1.0", "--to", "llamafactory", "-o", "lf") == snapshot("""\
! error: cannot convert 'data/plain.jsonl@v1.0:2': 'messages' message 2 is of user, not assistant or tool_call
! hint: LLaMA-Factory would drop it; leave it out: --skip-unfit (or try --shape sharegpt, which joins calls in a row)
exit 4
""")
    assert not Path("lf/plain.jsonl").exists()


def test_nothing_when_something_would_be_lost(shell: Shell) -> None:
    shell("init")
    keep(shell, "chat", CHAT)
    assert shell("export", "chat@v1.0", "--to", "llamafactory", "-o", "lf", "--strict").endswith("""\
! error: nothing was written: something would be lost in 1 record or more
! hint: without --strict it is written, and the report tells what is lost
exit 5
""")
    assert not Path("lf").exists()
    assert shell("export", "chat@v1.0", "--to", "openai", "-o", "up", "--strict").startswith("! 1 record of")
    assert Path("up/train.jsonl").read_bytes() == Path("data/chat.jsonl").read_bytes()


def test_a_field_of_two_types_gets_one_for_llama_factory(shell: Shell) -> None:
    """`datasets` loads nothing of a file in which a field is a text here and a list there."""
    shell("init")
    tools = [{"name": "now", "description": "", "parameters": {}}]
    turns = {"conversations": [{"from": "human", "value": "几点？"}, {"from": "gpt", "value": "九点。"}]}
    keep(shell, "calls", {**turns, "tools": json.dumps(tools)}, {**turns, "tools": tools})
    assert shell("export", "calls@v1.0", "--to", "llamafactory", "-o", "lf", "--strict") == snapshot("""\
! 2 records of 'calls@v1.0' (sharegpt) as sharegpt
! rewritten  tools  in 1 record, first 2: was a list, not a JSON text
! wrote 2 records of calls@v1.0 to 'lf'
!   dataset_dir: lf
!   dataset: calls
""")
    assert [json.loads(record["tools"]) for record in records_of("lf/calls.jsonl")] == [tools, tools]
    assert "2 accepted" in shell("validate", "lf/calls.jsonl", "--profile", "llamafactory")
    keep(shell, "ids", {**turns, "id": "a7", "meta": {"n": 1}}, {**turns, "id": 7, "meta": {"n": 2, "名": [1, "x"]}})
    assert shell("export", "ids@v1.0", "--to", "llamafactory", "-o", "ids") == snapshot("""\
! 2 records of 'ids@v1.0' (sharegpt) as sharegpt
! lost       id       in 1 record, first 2: a number where others have a text; LLaMA-Factory loads no field of two types
! lost       meta.名  in 1 record, first 2: a text where others have a number; LLaMA-Factory loads no field of two types
! wrote 2 records of ids@v1.0 to 'ids'
!   dataset_dir: ids
!   dataset: ids
""")
    assert records_of("ids/ids.jsonl")[1] == {**turns, "meta": {"n": 2}}
    assert shell("export", "ids@v1.0", "--to", "llamafactory", "-o", "no", "--strict").endswith("exit 5\n")


def test_what_trainers_read_in_one_way_only_is_refused(shell: Shell) -> None:
    shell("init")
    asked, said = {"role": "user", "content": "几点？"}, {"role": "assistant", "content": "九点。"}
    keep(shell, "pairs", {"prompt": [asked], "completion": [said]}, {"prompt": "几点？", "completion": "九点。"})
    assert shell("export", "pairs@v1.0", "--to", "trl", "-o", "no") == snapshot("""\
! error: cannot convert 'data/pairs.jsonl@v1.0:2': 'prompt' is a text, where records before have messages
! hint: TRL reads all records of a file in one way; or leave such records out: --skip-unfit
exit 4
""")
    assert "wrote 1 record" in shell("export", "pairs@v1.0", "--to", "trl", "-o", "trl", "--skip-unfit")
    call = {"id": "c", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    called = {"role": "assistant", "content": None, "tool_calls": [call]}
    keep(shell, "calls", {"messages": [asked, called]})
    assert shell("export", "calls@v1.0", "--to", "openai", "-o", "no") == snapshot("""\
! error: cannot convert 'data/calls.jsonl@v1.0:1': 'tools' names none, and there are calls
! hint: OpenAI wants the tools that are called, each with its name; or leave such records out: --skip-unfit
exit 4
""")


def test_openai_knows_only_its_keys(shell: Shell) -> None:
    shell("init")
    messages = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4", "reasoning_content": "easy"}]
    keep(shell, "sums", {"messages": messages, "id": 7})
    assert shell("export", "sums@v1.0", "--to", "openai", "-o", "up") == snapshot("""\
! 1 record of 'sums@v1.0' (openai) as openai
! lost       id                             in 1 record: OpenAI knows no such key
! lost       reasoning_content of messages  in 1 record: OpenAI knows no such key
! wrote 1 record of sums@v1.0 to 'up'
!   client.files.create(file=open("up/train.jsonl", "rb"), purpose="fine-tune")
!   OpenAI wants 10 examples or more; 'train.jsonl' has 1
""")
    assert records_of("up/train.jsonl") == [{"messages": [messages[0], {"role": "assistant", "content": "4"}]}]


def test_openai_reads_no_pictures_from_a_disk(shell: Shell) -> None:
    shell("init")
    picture = {"messages": [{"role": "user", "content": "<image>谁？"}, {"role": "assistant", "content": "我"}]}
    write_records(
        "see.jsonl",
        {**picture, "images": ["https://a.cn/1.jpg"]},
        {**picture, "images": ["data:image/png;base64,aQ=="]},
    )
    shell("commit", "see.jsonl", "--source", "x", "-m", "first")
    assert "wrote 2 records" in shell("export", "see@v1.0", "--to", "openai", "-o", "up")
    write_records("see.jsonl", {**picture, "images": ["https://a.cn/1.jpg"]}, {**picture, "images": ["图/1.jpg"]})
    shell("commit", "see.jsonl", "--source", "x", "-m", "second")
    assert shell("export", "see@v1.1", "--to", "openai", "-o", "new") == snapshot("""\
! error: cannot convert 'see.jsonl@v1.1:2': 'messages[].content[].image_url.url' is a path, which OpenAI cannot read
! hint: put a web address or data:image/jpeg;base64,… there; or leave such records out: --skip-unfit
exit 4
""")
    assert not Path("new").exists()
    assert "left out: 1 record" in shell("export", "see@v1.1", "--to", "openai", "-o", "new", "--skip-unfit")


def test_axolotl_gets_a_part_of_its_configuration(shell: Shell) -> None:
    shell("init")
    write_records("sets/train.jsonl", CHAT)
    write_records("sets/validation.jsonl", CHAT)
    shell("commit", "sets", "--source", "x", "-m", "first")
    shell("export", "sets@v1.0", "--to", "axolotl", "-o", "ax")
    assert Path("ax/axolotl.yaml").read_text("utf-8") == snapshot("""\
# The part of an axolotl configuration that reads these records; add base_model and the rest to it.
datasets:
- path: ax/train.jsonl
  ds_type: json
  split: train
  type: chat_template
  field_messages: messages
  message_property_mappings: &id001
    role: role
    content: content
  roles: &id002
    user:
    - user
    assistant:
    - assistant
    system:
    - system
    - developer
    tool:
    - tool
  field_tools: tools
  message_field_training: weight
  roles_to_train:
  - assistant
test_datasets:
- path: ax/validation.jsonl
  ds_type: json
  split: train
  type: chat_template
  field_messages: messages
  message_property_mappings: *id001
  roles: *id002
  field_tools: tools
  message_field_training: weight
  roles_to_train:
  - assistant
""")


def test_ms_swift_pre_trains_on_answers(shell: Shell) -> None:
    shell("init")
    keep(shell, "texts", {"text": "信用卡起源于美国。", "id": 1})
    assert shell("export", "texts@v1.0", "--to", "ms-swift", "-o", "sw").endswith("swift pt --dataset sw/train.jsonl\n")
    assert records_of("sw/train.jsonl") == [
        {"messages": [{"role": "assistant", "content": "信用卡起源于美国。"}], "id": 1}
    ]


def test_the_note_names_version_and_digests(bank: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("export", "v1.0", "--to", "trl", "-o", "out", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    note = json.loads(Path("out/dsvc-export.json").read_text("utf-8"))
    assert {key: told[key] for key in ("to", "revision", "shape", "losses", "files")} == {
        key: note[key] for key in ("to", "revision", "shape", "losses", "files")
    }
    version = json.loads(Path(".dsvc/data/bank/manifest.json").read_text("utf-8"))
    assert (note["revision"], note["version"], note["layout"]) == (
        "bank@v1.0", version["id"], version["store"]["layout"]
    )  # fmt: skip
    assert note["source_files"][0]["sha256"] == version["files"][0]["sha256"]
    for file in note["files"]:
        assert hashlib.sha256(Path("out", file["path"]).read_bytes()).hexdigest() == file["sha256"]


def test_an_edited_file_says_so(edited: Shell) -> None:
    edited("export", "bank", "--to", "trl", "-o", "out")
    note = json.loads(Path("out/dsvc-export.json").read_text("utf-8"))
    assert (note["revision"], note["layout"]) == ("bank@v1.0+1-1~1", None)


def test_folders_that_are_in_the_way(bank: Shell) -> None:
    bank("export", "v1.0", "--to", "trl", "-o", "out")
    before = sorted(path.read_bytes() for path in Path("out").iterdir())
    assert bank("export", "v1.0", "--to", "trl", "-o", "out") == snapshot("""\
! error: 'out' exists already
! hint: overwrite it: --force
exit 5
""")
    bank("export", "v1.0", "--to", "trl", "-o", "out", "--force")
    assert sorted(path.read_bytes() for path in Path("out").iterdir()) == before
    Path("out/notes.txt").write_text("mine", encoding="utf-8")
    assert bank("export", "v1.0", "--to", "trl", "-o", "out", "--force") == snapshot("""\
! error: 'out' holds files that no export wrote ('notes.txt')
! hint: name a new folder: -o FOLDER
exit 5
""")
    assert bank("export", "v1.0", "--to", "trl", "-o", "data", "--force").endswith("exit 5\n")
    assert Path("data/bank.jsonl").exists()
    assert not [path for path in Path().iterdir() if path.name.startswith(".out")]


def test_nothing_is_written_into_the_folder_of_a_dataset(shell: Shell) -> None:
    shell("init")
    write_records("set/train.jsonl", *QUESTIONS)
    shell("commit", "set", "--source", "x", "-m", "first")
    for place in ("set", "set/out"):
        assert "is in the folder of 'set'" in shell("export", "v1.0", "--to", "trl", "-o", place)
        assert "is in the folder of 'set'" in shell("export", "v1.0", "--to", "llamafactory", "-o", place)
    assert [path.name for path in Path("set").iterdir()] == ["train.jsonl"]


def test_an_interrupted_export_leaves_nothing(bank: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lf").mkdir()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dsvc.repository.exports.folder.as_bytes", stop)
    for trainer, place in (("trl", "out"), ("llamafactory", "lf"), ("llamafactory", "new")):
        assert bank("export", "v1.0", "--to", trainer, "-o", place).endswith("exit 130\n")
    assert sorted(path.name for path in Path().iterdir() if path.name not in (".git", ".dvc", ".dsvc")) == snapshot(
        [".dvcignore", "data", "lf"]
    )
    assert not [*Path("lf").iterdir()]


def test_options_that_concern_something_else(bank: Shell) -> None:
    assert bank("export", "v1.0", "--to", "trl", "-o", "x", "--json-field", "a").startswith("! error: --json-field")
    assert bank("export", "v1.0", "-o", "x.json", "--strict").startswith("! error: --strict concerns trainers only")
    assert bank("export", "v1.0", "--to", "json", "--card").startswith("! error: --card concerns folders only")
    assert bank("export", "v1.0", "--to", "trl", "-o", "x", "--with-people").startswith("! error: --with-people")
    assert bank("export", "v1.0", "--to", "trl").startswith("! error: 'trl' is not written into a pipe")
    assert bank("export", "v1.0", "--to", "trl", "-o", "x", "--shape", "sharegpt") == snapshot("""\
! error: TRL does not read 'sharegpt'
! hint: one of: trl, prompt-completion, preference-trl, preference-implicit, unpaired-trl, stepwise, pretrain
exit 2
""")


def test_what_a_trainer_cannot_be_given(shell: Shell) -> None:
    shell("init")
    keep(shell, "texts", {"text": "信用卡起源于美国。"})
    assert shell("export", "texts@v1.0", "--to", "openai", "-o", "up") == snapshot("""\
! error: OpenAI cannot be given bare texts, which 'texts@v1.0' holds
! hint: a text has no question and no answer; see: dsvc formats
exit 4
""")
    keep(shell, "odd", {"x": 1})
    assert "has no known shape" in shell("export", "odd@v1.0", "--to", "openai", "-o", "up")
    assert not Path("up").exists()


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_working_file_is_never_written_beside_the_entries_of_others(shell: Shell, force: tuple[str, ...]) -> None:
    keep(shell, "id", {"instruction": "谁", "output": "我"})
    edited = Path("data/id.jsonl").read_bytes() + '{"instruction":"my edit","output":"两小时"}\n'.encode()
    Path("data/id.jsonl").write_bytes(edited)
    told = shell("export", "id@v1.0", "--to", "llamafactory", "-o", "data", *force)
    assert "'data/id.jsonl' is the working file of 'id'; export does not write there" in told
    assert "exit 5" in told
    assert Path("data/id.jsonl").read_bytes() == edited
    assert not Path("data/dataset_info.json").exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", ""])
def test_a_name_for_the_trainer_is_no_path(shell: Shell, name: str) -> None:
    keep(shell, "id", {"instruction": "谁", "output": "我"})
    told = shell("export", "id@v1.0", "--to", "llamafactory", "-o", "lf", "--name", name, "--force")
    assert f"'{name}' cannot name a dataset" in told
    assert not Path("lf").exists()


def test_each_split_has_an_entry_with_its_own_columns(shell: Shell) -> None:
    """LLaMA-Factory looks into every record for each column that the entry of its file names."""
    shell("init")
    Path("data/qa").mkdir(parents=True)
    asked = {"instruction": "年费多少？", "input": "", "output": "免年费。"}
    write_records("data/qa/train.jsonl", {**asked, "history": [["你好", "您好"]]})
    write_records("data/qa/validation.jsonl", asked)
    shell("commit", "data/qa", "--source", "hotline", "--license", "MIT", "-m", "first version")
    shell("export", "qa@v1.0", "--to", "llamafactory", "-o", "lf")
    entries = json.loads(Path("lf/dataset_info.json").read_text("utf-8"))
    for split in ("train", "validation"):
        (record,) = records_of(f"lf/qa_{split}.jsonl")
        assert set(entries[f"qa_{split}"]["columns"].values()) == {*record}


def test_weights_are_told_where_trl_ignores_them(shell: Shell) -> None:
    keep(
        shell,
        "chat",
        {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答", "weight": 0}]},
    )
    assert "lost       weight of messages  in 1 record" in shell("export", "chat@v1.0", "--to", "trl", "-o", "out")
    assert shell("export", "chat@v1.0", "--to", "trl", "-o", "no", "--strict").endswith("exit 5\n")


def test_openai_is_given_no_empty_answer(shell: Shell) -> None:
    keep(shell, "chat", {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": ""}]})
    assert "'messages[].content' is empty" in shell("export", "chat@v1.0", "--to", "openai", "-o", "out")
    assert not Path("out").exists()


def test_one_file_of_a_folder_is_called_after_the_folder_and_its_split(shell: Shell) -> None:
    shell("init")
    for name in ("train", "test"):
        write_records(f"data/问答/{name}.jsonl", CHAT)
    shell("commit", "data/问答", "--source", "hotline", "--license", "MIT", "-m", "first version")
    assert shell("export", "data/问答/test.jsonl", "--to", "llamafactory", "-o", "lf").endswith(
        "  dataset: 问答_test\n"
    )
    assert [*json.loads(Path("lf/dataset_info.json").read_text("utf-8"))] == ["问答_test"]
