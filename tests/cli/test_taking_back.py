"""Records go out to annotators, and what they answered comes back into the dataset."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.annotation import Doccano, LabelStudio
from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

CALLS: list[dict[str, Any]] = [
    {"id": 1, "text": "信用卡怎么还款？", "label": "还款"},
    {"id": 2, "text": "逾期三个月会怎样？", "label": "费用"},
    {"id": 3, "text": "年费是多少？", "label": "费用"},
    {"id": 4, "text": "怎样提高额度？", "label": "额度"},
    {"id": 5, "text": "临时额度能用多久？", "label": "额度"},
    {"id": 6, "text": "可以提前还款吗？", "label": "还款"},
]
UPDATE = ("--into", "calls", "--update")


@pytest.fixture
def calls(shell: Shell) -> Shell:
    """A repository with six calls, which all have a label."""
    shell("init")
    write_records("data/calls.jsonl", *CALLS)
    shell("commit", "data/calls.jsonl", "--source", "call centre", "-m", "first")
    return shell


def handed_out(shell: Shell, *more: str, revision: str = "calls@v1.0") -> LabelStudio:
    told = shell("export", revision, "--to", "label-studio", "-o", "round", "--force", *more)
    assert "exit" not in told, told
    return LabelStudio.of("round")


def plain_fields(project: LabelStudio) -> str:
    return str(project.tasks[0]["data"]["dsvc_fields"])


def labels() -> list[Any]:
    return [json.loads(line).get("label") for line in Path("data/calls.jsonl").read_text("utf-8").splitlines()]


def state() -> dict[str, bytes]:
    """What must not change when something is refused."""
    return {path: Path(path).read_bytes() for path in ("data/calls.jsonl", ".dsvc/data/calls/manifest.json")}


def test_two_annotators_in_label_studio(calls: Shell) -> None:
    project = handed_out(calls)
    assert project.predicted(2) == {"label": ["费用"]}
    project.annotate(2, "li@bank.cn", {"label": ["逾期"]})
    project.annotate(3, "wang@bank.cn", {"label": ["年费"]})
    project.annotate(4, "wang@bank.cn", {"label": ["额度"]})
    project.accept(1, "li@bank.cn")
    project.accept(1, "wang@bank.cn")
    project.skip(5, "li@bank.cn")
    # meanwhile somebody corrects a label here, sorts the file, and writes it in another style
    records = [dict(record) for record in CALLS]
    records[5]["label"] = "提前还款"
    moved = [records[3], *records[:3], *records[4:]]
    Path("data/calls.jsonl").write_text(
        "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in moved), "utf-8"
    )
    calls("commit", "calls", "-m", "sorted, one label corrected")
    before = Path("data/calls.jsonl").read_text("utf-8").splitlines()

    assert calls("import", project.json(), *UPDATE) == snapshot("""\
calls@v1.2  ~2  (6 records)
annotators: li@bank.cn, wang@bank.cn
stored:     117 B of records
fields:     2 taken, 2 as before, 2 unanswered, 1 skipped
! taken, though not among the choices handed out: '逾期' (1), '年费' (1)
""")
    after = Path("data/calls.jsonl").read_text("utf-8").splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        (
            '{"id":2,"text":"逾期三个月会怎样？","label":"费用"}',
            '{"id":2,"text":"逾期三个月会怎样？","label":"逾期"}',
        ),
        ('{"id":3,"text":"年费是多少？","label":"费用"}', '{"id":3,"text":"年费是多少？","label":"年费"}'),
    ]
    assert calls("blame", "calls", "--field", "label", "--reason") == snapshot("""\
1-2  v1.0  2025-03-01  Ann Otter     call centre  first
3    v1.2  2025-03-01  li@bank.cn    call centre  labels from Label Studio (project-7.json)
4    v1.2  2025-03-01  wang@bank.cn  call centre  labels from Label Studio (project-7.json)
5    v1.0  2025-03-01  Ann Otter     call centre  first
6    v1.1  2025-03-01  Ann Otter     call centre  sorted, one label corrected
""")
    manifest = json.loads(Path(".dsvc/data/calls/manifest.json").read_bytes())
    assert [annotator["name"] for annotator in manifest["annotators"]] == ["li@bank.cn", "wang@bank.cn"]
    source = {each["name"]: each for each in manifest["sources"]}["Label Studio"]
    assert source["tool"] == "label-studio"
    assert source["uri"] == "project-7.json"
    assert calls("status") == snapshot("""\
calls  data/calls.jsonl  v1.2
  unchanged since v1.2
""")

    calls("undo")
    assert Path("data/calls.jsonl").read_text("utf-8").splitlines() == before
    assert "v1.1 (HEAD)" in calls("log", "calls").splitlines()[0]


@pytest.mark.parametrize("export", [LabelStudio.json, LabelStudio.json_min, LabelStudio.csv])
def test_every_export_of_label_studio(calls: Shell, export: Any) -> None:
    project = handed_out(calls)
    project.annotate(2, "li@bank.cn", {"label": ["逾期"]})
    project.accept(1, "li@bank.cn")
    told = calls("import", export(project), *UPDATE)
    assert "fields:     1 taken, 1 as before, 4 unanswered\n" in told
    assert "annotators: li@bank.cn\n" in told
    assert labels() == ["还款", "逾期", "费用", "额度", "额度", "还款"]


def test_conflicts_are_listed_and_nothing_changes(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li@bank.cn", {"label": ["分期"]})
    project.annotate(2, "li@bank.cn", {"label": ["逾期"]})
    project.annotate(2, "wang@bank.cn", {"label": ["罚息"]})
    project.annotate(3, "li@bank.cn", {"label": ["年费"]})
    project.annotate(4, "li@bank.cn", {"label": ["提额"]})
    project.annotate(5, "li@bank.cn", {"label": ["提额"]})
    records = [dict(record) for record in CALLS]
    records[0]["label"] = "账单"
    records[3]["label"] = "提额"
    del records[4]
    write_records("data/calls.jsonl", *records)
    calls("commit", "calls", "-m", "meanwhile")
    before = state()
    assert calls("import", project.json(), *UPDATE) == snapshot("""\
! data/calls.jsonl row 1, 9ddcd32c5948, label: was changed on both sides
!     base    "还款"
!     ours    "账单"
!     theirs  "分期"  (li@bank.cn)
! data/calls.jsonl row 2, 7208073688f8, label: people disagree
!     base    "费用"
!     ours    "费用"
!     theirs  "逾期"  (li@bank.cn)
!     theirs  "罚息"  (wang@bank.cn)
! aee4aed18d9b, label: the record is gone
!     base    "额度"
!     theirs  "提额"  (li@bank.cn)
! error: nothing was changed: 3 conflicts of 'project-7.json'
! hint: --conflicts ours (keeps what is here), theirs, or FILE.jsonl, which lists them to be decided
exit 6
""")
    assert state() == before
    assert calls("import", "project-7.json", *UPDATE, "--conflicts", "theirs") == snapshot("""\
! data/calls.jsonl row 2, 7208073688f8, label: people disagree
!     base    "费用"
!     ours    "费用"
!     theirs  "逾期"  (li@bank.cn)
!     theirs  "罚息"  (wang@bank.cn)
! aee4aed18d9b, label: the record is gone
!     base    "额度"
!     theirs  "提额"  (li@bank.cn)
! error: nothing was changed: 2 conflicts of 'project-7.json' still open
! hint: decide each one in a file, which lists them first: --conflicts NEW-FILE.jsonl
exit 6
""")
    assert calls("import", "project-7.json", *UPDATE, "--conflicts", "mine") == snapshot("""\
! error: 'mine' does not say what to do with conflicts
! hint: write --conflicts ours, theirs, or FILE.jsonl
exit 2
""")
    assert state() == before
    assert calls("import", "project-7.json", *UPDATE, "--conflicts", "ours", "--dry-run") == snapshot("""\
would be calls@v1.2  ~1  (5 records)
annotators: li@bank.cn
stored:     59 B of records
fields:     1 taken, 4 as before, 1 unanswered; 3 conflicts decided
! taken, though not among the choices handed out: '年费' (1)
""")
    assert state() == before

    assert calls("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl").splitlines()[-2:] == snapshot(
        [
            '! hint: in each line say what to "take" ("ours", "theirs", {"annotator": …}, {"value": …}); run it again',
            "exit 6",
        ]
    )
    listed = [json.loads(line) for line in Path("open.jsonl").read_text("utf-8").splitlines()]
    assert [(each["why"], each["row"], each["base"], each["ours"], each["theirs"]) for each in listed] == snapshot(
        [
            ("changed", 1, "还款", "账单", [{"annotator": "li@bank.cn", "value": "分期"}]),
            (
                "people",
                2,
                "费用",
                "费用",
                [{"annotator": "li@bank.cn", "value": "逾期"}, {"annotator": "wang@bank.cn", "value": "罚息"}],
            ),
            ("gone", None, "额度", None, [{"annotator": "li@bank.cn", "value": "提额"}]),
        ]
    )
    assert calls("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl").splitlines()[-2:] == snapshot(
        [
            "! hint: 'open.jsonl:1' has no 'take'; 'open.jsonl:2' has no 'take'; "
            "'open.jsonl:3' has no 'take' (all anew: --conflicts NEW-FILE.jsonl)",
            "exit 6",
        ]
    )
    assert state() == before
    for each, take in zip(listed, ({"value": "分期"}, {"annotator": "wang@bank.cn"}, "ours"), strict=True):
        each["take"] = take
    write_records("open.jsonl", *listed)
    told = calls("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl")
    assert "fields:     3 taken, 2 as before, 1 unanswered; 3 conflicts decided\n" in told
    assert labels() == ["分期", "罚息", "年费", "提额", "还款"]


def test_a_decision_about_something_that_changed_since_is_none(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li@bank.cn", {"label": ["分期"]})
    for label in ("账单", "账务"):
        write_records("data/calls.jsonl", {**CALLS[0], "label": label}, *CALLS[1:])
        calls("commit", "calls", "-m", label)
        if label == "账单":
            calls("import", project.json(), *UPDATE, "--conflicts", "open.jsonl")
            listed = json.loads(Path("open.jsonl").read_bytes())
            write_records("open.jsonl", {**listed, "take": "theirs"})
    told = calls("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl")
    assert told.splitlines()[-3:] == snapshot(
        [
            "! error: nothing was changed: 1 conflict of 'project-7.json' still open",
            "! hint: 'open.jsonl:1' was decided about other values than there are now "
            "(all anew: --conflicts NEW-FILE.jsonl)",
            "exit 6",
        ]
    )
    write_records("open.jsonl", {**listed, "ours": "账务", "take": "both"})
    assert calls("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl") == snapshot("""\
! error: 'open.jsonl:1': 'take' cannot be "both"
! hint: one of "ours", "theirs", {"annotator": NAME} or {"value": VALUE}
exit 4
""")
    write_records("open.jsonl", {**listed, "ours": "账务", "take": "theirs"})
    calls("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl")
    assert labels()[0] == "分期"


def test_a_decision_holds_when_the_whole_project_is_exported_again(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li@bank.cn", {"label": ["分期"]})
    project.annotate(2, "li@bank.cn", {"label": ["逾期"]})
    project.annotate(2, "wang@bank.cn", {"label": ["罚息"]})
    project.annotate(3, "li@bank.cn", {"label": ["年费"]})
    project.annotate(4, "li@bank.cn", {"label": ["提额"]})
    write_records(
        "data/calls.jsonl", {**CALLS[0], "label": "账单"}, *CALLS[1:3], {**CALLS[3], "label": "调额"}, *CALLS[4:]
    )
    calls("commit", "calls", "-m", "meanwhile")
    calls("import", project.json(), *UPDATE, "--conflicts", "open.jsonl")
    listed = [json.loads(line) for line in Path("open.jsonl").read_text("utf-8").splitlines()]
    for each, take in zip(listed, ("ours", {"annotator": "wang@bank.cn"}, {"value": "额度调整"}), strict=True):
        each["take"] = take
    write_records("open.jsonl", *listed)
    decided = ("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl")
    assert "3 taken, 1 as before, 2 unanswered; 3 conflicts decided" in calls(*decided)
    assert labels()[:4] == ["账单", "罚息", "年费", "额度调整"]
    before = state()
    nothing = snapshot("""\
! error: nothing to take over from 'project-7.json': 0 taken, 4 as before, 2 unanswered
! hint: dsvc log calls
exit 3
""")
    assert calls(*decided) == nothing
    assert calls("import", "project-7.json", *UPDATE) == nothing
    assert state() == before
    # who answers anew opens what was decided about the other answers
    project.annotate(2, "zhao@bank.cn", {"label": ["滞纳金"]})
    assert "1 conflict of" in calls("import", project.json(), *UPDATE)
    # and without the version that they went into decisions are none
    project.annotations[2].pop()
    calls("undo")
    assert "3 conflicts of" in calls("import", project.json(), *UPDATE)


def test_equal_records_are_told_apart(calls: Shell) -> None:
    write_records("data/calls.jsonl", CALLS[0], CALLS[1], CALLS[1], CALLS[1])
    calls("commit", "calls", "-m", "one call came three times", "--source", "s")
    project = handed_out(calls, revision="calls@v1.1")
    named = [task["data"]["dsvc_record"].partition("#")[2] for task in project.tasks]
    assert named == ["", "", "2", "3"]
    project.annotate(3, "li@bank.cn", {"label": ["逾期"]})
    assert "1 taken" in calls("import", project.json(), *UPDATE)
    assert labels() == ["还款", "费用", "逾期", "费用"]


def test_records_that_were_edited_since_are_found(calls: Shell) -> None:
    project = handed_out(calls)
    for number in range(1, 7):
        project.annotate(number, "li@bank.cn", {"label": [f"新{number}"]})
    edited = [{**record, "text": record["text"].replace("？", "，请问？"), "lang": "zh"} for record in CALLS]
    write_records("data/calls.jsonl", *reversed(edited))
    calls("commit", "calls", "-m", "politer, and turned around")
    write_records("data/calls.jsonl", {"id": 7, "text": "在吗", "label": "其他"}, *reversed(edited))
    calls("commit", "calls", "-m", "one more", "--source", "call centre")
    told = calls("import", project.json(), *UPDATE)
    assert "6 taken" in told
    assert "6 answers taken for records that were edited after they were handed out" in told
    assert labels() == ["其他", "新6", "新5", "新4", "新3", "新2", "新1"]
    assert '"请问' not in Path("round/tasks.json").read_text("utf-8")


def test_records_that_were_gone_in_between(calls: Shell) -> None:
    project = handed_out(calls)
    for number in range(1, 7):
        project.annotate(number, "li", {"label": [f"新{number}"]})
    write_records("data/calls.jsonl", *CALLS[:2])
    calls("commit", "calls", "-m", "most are dropped")
    calls("rollback", "calls@v1.0", "-m", "that was wrong")
    assert "6 taken" in calls("import", project.json(), *UPDATE)
    assert labels() == [f"新{number}" for number in range(1, 7)]


def test_an_answer_about_a_text_that_was_rewritten(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(2, "li", {"label": ["逾期"]})
    project.annotate(3, "li", {"label": ["年费"]})
    rewritten = {**CALLS[1], "text": "逾期三个月会怎样，要付多少罚息？"}
    write_records("data/calls.jsonl", CALLS[0], rewritten, *CALLS[2:])
    calls("commit", "calls", "-m", "written out")
    told = calls("import", project.json(), *UPDATE)
    assert "row 2, 7208073688f8, label: the record was rewritten after it was handed out" in told
    assert "nothing was changed: 1 conflict" in told
    assert "2 taken" in calls("import", "project-7.json", *UPDATE, "--conflicts", "theirs")
    assert labels()[1:3] == ["逾期", "年费"]


def test_with_a_key_a_record_is_the_same_however_it_was_rewritten(calls: Shell) -> None:
    calls("commit", "calls", "--key", "id", "-m", "a key")
    project = handed_out(calls, revision="calls@HEAD")
    project.annotate(2, "li", {"label": ["逾期"]})
    write_records("data/calls.jsonl", *CALLS[2:], {**CALLS[1], "text": "罚息"}, CALLS[0])
    calls("commit", "calls", "-m", "shorter")
    assert "1 taken" in calls("import", project.json(), *UPDATE)
    assert labels() == ["费用", "额度", "额度", "还款", "逾期", "还款"]


def test_a_key_that_is_no_path_is_that_of_a_field(calls: Shell) -> None:
    numbered = [{**record, "No.": number} for number, record in enumerate(CALLS, 1)]
    write_records("data/calls.jsonl", *numbered)
    calls("commit", "calls", "--key", "No.", "-m", "a key")
    project = handed_out(calls, revision="calls@HEAD")
    project.annotate(2, "li", {"label": ["逾期"]})
    write_records("data/calls.jsonl", {**numbered[1], "text": "罚息"}, *numbered[2:], numbered[0])
    calls("commit", "calls", "-m", "shorter")
    assert "1 taken" in calls("import", project.json(), *UPDATE)
    assert labels()[0] == "逾期"


def test_a_version_of_another_branch(calls: Shell, run_git: Any) -> None:
    run_git("switch", "-qc", "relabel")
    write_records("data/calls.jsonl", *CALLS[:5], {**CALLS[5], "text": "可以提前还款吗，请问？"})
    calls("commit", "calls", "-m", "on a branch")
    project = handed_out(calls, revision="calls@HEAD")
    project.annotate(2, "li", {"label": ["逾期"]})
    project.annotate(6, "li", {"label": ["结清"]})
    run_git("switch", "-q", "main")
    calls("checkout", "calls@HEAD")
    assert "2 taken" in calls("import", project.json(), *UPDATE)
    assert labels() == ["还款", "逾期", "费用", "额度", "额度", "结清"]


@pytest.fixture
def run_git() -> Any:
    return lambda *words: subprocess.run(["git", *words], check=True, capture_output=True)


def test_a_conversation_whose_answer_is_rewritten(shell: Shell) -> None:
    shell("init")
    chats = [
        {
            "conversations": [{"from": "human", "value": f"第{n}问"}, {"from": "gpt", "value": f"第{n}答，很长。"}],
            "n": n,
        }
        for n in range(1, 6)
    ]
    write_records("calls.jsonl", *chats)
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first")
    project = handed_out(shell, "--label", "conversations[1].value", "--text", "n")
    assert project.tasks[0]["data"]["text"] == "1"
    project = handed_out(shell, "--label", "conversations[-1].value")
    assert project.tasks[0]["data"]["conversation"] == [{"author": "user", "text": "第1问"}]
    assert '<Paragraphs name="dsvc_shown" value="$conversation"' in Path("round/config.xml").read_text("utf-8")
    (tag,) = project.predicted(1)
    assert project.predicted(1)[tag] == ["第1答，很长。"]
    project.annotate(2, "li@bank.cn", {tag: ["第2答，\n改好了。"]}, kind="textarea")
    project.accept(1, "li@bank.cn")
    assert "1 taken, 1 as before, 3 unanswered" in shell("import", project.json(), *UPDATE)
    lines = Path("calls.jsonl").read_text("utf-8").splitlines()
    turns = '[{"from": "human", "value": "第2问"}, {"from": "gpt", "value": "第2答，\\n改好了。"}]'
    assert lines[1] == f'{{"conversations": {turns}, "n": 2}}'
    assert [json.loads(line) for line in (*lines[:1], *lines[2:])] == [*chats[:1], *chats[2:]]


def test_labels_of_all_kinds_and_records_without_one(shell: Shell) -> None:
    shell("init")
    write_records(
        "calls.jsonl",
        {"text": "a", "score": 1, "ok": True, "tags": ["x"], "meta": {}},
        {"text": "b", "score": 2, "ok": False, "tags": ["y", "x"], "meta": {"topic": "t"}},
        {"text": "c", "score": 1, "ok": True, "tags": []},
        {"text": "d", "score": 2.50, "ok": None, "tags": ["x", "y"], "meta": {"topic": "t"}},
    )
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first")
    fields = ("score", "ok", "tags", "meta.topic")
    project = handed_out(shell, *[word for name in fields for word in ("--label", name)])
    project.annotate(1, "li", {"score": ["2.5"], "ok": ["false"], "tags": ["y", "x"], "meta.topic": ["t"]})
    project.annotate(2, "li", {"score": ["2"], "tags": ["x", "y"]})
    project.annotate(3, "li", {"ok": ["true"], "tags": ["z"], "meta.topic": ["neu"]})
    assert "6 taken, 3 as before, 7 unanswered" in shell("import", project.json(), *UPDATE)
    assert Path("calls.jsonl").read_text("utf-8") == snapshot("""\
{"text": "a", "score": 2.5, "ok": false, "tags": ["x", "y"], "meta": {"topic": "t"}}
{"text": "b", "score": 2, "ok": false, "tags": ["y", "x"], "meta": {"topic": "t"}}
{"text": "c", "score": 1, "ok": true, "tags": ["z"], "meta": {"topic": "neu"}}
{"text": "d", "score": 2.5, "ok": null, "tags": ["x", "y"], "meta": {"topic": "t"}}
""")


def test_a_field_that_no_record_has_yet(calls: Shell) -> None:
    told = calls("export", "calls@v1.0", "--to", "label-studio", "-o", "round", "--label", "urgent", "--text", "text")
    assert "exit" not in told
    assert "<TextArea" in Path("round/config.xml").read_text("utf-8")
    project = handed_out(calls, "--label", "urgent", "--choice", "是", "--choice", "否")
    assert project.tasks[0].keys() == {"data"}
    project.annotate(2, "li", {"urgent": ["是"]})
    calls("import", project.json(), *UPDATE)
    second = Path("data/calls.jsonl").read_text("utf-8").splitlines()[1]
    assert second == '{"id": 2, "text": "逾期三个月会怎样？", "label": "费用", "urgent": "是"}'


def test_a_field_that_no_record_has_is_told(calls: Shell) -> None:
    note = "! no record has 'nope' filled: it becomes a new field of those that people answer\n"
    assert note in calls(
        "export", "calls@v1.0", "--to", "doccano", "-o", "t.jsonl", "--label", "nope", "--text", "text"
    )
    more = ("--label", "label", "--label", "nope")
    assert note in calls("export", "calls@v1.0", "--to", "label-studio", "-o", "r", *more)
    assert "no record has" not in calls("export", "calls@v1.0", "--to", "label-studio", "-o", "s", "--label", "label")


def test_bytes_of_other_records_stay(calls: Shell) -> None:
    lines = [
        b'\xef\xbb\xbf{ "text":"\\u4fe1", "label" : "a" , "n":1.50}\r\n',
        b"\n",
        b'{"text": "b", "label": "b", "label": "c"}\n',
        b'{"label": "\\u8d39", "text": "\xe5\xb9\xb4"}\r\n',
        b'{"text": "d", "label": "a"}',
    ]
    Path("data/calls.jsonl").write_bytes(b"".join(lines))
    calls("commit", "calls", "-m", "in many styles", "--source", "s", "--allow-findings", "as collected")
    project = handed_out(calls, "--choice", "新", revision="calls@v1.1")
    project.annotate(1, "li", {"label": ["新"]})
    project.annotate(3, "li", {"label": ["新"]})
    project.annotate(4, "li", {"label": ["c"]})
    assert "3 taken" in calls("import", project.json(), *UPDATE)
    assert Path("data/calls.jsonl").read_bytes() == b"".join(
        [
            b'\xef\xbb\xbf{ "text":"\\u4fe1", "label" : "\\u65b0" , "n":1.50}\r\n',
            *lines[1:3],
            b'{"label": "\\u65b0", "text": "\xe5\xb9\xb4"}\r\n',
            b'{"text": "d", "label": "c"}',
        ]
    )


def test_doccano_of_a_shared_project(calls: Shell) -> None:
    assert calls("export", "calls@v1.0", "--to", "doccano", "-o", "tasks.jsonl") == snapshot("""\
! wrote 6 records of calls@v1.0 to 'tasks.jsonl'
!   a new project, 'Text Classification', with 'Allow single label'
!   Import Dataset: JSONL, 'tasks.jsonl', Column Data: text, Column Label: label
!   its labels: 费用, 还款, 额度
!   back: Export Dataset as JSONL, then: dsvc import FILE --into calls --update
""")
    project = Doccano.of("tasks.jsonl")
    project.label(2, "admin", "逾期")
    project.label(3, "admin")
    project.label(4, "admin", "额度", "提额")
    before = state()
    assert calls("import", project.shared(), *UPDATE) == snapshot("""\
! data/calls.jsonl row 4, 9e36f99c37b2, label: several answers where one was asked for
!     base    "额度"
!     ours    "额度"
!     theirs  ["提额", "额度"]
! error: nothing was changed: 1 conflict of 'all.jsonl'
! hint: --conflicts ours (keeps what is here), theirs, or FILE.jsonl, which lists them to be decided
exit 6
""")
    assert state() == before
    assert '!     theirs  ["提额", "额度"]  (李)\n' in calls("import", "all.jsonl", *UPDATE, "--annotator", "李")
    assert calls("import", "all.jsonl", *UPDATE, "--conflicts", "ours", "--annotator", "li") == snapshot("""\
calls@v1.1  ~1  (6 records)
annotators: li
stored:     68 B of records
fields:     1 taken, 4 as before, 1 unanswered (1 emptied, left as they were); 1 conflict decided
! taken, though not among the choices handed out: '逾期' (1)
""")
    assert labels() == ["还款", "逾期", "费用", "额度", "额度", "还款"]


def test_doccano_with_a_file_for_each_person(calls: Shell) -> None:
    calls("export", "calls@v1.0", "--to", "doccano", "-o", "tasks.jsonl")
    project = Doccano.of("tasks.jsonl")  # the importer's file has what was handed out
    project.label(2, "li", "逾期")
    project.label(2, "wang", "逾期")
    project.label(3, "wang", "费用")
    told = calls("import", project.zip(), *UPDATE)
    assert "fields:     1 taken, 5 as before, 0 unanswered\n" in told
    assert "annotators: li, wang\n" in told
    assert labels()[1] == "逾期"


def test_doccano_without_the_present_labels_counts_every_answer(calls: Shell) -> None:
    calls("export", "calls@v1.0", "--to", "doccano", "-o", "tasks.jsonl", "--blank")
    project = Doccano.of("tasks.jsonl")
    assert project.labels == {"admin": {}}
    project.label(2, "li", "逾期")
    project.label(2, "wang", "费用")
    assert "people disagree" in calls("import", project.zip(), *UPDATE)


def test_free_text_in_doccano(shell: Shell) -> None:
    shell("init")
    write_records("calls.jsonl", *({"instruction": f"问{n}", "input": "", "output": f"答{n}"} for n in range(4)))
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first")
    shell("export", "calls@v1.0", "--to", "doccano", "-o", "tasks.jsonl", "--label", "output", "--range", "2:3")
    project = Doccano.of("tasks.jsonl")
    assert [example["text"] for example in project.examples] == ["user: 问1", "user: 问2"]
    project.label(1, "admin", "更好的答案")
    assert "1 taken, 1 as before" in shell("import", project.shared(), *UPDATE)
    assert json.loads(Path("calls.jsonl").read_text("utf-8").splitlines()[1])["output"] == "更好的答案"


def test_two_rounds_in_one_project(calls: Shell) -> None:
    first = handed_out(calls, "--range", "1:2")
    write_records("data/calls.jsonl", *CALLS[:5], {**CALLS[5], "label": "提前"})
    calls("commit", "calls", "-m", "corrected")
    second = handed_out(calls, "--range", "2:6", revision="calls@v1.1")
    project = LabelStudio([*first.tasks, *second.tasks])
    project.annotate(1, "li", {"label": ["账单"]})
    project.annotate(2, "li", {"label": ["逾期"]})
    project.annotate(3, "wang", {"label": ["逾期"]})
    project.annotate(7, "wang", {"label": ["结清"]})
    assert "3 taken" in calls("import", project.json(), *UPDATE)
    assert labels() == ["账单", "逾期", "费用", "额度", "额度", "结清"]


def test_edits_in_the_file_are_protected(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(2, "li", {"label": ["逾期"]})
    write_records("data/calls.jsonl", *CALLS[:5])
    before = state()
    assert calls("import", project.json(), *UPDATE) == snapshot("""\
! error: 'data/calls.jsonl' was edited since v1.0; import project-7.json --into calls --update would overwrite that
! hint: commit the edits first, or let dsvc save them and go on: dsvc import project-7.json --into calls --update --force
exit 5
""")  # noqa: E501
    assert state() == before
    told = calls("import", "project-7.json", *UPDATE, "--force")
    assert "your edits were saved as" in told
    assert len(labels()) == 6


def test_what_is_refused(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(2, "li", {"label": ["逾期"]})
    project.json()
    before = state()
    plain = json.loads(Path("project-7.json").read_bytes())
    for task in plain:
        task["data"] = {"text": task["data"]["text"]}
    Path("plain.json").write_text(json.dumps(plain))
    assert calls("import", "plain.json", *UPDATE) == snapshot("""\
! error: 'plain.json' does not say which records it is about: none of its tasks was handed out by dsvc
! hint: to make it the content of a dataset: dsvc import plain.json --as NAME
exit 2
""")
    assert calls("import", "round/tasks.json", *UPDATE) == snapshot("""\
! error: 'round/tasks.json' holds tasks without annotations: it is what was handed out
! hint: take what the tool exports: Export > JSON
exit 2
""")

    def tampered(name: str, text: str) -> str:
        tasks = json.loads(Path("project-7.json").read_bytes())
        tasks[1]["data"][name] = text
        Path("tampered.json").write_text(json.dumps(tasks))
        return calls("import", "tampered.json", *UPDATE)

    assert tampered("dsvc_record", "0" * 32) == snapshot("""\
! error: record 2 of 'tampered.json' is about the record '<id>', which calls@v1.0 does not have
! hint: was the file edited? export it from the tool anew
exit 4
""")
    assert tampered("dsvc_record", "3.9E+12") == snapshot("""\
! error: record 2 of 'tampered.json': 'dsvc_record' is not what was handed out, but 3.9E+12
! hint: export it from the tool anew: these fields tell which record an answer is for
exit 4
""")
    assert tampered("dsvc_version", f"calls@v0.9 {'0' * 32}").replace("0" * 12, "<0>") == snapshot("""\
! error: 'tampered.json' was handed out from calls@v0.9 (<0>), which is not known here
! hint: get it, if somebody has it: git fetch --tags
exit 3
""")
    asked = plain_fields(project)
    for other in (
        asked.replace('"label"', '"text"', 1),
        asked.replace("choice", "text"),
        asked.replace("true", "false"),
    ):
        assert tampered("dsvc_fields", other).splitlines()[1:] == [
            "! hint: export it from the tool anew; tasks that were changed in between: hand them out anew",
            "exit 4",
        ]
    unsealed = json.dumps({**json.loads(asked), "seal": ""})
    assert tampered("dsvc_fields", unsealed).splitlines()[0] == (
        "! error: record 2 of 'tampered.json': 'dsvc_fields' is not what was handed out, so 'label' may not be filled "
        "in"
    )
    assert tampered("dsvc_fields", '{"asked": 3}') == snapshot("""\
! error: record 2 of 'tampered.json': 'dsvc_fields' is not what was handed out, but {"asked": 3}
! hint: export it from the tool anew: these fields tell which record an answer is for
exit 4
""")
    write_records("data/other.jsonl", *CALLS)
    calls("commit", "data/other.jsonl", "--source", "s", "-m", "first")
    assert calls("import", "project-7.json", "--into", "other", "--update") == snapshot("""\
! error: 'project-7.json' was handed out from 'calls', not from 'other'
! hint: dsvc import project-7.json --into calls --update
exit 2
""")
    assert calls("import", "project-7.json", *UPDATE, "--split", "train") == snapshot("""\
! error: --split does not belong to --update
! hint: leave it out
exit 2
""")
    assert calls("import", "project-7.json", "--as", "x", "--conflicts", "ours") == snapshot("""\
! error: --conflicts belongs to --update
! hint: leave it out, or add --update
exit 2
""")
    assert state() == before
    write_records("data/calls.jsonl", *CALLS[:2], {**CALLS[2], "label": "年费"}, *CALLS[3:])
    calls("commit", "calls", "-m", "corrected")
    project.annotations.clear()
    project.annotate(3, "li", {"label": ["年费"]})
    project.accept(1, "li")
    project.skip(2, "li")
    assert calls("import", project.json(), *UPDATE) == snapshot("""\
! error: nothing to take over from 'project-7.json': 0 taken, 2 as before, 4 unanswered, 1 skipped
! hint: dsvc log calls
exit 3
""")


def test_what_is_not_handed_out(calls: Shell) -> None:
    write_records("data/calls.jsonl", *CALLS[:5])
    assert calls("export", "calls", "--to", "doccano", "-o", "t.jsonl") == snapshot("""\
! error: 'data/calls.jsonl' was edited since v1.0, and only a version can be handed out
! hint: commit the edits first, or hand out calls@v1.0
exit 5
""")
    write_records("plain.jsonl", *CALLS)
    assert calls("export", "plain.jsonl", "--to", "doccano", "-o", "t.jsonl") == snapshot("""\
! error: 'plain.jsonl' is a file, and only a version can be handed out
! hint: dsvc commit 'plain.jsonl' --source 'where from' -m 'why'
exit 2
""")
    assert calls("export", "calls@v1.0", "--to", "doccano", "-o", "t.jsonl", "--where", "label=x") == snapshot("""\
! error: 'calls@v1.0' has no record that is picked
! hint: look at --where and --range
exit 3
""")
    assert calls(
        "export", "calls@v1.0", "--to", "doccano", "-o", "t.jsonl", "--label", "a", "--label", "b"
    ) == snapshot("""\
! error: Doccano asks for one field
! hint: name one: --label FIELD, or take --to label-studio
exit 2
""")
    assert calls("export", "calls@v1.0", "--to", "json", "-o", "t.json", "--where", "label=x") == snapshot("""\
! error: --where concerns annotation tools only
! hint: leave it out
exit 2
""")
    assert not Path("t.jsonl").exists()


def test_only_some_records_go_out(calls: Shell) -> None:
    project = handed_out(calls, "--where", "label=费用", "--where", "id>2")
    assert [task["data"]["text"] for task in project.tasks] == ["年费是多少？"]
    assert '<Choice value="还款"/>' in Path("round/config.xml").read_text("utf-8")


def test_a_choice_with_white_space_around_it(shell: Shell) -> None:
    shell("init")
    write_records("calls.jsonl", *({"text": f"问{n}", "label": [" 费用 ", "还款"][n % 2]} for n in range(4)))
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first")
    project = handed_out(shell)
    project.annotate(1, "li", {"label": ["费用"]})
    project.annotate(2, "li", {"label": ["费用"]})
    assert "1 taken, 1 as before" in shell("import", project.json(), *UPDATE)
    assert json.loads(Path("calls.jsonl").read_text("utf-8").splitlines()[1])["label"] == " 费用 "


def test_the_list_of_conflicts_is_no_working_file(shell: Shell) -> None:
    shell("init")
    write_records("data/calls/train.jsonl", *CALLS)
    shell("commit", "data/calls", "--source", "s", "-m", "first")
    project = handed_out(shell)
    project.annotate(1, "li", {"label": ["新"]})
    project.annotate(1, "wang", {"label": ["旧"]})
    told = shell("import", project.json(), *UPDATE, "--conflicts", "data/calls/open.jsonl")
    assert "is in the folder of 'calls'; import does not write there" in told
    assert not Path("data/calls/open.jsonl").exists()
    shell("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl", "--dry-run")
    assert not Path("open.jsonl").exists()
    listed = shell("import", "project-7.json", *UPDATE, "--json").splitlines()
    assert json.loads(listed[0])["theirs"] == [
        {"annotator": "li", "value": "新"},
        {"annotator": "wang", "value": "旧"},
    ]


def test_splits_of_a_folder(shell: Shell) -> None:
    shell("init")
    write_records("data/calls/train.jsonl", *CALLS[:4])
    write_records("data/calls/test.jsonl", CALLS[0], *CALLS[4:])
    shell("commit", "data/calls", "--source", "s", "-m", "first")
    project = handed_out(shell, "--range", "2:7")
    named = [task["data"]["dsvc_record"].partition("#")[2] for task in project.tasks]
    assert named == ["", "", "2", "", "", ""]  # test.jsonl comes first; its first call stands in train.jsonl again
    project.annotate(1, "li", {"label": ["新"]})
    project.annotate(3, "li", {"label": ["结清"]})
    train = Path("data/calls/train.jsonl").read_text("utf-8").splitlines()
    assert shell("import", project.json(), *UPDATE) == snapshot("""\
calls@v1.1  ~2  (7 records)
annotators: li
stored:     130 B of records
fields:     2 taken, 0 as before, 4 unanswered
! taken, though not among the choices handed out: '新' (1), '结清' (1)
""")
    assert json.loads(Path("data/calls/test.jsonl").read_text("utf-8").splitlines()[1])["label"] == "新"
    after = Path("data/calls/train.jsonl").read_text("utf-8").splitlines()
    assert json.loads(after[0])["label"] == "结清"
    assert after[1:] == train[1:]


def test_a_working_file_of_another_version(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(2, "li", {"label": ["逾期"]})
    project.json()
    write_records("data/calls.jsonl", *CALLS[:5])
    calls("commit", "calls", "-m", "one less")
    calls("checkout", "calls@v1.0")
    assert calls("import", "project-7.json", *UPDATE) == snapshot("""\
! error: 'data/calls.jsonl' was written from v1.0, but HEAD has v1.1
! hint: bring it in step with HEAD: dsvc checkout calls@v1.1
exit 5
""")
    Path("data/calls.jsonl").unlink()
    assert calls("import", "project-7.json", *UPDATE) == snapshot("""\
! error: there is no file 'data/calls.jsonl'
! hint: dsvc restore calls; if it has another name now, or is not wanted any more: dsvc rm calls
exit 3
""")
    calls("restore", "calls")
    assert "1 taken" in calls("import", "project-7.json", *UPDATE)


def test_a_text_that_a_browser_trimmed_is_as_it_was(shell: Shell) -> None:
    shell("init")
    write_records("calls.jsonl", *({"text": f"问{n}", "answer": f" 第一行{n}\r\n第二行\n"} for n in range(3)))
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first")
    project = handed_out(shell, "--label", "answer")
    project.annotate(1, "li", {"answer": ["第一行0\n第二行"]}, kind="textarea")
    project.annotate(2, "li", {"answer": ["第一行"]}, kind="textarea")
    assert "1 taken, 1 as before, 1 unanswered" in shell("import", project.json(), *UPDATE)


def test_from_python(calls: Shell) -> None:
    import dsvc
    from dsvc.repository.annotation.taking_back import AnswerConflictsError
    from dsvc.repository.results import CommitRequest

    repo = dsvc.open(".")
    repo.export("calls@v1.0", "label-studio", "round", labels=["label"], where=["label=费用"])
    project = LabelStudio.of("round")
    project.annotate(1, "li", {"label": ["逾期"]})
    project.annotate(2, "li", {"label": ["年费"]})
    project.annotate(2, "wang", {"label": ["免年费"]})
    with pytest.raises(AnswerConflictsError) as refused:
        repo.import_update(project.json(), CommitRequest(target="calls", reason="round 1"))
    assert [(each.why, each.row, each.theirs) for each in refused.value.conflicts] == [
        ("people", 3, (("li", "年费"), ("wang", "免年费")))
    ]
    done = repo.import_update("project-7.json", CommitRequest(target="calls", reason="round 1"), conflicts="ours")
    assert (done.taken, done.same, done.unanswered, done.decided) == (1, 1, 0, 1)
    assert done.result.manifest.reason == "round 1"
    told = dict(done.result.manifest.metadata["taken_back"])
    assert len(told.pop("decided")) == 1
    assert told == {
        "tool": "label-studio",
        "handed_out": [f"calls@v1.0 {repo.version('calls@v1.0').id}"],
        "fields": 1,
    }


def test_what_is_shown_of_records_of_many_shapes(shell: Shell) -> None:
    shell("init")
    calls = [{"function": {"name": "rate", "arguments": '{"bank": "中行"}'}, "id": "c1", "type": "function"}]
    messages = [
        {"role": "system", "content": "你是客服"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "利率？"}, {"type": "image_url", "image_url": {"url": "a.png"}}],
        },
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "content": "3.1", "tool_call_id": "c1"},
        {"role": "assistant", "content": "<think>查到了</think>3.1%", "weight": 1},
    ]
    write_records("calls.jsonl", {"messages": messages, "good": "是"}, {"messages": [], "good": "否"})
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first", "--allow-findings", "as collected")
    tasks = handed_out(shell, "--label", "good").tasks
    assert [(turn["author"], turn["text"]) for turn in tasks[0]["data"]["conversation"]] == snapshot(
        [
            ("system", "你是客服"),
            (
                "user",
                """\
利率？
[image] a.png\
""",
            ),
            ("assistant (call)", 'rate({"bank": "中行"})'),
            ("tool", "3.1"),
            ("assistant (reasoning)", "查到了"),
            ("assistant", "3.1%"),
        ]
    )
    write_records(
        "pairs.jsonl",
        {"prompt": "问", "chosen": "好答案", "rejected": "差答案", "ok": "是"},
        {"prompt": "问", "chosen": "好答案", "rejected": "差答案", "ok": "是"},
    )
    shell("commit", "pairs.jsonl", "--source", "s", "-m", "first")
    tasks = handed_out(shell, "--label", "ok", revision="pairs@v1.0").tasks
    assert [(turn["author"], turn["text"]) for turn in tasks[0]["data"]["conversation"]] == snapshot(
        [("user", "问"), ("chosen", "好答案"), ("rejected", "差答案")]
    )
    write_records("mixed.jsonl", *({"q": n, "ok": "是"} for n in range(3)))
    shell("commit", "mixed.jsonl", "--source", "s", "-m", "first")
    assert shell("export", "mixed@v1.0", "--to", "doccano", "-o", "t.jsonl", "--label", "ok") == snapshot("""\
! error: which field shall people see? the shape of the records does not tell it
! hint: name it: --text FIELD (the first record has: q, ok)
exit 2
""")
    assert "wrote 3 records" in shell(
        "export", "mixed@v1.0", "--to", "doccano", "-o", "t.jsonl", "--label", "ok", "--text", "q", "--text", "ok"
    )
    assert Doccano.of("t.jsonl").examples[0]["text"] == "q: 0\n\nok: 是"


@pytest.mark.parametrize(
    ("records", "options", "told"),
    [
        ([{"text": "a", "l": {"x": 1}}], ("--label", "l"), "'l' of the record at 'calls.jsonl:1' holds an object"),
        ([{"text": "a", "l": "1"}, {"text": "b", "l": 1}], ("--label", "l"), "'l' is 1 as a string in one record"),
        ([{"text": "a", "l": "1"}, {"text": "b", "l": ["1"]}], ("--label", "l"), "holds a list in some records"),
        ([{"text": "a", "l": "x" * 70}], ("--label", "l", "--choice", "y"), "they cannot be choices"),
        ([{"text": "a", "l": ["x"]}], ("--label", "l", "--free-text"), "'l' holds lists"),
        ([{"text": "a"}], ("--label", "l", "--choice", " "), "cannot be chosen"),
        ([{"text": "a"}], ("--label", "l", "--label", "m", "--free-text"), "are about one field"),
        (
            [{"text": "a"}],
            ("--label", "l["),
            "is not the path of a field",
        ),
        ([{"text": "a"}], (), "which field shall people fill in?"),
        ([{"text": "a"}], ("--label", "l", "--where", "n>x"), "'x' is not a number"),
    ],
)
def test_what_cannot_be_asked(shell: Shell, records: list[Any], options: tuple[str, ...], told: str) -> None:
    shell("init")
    write_records("calls.jsonl", *records)
    shell("commit", "calls.jsonl", "--source", "s", "-m", "first", "--allow-findings", "as collected")
    said = shell("export", "calls@v1.0", "--to", "label-studio", "-o", "round", *options)
    assert told in said
    assert "! hint: " in said
    assert "unexpected" not in said
    assert not Path("round").exists()


def test_a_value_that_was_not_asked_for_is_never_replaced(calls: Shell) -> None:
    """What the field lay in became a text meanwhile: an answer has no place there any more."""
    write_records(
        "data/calls.jsonl", *({**record, "meta": {"topic": "a" if record["id"] % 2 else "b"}} for record in CALLS)
    )
    calls("commit", "calls", "-m", "topics")
    project = handed_out(calls, "--label", "meta.topic", revision="calls@v1.1")
    project.annotate(1, "li", {"meta.topic": ["b"]})
    project.annotate(2, "li", {"meta.topic": ["a"]})
    edited = Path("data/calls.jsonl").read_text("utf-8").replace('{"topic": "b"}', '"flat"', 1)
    Path("data/calls.jsonl").write_text(edited, "utf-8")
    calls("commit", "calls", "-m", "one flat", "--allow-findings", "as collected")
    before = state()
    answers = project.json()
    for decision in ((), ("--conflicts", "theirs")):
        told = calls("import", answers, *UPDATE, *decision)
        assert "meta.topic: what the field was in has another value now" in told
        assert "exit 6" in told
        assert state() == before
    calls("import", answers, *UPDATE, "--conflicts", "open.jsonl")
    decided = Path("open.jsonl").read_text("utf-8").replace('"take": null', '"take": {"annotator": "li"}')
    Path("open.jsonl").write_text(decided, "utf-8")
    assert 'there is no place for an answer any more: "ours"' in calls(
        "import", answers, *UPDATE, "--conflicts", "open.jsonl"
    )
    assert state() == before
    assert "1 taken, 1 as before" in calls("import", answers, *UPDATE, "--conflicts", "ours")
    found = [json.loads(line)["meta"] for line in Path("data/calls.jsonl").read_text("utf-8").splitlines()]
    assert found[:2] == [{"topic": "b"}, "flat"]


def test_answers_to_other_tags_are_told(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li", {"label": ["费用"], "Note": ["x"]})
    project.annotate(2, "li", {"label": ["还款"], "Note": ["y"]})
    told = calls("import", project.json(), *UPDATE)
    assert "2 answers to 'Note' were not asked for, and left out" in told
    assert labels()[:2] == ["费用", "还款"]


def test_choices_that_nobody_offered_are_told(calls: Shell) -> None:
    project = handed_out(calls, "--choice", "逾期")
    project.annotate(2, "li", {"label": ["逾期"]})  # offered, though no record has it
    project.annotate(3, "li", {"label": ["年 费"]})
    assert calls("import", project.json(), *UPDATE) == snapshot("""\
calls@v1.1  ~2  (6 records)
annotators: li
stored:     128 B of records
fields:     2 taken, 0 as before, 4 unanswered
! taken, though not among the choices handed out: '年 费' (1)
""")
    assert labels()[1:3] == ["逾期", "年 费"]


def test_labels_named_twice_and_answers_taken_away(shell: Shell) -> None:
    shell("init")
    write_records("data/calls.jsonl", *[{"text": f"t{n}", "label": ["a", "b"][: 1 + n % 2]} for n in range(4)])
    shell("commit", "data/calls.jsonl", "--source", "s", "-m", "first")
    project = handed_out(shell)
    project.annotate(1, "li", {"label": ["b", "b"]})
    project.annotate(2, "li", {})
    project.skip(3, "li")
    assert shell("import", project.json(), *UPDATE) == snapshot("""\
calls@v1.1  ~1  (4 records)
annotators: li
stored:     31 B of records
fields:     1 taken, 0 as before, 3 unanswered (1 emptied, left as they were), 1 skipped
! 1 answer named a choice more than once; it was taken once
""")
    assert labels() == [["b"], ["a", "b"], ["a"], ["a", "b"]]


def test_a_file_of_decisions_says_which_lines_are_wrong(calls: Shell) -> None:
    project = handed_out(calls)
    records = [dict(record) for record in CALLS]
    for number in (1, 2, 3):
        project.annotate(number, "li", {"label": ["额度"]})
        records[number - 1]["label"] = "别的"
    write_records("data/calls.jsonl", *records)
    calls("commit", "calls", "-m", "others")
    calls("import", project.json(), *UPDATE, "--conflicts", "open.jsonl")
    listed = [json.loads(line) for line in Path("open.jsonl").read_bytes().splitlines()]
    again = ("import", "project-7.json", *UPDATE, "--conflicts", "open.jsonl")
    write_records("open.jsonl", {**listed[0], "take": "ours"}, {**listed[0], "take": "theirs"})
    assert calls(*again) == snapshot("""\
! error: 'open.jsonl:2' decides the same conflict as 'open.jsonl:1'
! hint: take one of the two lines out
exit 4
""")
    write_records("open.jsonl", {**listed[0], "take": "ours"}, listed[1])
    assert calls(*again).splitlines()[-3:] == snapshot(
        [
            "! error: nothing was changed: 2 conflicts of 'project-7.json' still open",
            "! hint: 'open.jsonl:2' has no 'take'; no line is about 'label' of <id> "
            "(all anew: --conflicts NEW-FILE.jsonl)",
            "exit 6",
        ]
    )
    decided = [{**each, "take": "theirs"} for each in listed[:2]]
    for value in (3, ["额度"], None):
        write_records("open.jsonl", *decided, {**listed[2], "take": {"value": value}})
        told = calls(*again)
        assert "'open.jsonl:3': 'take' has" in told
        assert told.endswith('! hint: it holds a text, like "额度"\nexit 4\n')
    assert labels()[:3] == ["别的"] * 3
    write_records("open.jsonl", *decided, {**listed[2], "take": {"value": "手写"}})
    assert "3 conflicts decided" in calls(*again)
    assert labels()[:3] == ["额度", "额度", "手写"]


def test_a_text_in_a_field_of_numbers_is_told(shell: Shell) -> None:
    shell("init")
    write_records("data/calls.jsonl", *({"text": f"第{n}通电话", "score": n / 4} for n in range(1, 7)))
    shell("commit", "data/calls.jsonl", "--source", "call centre", "-m", "first")
    project = handed_out(shell, "--label", "score", "--free-text")
    project.annotate(1, "li@bank.cn", {"score": ["0.75"]}, kind="textarea")
    project.annotate(2, "li@bank.cn", {"score": ["偏高"]}, kind="textarea")
    said = shell("import", project.json(), *UPDATE)
    assert "! taken as texts into a field that else holds numbers, or true and false: '偏高' (1)\n" in said
    records = [json.loads(line) for line in Path("data/calls.jsonl").read_text("utf-8").splitlines()]
    assert [record["score"] for record in records[:3]] == [0.75, "偏高", 0.75]


def test_answers_to_other_tags_are_told_when_nothing_else_is_taken(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li", {"Note": ["x"]})
    told = calls("import", project.json(), *UPDATE)
    assert "1 answer to 'Note' was not asked for, and left out" in told
    assert told.endswith("exit 3\n")


def test_a_file_that_lists_no_conflicts_is_told_from_one_that_does(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li", {"label": ["费用"]})
    before = state()
    told = calls("import", project.json(), *UPDATE, "--conflicts", "data/calls.jsonl")
    assert "error: 'data/calls.jsonl:1' is no conflict: it has no 'record'" in told
    assert told.endswith("exit 4\n")
    assert state() == before


def test_an_answer_of_several_lines_is_told_on_one(calls: Shell) -> None:
    project = handed_out(calls)
    project.annotate(1, "li", {"label": ["第一\n第二"]})
    assert "though not among the choices handed out: '第一⏎第二' (1)" in calls("import", project.json(), *UPDATE)
