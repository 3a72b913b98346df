"""``convert`` and ``formats``: what a user types, and what comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from dsvc.cli.diagnostics import run
from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell


def said(*texts: str) -> list[dict[str, str]]:
    """Messages of user and assistant in turn."""
    return [{"role": ("user", "assistant")[number % 2], "content": text} for number, text in enumerate(texts)]


CHAT: tuple[dict[str, Any], ...] = (
    {"messages": [{"role": "system", "content": "简短"}, *said("几点开门？", "九点。")]},
    {"messages": said("Hi", "Hello.", "Fee?", "None."), "id": 7},
)


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """Without the entry for LLaMA-Factory, which is long; one test looks at it."""

    def typed(*arguments: str) -> str:
        lines = shell(*arguments).splitlines(keepends=True)
        return "".join([line for line in lines if not line.startswith("! dataset_info.json")])

    return typed


def records(path: str) -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def test_a_mask_in_the_second_record_is_kept(shell: Shell) -> None:
    """The first record says nothing of what is trained; the second one does, as ms-swift writes it."""
    plain, masked = said("你好", "您好"), said("几点开门？", "九点。")
    masked[1]["loss"] = False  # type: ignore[assignment]
    write_records("chat.jsonl", {"messages": plain}, {"messages": masked})
    shell("convert", "chat.jsonl", "--to", "trl", "--strict", "-o", "out.jsonl")
    assert records("out.jsonl")[1]["messages"][1] == {"role": "assistant", "content": "九点。", "weight": 0}


def test_a_file_outside_of_any_repository(shell: Shell) -> None:
    write_records("chat.jsonl", *CHAT)
    assert shell("convert", "chat.jsonl", "--to", "sharegpt", "-o", "out.jsonl") == snapshot(
        "! 2 records of 'chat.jsonl' (openai) as sharegpt to 'out.jsonl'\n"
    )
    assert records("out.jsonl")[1] == {
        "conversations": [
            {"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."},
            {"from": "human", "value": "Fee?"}, {"from": "gpt", "value": "None."},
        ],
        "id": 7,
    }  # fmt: skip
    assert "几点开门" in Path("out.jsonl").read_text("utf-8")
    assert shell("convert", "out.jsonl", "--to", "openai", "-o", "back.jsonl") == snapshot(
        "! 2 records of 'out.jsonl' (sharegpt) as openai to 'back.jsonl'\n"
    )
    assert records("back.jsonl") == list(CHAT)


def test_what_is_lost(shell: Shell) -> None:
    write_records("chat.jsonl", *CHAT)
    assert shell("convert", "chat.jsonl", "--to", "question-answer", "-o", "qa.json") == snapshot("""\
! 2 records of 'chat.jsonl' (openai) as question-answer to 'qa.json'
! lost       history  in 1 record, first 2: the target has one question and one answer
! lost       system   in 1 record, first 1: the target has no place for it
""")
    assert json.loads(Path("qa.json").read_text("utf-8")) == [
        {"question": "几点开门？", "answer": "九点。"}, {"question": "Fee?", "answer": "None.", "id": 7}
    ]  # fmt: skip


def test_strict_writes_nothing(shell: Shell) -> None:
    write_records("chat.jsonl", *CHAT)
    Path("qa.jsonl").write_text("old\n", encoding="utf-8")
    told = shell("convert", "chat.jsonl", "--to", "question-answer", "-o", "qa.jsonl", "--strict", "--force")
    assert told == snapshot("""\
! 2 records of 'chat.jsonl' (openai) as question-answer
! lost       history  in 1 record, first 2: the target has one question and one answer
! lost       system   in 1 record, first 1: the target has no place for it
! error: nothing was written: something would be lost in 1 record or more
! hint: without --strict it is written, and the report tells what is lost
exit 5
""")
    assert Path("qa.jsonl").read_text("utf-8") == "old\n"
    assert sorted(path.name for path in Path().iterdir()) == ["chat.jsonl", "qa.jsonl"]
    out = shell("convert", "chat.jsonl", "--to", "question-answer", "--strict")
    assert not any(line.startswith("{") for line in out.splitlines())
    assert shell("convert", "chat.jsonl", "--to", "trl", "--strict").count("\n{") == 1


def test_a_record_that_does_not_fit(shell: Shell) -> None:
    write_records("bad.jsonl", *CHAT, {"messages": [{"role": "robot", "content": "x"}]}, {"a": 1})
    assert shell("convert", "bad.jsonl", "--to", "sharegpt", "-o", "out.jsonl") == snapshot("""\
! error: cannot convert 'bad.jsonl:3': 'messages[0].role' 'robot' is no role here
! hint: roles are: system, developer, user, assistant, tool; or leave such records out: --skip-unfit
exit 4
""")
    assert not Path("out.jsonl").exists()
    assert shell("convert", "bad.jsonl", "--to", "sharegpt", "-o", "out.jsonl", "--skip-unfit") == snapshot("""\
! 4 records of 'bad.jsonl' (openai) as sharegpt to 'out.jsonl'
! left out: 2 records
!   cannot convert 'bad.jsonl:3': 'messages[0].role' 'robot' is no role here
!   cannot convert 'bad.jsonl:4': the record has no known shape (keys: a)
""")
    assert len(records("out.jsonl")) == 2


def test_sides_that_do_not_alternate(shell: Shell) -> None:
    talk = [{"from": "human", "value": "在吗？"}, {"from": "human", "value": "年费？"}, {"from": "gpt", "value": "免"}]
    write_records("twice.jsonl", {"conversations": talk})
    assert shell("convert", "twice.jsonl", "--to", "sharegpt", "-o", "same.jsonl") == snapshot("""\
! 1 record of 'twice.jsonl' (sharegpt) as sharegpt to 'same.jsonl'
! noticed    conversations  in 1 record: LLaMA-Factory would drop it: message 2 is of human, not gpt or function_call
""")
    assert records("same.jsonl") == records("twice.jsonl")
    assert "! noticed    conversations" in shell("convert", "twice.jsonl", "--to", "openai", "-o", "openai.jsonl")
    write_records("twice.jsonl", {"conversations": talk}, {"conversations": talk[1:]})
    assert shell("convert", "twice.jsonl", "--to", "alpaca", "-o", "a.jsonl", "--skip-unfit") == snapshot("""\
! 2 records of 'twice.jsonl' (sharegpt) as alpaca to 'a.jsonl'
! left out: 1 record
!   cannot convert 'twice.jsonl:1': 'messages' message 2 is of user: question and answer do not alternate
""")


def test_mixed_shapes(shell: Shell) -> None:
    write_records("mixed.jsonl", *QUESTIONS, *CHAT, {"a": 1})
    assert shell("formats", "mixed.jsonl") == snapshot("""\
mixed.jsonl: 6 records, 3 shapes
  alpaca   3 records, first 1  sure 1.00
  openai   2 records, first 4  sure 0.50, else trl
  unknown  1 record, first 6
""")
    assert shell("convert", "mixed.jsonl", "--to", "trl", "-o", "out.jsonl", "--limit", "5") == snapshot("""\
! 5 records of 'mixed.jsonl' (alpaca 3, openai 2) as trl to 'out.jsonl'
! mixed shapes: alpaca from record 1 on, openai from record 4 on
! rewritten  input  in 3 records, first 1: absent becomes an empty text
""")
    assert shell("convert", "mixed.jsonl", "--from", "openai", "--to", "trl") == snapshot("""\
! error: cannot convert 'mixed.jsonl:1': 'messages' is missing
! hint: it looks like 'alpaca': leave out --from; or leave such records out: --skip-unfit
exit 4
""")


def test_a_version_of_a_dataset(bank: Shell) -> None:
    write_records("data/bank.jsonl", *CHAT)
    assert bank("convert", "bank@v1.0", "--to", "dialogue", "--limit", "1") == snapshot("""\
{"dialogue":[{"role":"user","content":"逾期90天以上怎么处理？"},{"role":"assistant","content":"转入不良贷款，停止计息。"}]}
! 1 record of 'bank@v1.0' (alpaca) as dialogue
! rewritten  input  in 1 record: absent becomes an empty text
""")
    assert bank("convert", "bank", "--to", "alpaca", "-o", "out.json") == snapshot(
        "! 2 records of 'bank' (openai) as alpaca to 'out.json'\n"
    )
    assert bank("convert", "bank@v1.0", "--to", "openai", "-o", "data/bank.jsonl", "--force") == snapshot("""\
! error: 'data/bank.jsonl' is the working file of 'bank'; convert does not write there
! hint: name another file: -o FILE
exit 5
""")
    assert bank("formats", "bank@v1.0") == snapshot("""\
data/bank.jsonl@v1.0: 3 records
  alpaca  3 records  sure 1.00
""")
    assert bank("formats", "bank") == snapshot("""\
data/bank.jsonl: 2 records
  openai  2 records  sure 0.50, else trl
""")


def test_arrays_and_tables(shell: Shell) -> None:
    Path("a.json").write_text(json.dumps(QUESTIONS, ensure_ascii=False, indent=2), encoding="utf-8")
    Path("t.csv").write_text("text,label\n好,a>b\n坏,c\n", encoding="utf-8")
    assert shell("convert", "a.json", "--to", "input-output") == snapshot("""\
{"input":"逾期90天以上怎么处理？","output":"转入不良贷款，停止计息。"}
{"input":"What is a grace period?","output":"Days after the due date without a late fee."}
{"input":"信用卡的免息期有多长？","output":"最长50天，从账单日算起。"}
! 3 records of 'a.json' (alpaca) as input-output
! rewritten  input  in 3 records, first 1: absent becomes an empty text
""")
    assert shell("convert", "t.csv", "--to", "input-output") == snapshot("""\
{"input":"好","output":"a>b"}
{"input":"坏","output":"c"}
! 2 records of 't.csv' (classification) as input-output
""")
    Path("bad.json").write_text('[{"text": "x"}, {"text": 1}]', encoding="utf-8")
    assert shell("convert", "bad.json", "--to", "pretrain") == snapshot("""\
! error: cannot convert record 2 of 'bad.json': 'text' expected a text, found a number
! hint: leave such records out: --skip-unfit
exit 4
""")


def test_what_easy_dataset_writes(shell: Shell) -> None:
    """Its export with thinking is neither JSON nor JSONL: objects over several lines, nothing between them."""
    question, answer = said("几点？", "九点")
    messages = [{**question, "thinking": None}, {**answer, "thinking": "看表"}]
    records = [{"reasoning_language": "中文", "user": "几点？", "analysis": "看表", "messages": messages}] * 2
    text = "\n".join([json.dumps(one, ensure_ascii=False, indent=2) for one in records])
    Path("thinking.json").write_text(text, encoding="utf-8")
    assert shell("formats", "thinking.json") == snapshot("""\
thinking.json: 2 records
  trl  2 records  sure 0.54, else openai
""")
    written = shell("convert", "thinking.json", "--to", "trl", "--reasoning", "reasoning_content", "--limit", "1")
    assert written == snapshot("""\
{"messages":[{"role":"user","content":"几点？"},{"role":"assistant","content":"九点","reasoning_content":"看表"}],"reasoning_language":"中文","user":"几点？","analysis":"看表"}
! 1 record of 'thinking.json' (trl) as trl
! rewritten  reasoning  in 1 record: thinking is written reasoning_content
! rewritten  reasoning  in 1 record: thinking null becomes absent
""")


def test_reports_for_scripts(json_lines: Callable[..., list[dict[str, Any]]], shell: Shell) -> None:
    write_records("chat.jsonl", *CHAT)
    (report,) = json_lines("convert", "chat.jsonl", "--to", "alpaca", "-o", "a.jsonl", "--report", "json")
    assert report == snapshot(
        {
            "type": "conversion",
            "format": "dsvc.convert/1",
            "source": "chat.jsonl",
            "target": "alpaca",
            "output": "a.jsonl",
            "records": 2,
            "written": 2,
            "shapes": [{"shape": "openai", "records": 2, "first": 1}],
            "losses": [],
            "left_out": 0,
            "skipped": [],
            "dataset_info": {
                "file_name": "a.jsonl",
                "formatting": "alpaca",
                "columns": {
                    "prompt": "instruction",
                    "query": "input",
                    "system": "system",
                    "history": "history",
                    "response": "output",
                },
            },
        }
    )
    (found,) = json_lines("formats", "chat.jsonl", "--json")
    assert found == snapshot(
        {
            "type": "detected",
            "format": "dsvc.formats/1",
            "shape": "openai",
            "records": 2,
            "first": 1,
            "confidence": 0.5,
            "runner_up": "trl",
        }
    )
    shapes = json_lines("formats", "--json")
    assert len(shapes) == 30
    assert shapes[0]["schema"]["required"] == ["instruction", "output"]


def test_the_entry_for_llama_factory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names each column that the file has, and all tags: what it does not name, LLaMA-Factory forgets."""
    monkeypatch.chdir(tmp_path)
    write_records("chat.jsonl", *CHAT)
    assert run(["convert", "chat.jsonl", "--to", "sharegpt", "-o", "out.json"]) == 0
    told = capsys.readouterr().err.splitlines()
    entry = json.loads(next(line for line in told if "dataset_info" in line).partition(": ")[2])
    assert (entry["file_name"], entry["columns"]) == ("out.json", {"messages": "conversations"})
    assert entry["tags"]["system_tag"] == "system"


def test_one_shape(shell: Shell) -> None:
    assert shell("formats", "kto-alpaca") == snapshot("""\
kto-alpaca  instruction, input, output and kto_tag

Fields
  instruction  text  what is asked
  input  text, may be absent  what it is asked about; follows the instruction on a line of its own
  output  text  the answer; reasoning stands in front of it as <think>…</think>
  kto_tag  true or false  whether the output is good
  system  text, may be absent  the system prompt
  history  list of list of text, may be absent  earlier rounds, each [question, answer]; the answers
are trained, too
  images  list of text or object, may be absent  paths, as many as the text has <image>
  videos  list of text or object, may be absent  paths, as many as the text has <video>
  audios  list of text or object, may be absent  paths, as many as the text has <audio>
  domain  text, may be absent  the domain that it is of; no trainer reads it

Read by
  - LLaMA-Factory
  ! kto_tag is true or false, no text.

Becomes
  alpaca, sharegpt, openai, trl, multimodal, llamafactory-v1, dialogue, prompt-completion,
input-output, question-answer, complex-cot, chain-of-thought, distillation, image-caption,
audio-summary, kto, kto-sharegpt, unpaired-trl
  the answer loses its label, also where it is false

In LLaMA-Factory's dataset_info.json (name only the columns that the file has)
  {"file_name": "FILE", "formatting": "alpaca", "columns": {"prompt": "instruction", "query":
"input", "system": "system", "history": "history", "images": "images", "videos": "videos", "audios":
"audios", "response": "output", "kto_tag": "kto_tag"}}

Examples
  {"instruction":"写一句催款提醒。","input":"","output":"您的账单明天到期，请及时还款。
","kto_tag":true}
  {"instruction":"Greet a customer.","input":"morning","output":"What?","kto_tag":false}

source of the rules: LLaMA-Factory data/README.md, KTO dataset
""")


def test_all_shapes(shell: Shell) -> None:
    overview = shell("formats")
    assert overview.startswith(
        "Examples to learn from\n  alpaca  instruction, input, output; perhaps system and history\n"
    )
    assert overview.count("      {") == 30


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "chat.jsonl", "--to", "opnai"),
        ("convert", "chat.jsonl", "--from", "openai", "--to", "kto"),
        ("convert", "none.jsonl", "--to", "openai"),
        ("convert", "chat.jsonl"),
        ("convert", "empty.jsonl", "--to", "openai"),
        ("convert", "chat.jsonl", "--to", "openai", "-o", "chat.jsonl"),
        ("formats", "opnai"),
    ],
)
def test_what_cannot_be_done(shell: Shell, arguments: tuple[str, ...]) -> None:
    write_records("chat.jsonl", *CHAT)
    write_records("empty.jsonl")
    out = shell(*arguments)
    expected = snapshot(
        {
            "convert chat.jsonl --to opnai": """\
! error: there is no shape 'opnai'; did you mean 'openai'?
! hint: see them: dsvc formats
exit 2
""",
            "convert chat.jsonl --from openai --to kto": """\
! error: 'openai' cannot become 'kto': it needs a label that says whether the answer is good
! hint: see what it becomes: dsvc formats openai
exit 2
""",
            "convert none.jsonl --to openai": """\
! error: there is no file 'none.jsonl'
! hint: versions of datasets are in a repository
exit 3
""",
            "convert chat.jsonl": """\
! error: missing option '--to'
! hint: dsvc convert --help
exit 2
""",
            "convert empty.jsonl --to openai": """\
! error: 'empty.jsonl' is empty: there are no records in it
! hint: look at what was to write it
exit 4
""",
            "convert chat.jsonl --to openai -o chat.jsonl": """\
! error: 'chat.jsonl' exists already
! hint: overwrite it: --force
exit 5
""",
            "formats opnai": """\
! error: there is no shape 'opnai'; did you mean 'openai'?
! hint: see them: dsvc formats
exit 2
""",
        }
    )
    assert out == expected[" ".join(arguments)]


def test_hostile_texts_do_not_reach_the_terminal(shell: Shell) -> None:
    evil = "\x1b]0;owned\x07"
    write_records("evil.jsonl", {"messages": [{"role": evil, "content": "x"}]}, {evil: 1})
    assert "\x1b" not in shell("convert", "evil.jsonl", "--to", "trl", "-o", "o.jsonl", "--skip-unfit")
    write_records("keys.jsonl", {"input": "a", "output": "b", evil: 1, "system": evil})
    assert "\x1b" not in shell("convert", "keys.jsonl", "--to", "alpaca", "-o", "k.jsonl")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from dsvc.cli.diagnostics import run; "
        "status = run(['convert', sys.argv[1], '--to', 'openai', '-o', sys.argv[2]]); "
        "print(int(status), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    peaks = []
    for count in (1_000, 40_000):
        source = tmp_path / f"{count}.jsonl"
        with source.open("wb") as file:
            file.writelines(
                [json.dumps({"instruction": "x" * 400, "input": "", "output": "y" * 400}).encode() + b"\n"] * count
            )
        done = subprocess.run(
            [sys.executable, "-c", code, str(source), str(tmp_path / f"{count}.out.jsonl")],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        status, peak = done.stdout.split()
        assert status == "0"
        peaks.append(int(peak))
    assert peaks[1] - peaks[0] < 10


def test_what_another_program_writes_and_a_folder(tmp_path: Path) -> None:
    """``jq … | dsvc convert -``, ``<(jq …)``, and all files of a folder one after the other."""
    (tmp_path / "d").mkdir()
    for name in ("a", "b"):
        (tmp_path / "d" / f"{name}.jsonl").write_text(f'{{"instruction": "{name}", "output": "好"}}\n')

    def typed(*arguments: str, given: str = "") -> tuple[int, str, str]:
        command = ["dsvc", *arguments]
        done = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    want = [{"messages": said(name, "好")} for name in ("a", "b")]
    assert [json.loads(line) for line in typed("convert", "d", "--to", "openai")[1].splitlines()] == want
    array = json.dumps([{"instruction": "a", "output": "好"}])
    assert json.loads(typed("convert", "-", "--to", "openai", given=array)[1]) == want[0]
    assert "-: 1 record" in typed("formats", "-", given=array)[1]
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen(["sh", "-c", "cat d/a.jsonl > fifo"], cwd=tmp_path):
        assert json.loads(typed("convert", "fifo", "--to", "openai")[1]) == want[0]
    code, _, told = typed("convert", "-", "--to", "openai", "-o", "out.jsonl", given='{"instruction": "a"')
    assert (code, told.splitlines()[0][:37]) == (4, "error: cannot read record at '-:1': e")
    assert not (tmp_path / "out.jsonl").exists()
    assert typed("convert", "/dev/null", "--to", "openai")[2].startswith("error: '/dev/null' is not a regular file")


def test_a_mistyped_file_is_told_as_one(bank: Shell) -> None:
    assert bank("convert", "nope.jsonl", "--to", "openai") == snapshot("""\
! error: 'bank' has no version 'nope.jsonl', and there is no file of that name (last ones: v1.0)
! hint: dsvc log bank
exit 3
""")
