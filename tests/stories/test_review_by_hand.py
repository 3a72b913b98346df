"""The whole loop at a terminal, with the real git and dvc: look, correct, finish, and let the gates decide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.cli.diagnostics import run
from dsvc.origin import Annotator
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from collections.abc import Callable

    Dsvc = Callable[..., tuple[int, str, str]]

RECORDS = [{"问": f"信用卡逾期{number}天怎么办?", "答": f"第{number}种", "标签": "费用"} for number in range(40)]
FILE = "data/银行.jsonl"


@pytest.fixture
def bank(project: Project) -> Project:
    project.write("dsvc.toml", "[gates]\nclass_field = '标签'\nclass_share = false\n")
    project.save(FILE, lines(*RECORDS), annotators=(Annotator("小明"),))
    project.git("config", "dsvc.annotator", "李雷")
    return project


@pytest.fixture
def dsvc(bank: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Dsvc:
    monkeypatch.chdir(bank.root)

    def told(*words: str) -> tuple[int, str, str]:
        status = run(words)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out, captured.err

    return told


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def gate(dsvc: Dsvc) -> dict[str, dict[str, Any]]:
    _, out, _ = dsvc("validate", "--gate", "--json")
    return {each["gate"]: each for each in objects(out) if each["type"] == "gate"}


def test_look_correct_finish_and_release(bank: Project, dsvc: Dsvc) -> None:
    assert gate(dsvc)["spot_check"]["outcome"] == "not measured"
    assert dsvc("review", "start", "银行@v1.0", "--name", "抽查一", "--sample", "10")[0] == 0
    assert bank.git("log", "-1", "--format=%s").strip().startswith("银行 抽查一: 10 records of v1.0")
    status, out, _ = dsvc("review", "next")
    assert status == 0
    assert "抽查一  1 of 10" in out
    assert dsvc("review", "edit", "--set", "答=先还最低还款额", "-m", "原来的回答过时了")[0] == 0
    assert dsvc("review", "reject", "-m", "不是问题")[0] == 0
    assert dsvc("review", "undo")[0] == 0
    for _ in range(8):
        assert dsvc("review", "accept")[0] == 0
    status, _, err = dsvc("review", "finish")
    assert status == 5
    assert "1 of the 10 records of '抽查一' has no verdict yet" in err
    bank.git("clean", "-fdqx", "--exclude=data", "--exclude=.dvc", "--exclude=.dsvc")
    status, out, _ = dsvc("review", "accept")
    assert "every record has a verdict; 90.0% right (9 of 10" in out
    commits = len(bank.git("log", "--format=%h").split())
    assert dsvc("review", "finish")[0] == 0
    assert len(bank.git("log", "--format=%h").split()) == commits + 1, "one commit has all of it"
    assert bank.status() == []
    bank.dvc("status", "-q")
    assert json.loads(bank.read(".dsvc/data/银行/manifest.json"))["annotators"] == [{"name": "李雷", "kind": "person"}]
    found = gate(dsvc)
    assert found["spot_check"]["value"] == 0.25
    assert found["accuracy"]["value"] == 0.9
    assert found["accuracy"]["outcome"] == "failed"
    assert dsvc("undo")[0] == 0
    assert bank.read(FILE) == lines(*RECORDS)
    assert gate(dsvc)["spot_check"]["outcome"] == "not measured"
    assert dsvc("review", "finish")[0] == 0, "the verdicts are still there"


def test_status_as_json(bank: Project, dsvc: Dsvc) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    dsvc("review", "accept")
    dsvc("review", "reject", "-m", "错")
    dsvc("review", "next", "--reviewer", "韩梅梅")
    dsvc("review", "reject", "--reviewer", "韩梅梅")
    [told] = objects(dsvc("review", "status", "--json")[1])
    assert (told["type"], told["format"]) == ("review", "dsvc.review-status/1")
    assert (told["records"], told["judged"]) == (4, 2)
    assert told["accuracy"] == {"right": 0, "judged": 2, "share": 0.0, "low": None, "high": None}
    assert {each["name"]: each["left"] for each in told["reviewers"]} == {"李雷": 2, "韩梅梅": 3}
    assert told["by_label"] == {"费用": told["accuracy"]}
    assert told["by_annotator"] == {"小明": told["accuracy"]}
    assert len(told["disputed"]) == 1


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("review", "next", "没有"), 3, "has no review '没有'"),
        (("review", "start", "银行@v1.0", "--name", "抽查"), 2, "has a review '抽查' already"),
        (("review", "start", "银行@v1.0", "--name", "b", "--where", "标签=无"), 3, "no record of"),
        (("review", "start", "银行@v9.9", "--name", "b"), 3, "v9.9"),
        (("review", "edit", "--set", "标鉴=费用"), 3, "the record has no field '标鉴'"),
        (("review", "edit", "--set", "标签"), 2, "'标签' sets no field"),
        (("review", "edit", "--set", "标签=费用"), 2, "the record says that already, so nothing is corrected"),
        (("review", "edit", "--with", "broken.json"), 4, "cannot"),
        (("review", "edit", "--with", "list.json"), 4, "cannot"),
        (("review", "accept", "--answer", "1"), 2, "nobody's answer is to be chosen here"),
        (("review", "accept", "--record", "99"), 3, "has 4 records, and no number 99"),
        (("review", "undo"), 3, "there is no verdict to take back"),
        (("review", "finish"), 3, "nobody has judged a record of '抽查' here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_one_clear_answer_each(bank: Project, dsvc: Dsvc, words: tuple[str, ...], status: int, message: str) -> None:
    bank.write("broken.json", '{"问": ')
    bank.write("list.json", "[1, 2]")
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    before = bank.picture()
    got, _, err = dsvc(*words)
    assert got == status, err
    assert message in err
    assert "hint:" in err
    assert err.count("error:") == 1
    assert bank.picture() == before
    assert objects(dsvc("review", "status", "--json")[1])[0]["judged"] == 0


def test_a_record_that_somebody_edited_meanwhile(bank: Project, dsvc: Dsvc) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "100%")
    dsvc("review", "next")
    dsvc("review", "edit", "--set", "答=我的")
    theirs = bank.read(FILE).replace("第0种".encode(), "他们的".encode())
    bank.save(FILE, theirs)
    _, out, _ = dsvc("review", "next", "--record", "1")
    assert "HEAD's version does not have this record as it is here any more" in out
    status, out, _ = dsvc("review", "finish", "--partial")
    assert status == 0
    assert "not changed:" in out
    assert "does not have it as it was when it was looked at" in out
    assert bank.read(FILE) == theirs


def test_two_people_share_a_queue_in_one_clone(bank: Project, dsvc: Dsvc) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    dsvc("review", "next", "--reviewer", "韩梅梅", "--record", "3")
    for _ in range(2):
        assert dsvc("review", "accept")[0] == 0
        assert dsvc("review", "accept", "--reviewer", "韩梅梅")[0] == 0
    assert dsvc("review", "finish")[0] == 0, "every record was judged by one of them"
    files = bank.git("ls-files", "-z", ".dsvc/data/银行/reviews").split("\0")
    assert [name.rpartition("/")[2] for name in files if name] == ["抽查.json", "李雷.jsonl", "韩梅梅.jsonl"]
    assert gate(dsvc)["accuracy"]["value"] == 1.0


def at_shell(bank: Project, line: str) -> str:
    """What a line of shell says, with the very ``dsvc`` of these tests."""
    import subprocess
    import sys

    program = f"{sys.executable} -c 'from dsvc.cli import main; main()'"
    run_it = ["bash", "-c", f'dsvc() {{ {program} "$@"; }}; {line}']
    return subprocess.run(run_it, cwd=bank.root, capture_output=True, check=False).stdout.decode()


def test_a_correction_tells_the_fields_that_it_loses(bank: Project, dsvc: Dsvc) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    bank.write("mended.json", '{"问": 5, "新": []}')
    status, _, err = dsvc("review", "edit", "--with", "mended.json")
    assert status == 0
    assert "fields lost: 答, 标签\n" in err
    assert "fields new: 新\n" in err
    assert "'问' was a text, and is a number now\n" in err
    assert "fields" not in dsvc("review", "edit", "--set", "答=好")[2]


def test_of_several_datasets_the_next_command_names_the_one(bank: Project, dsvc: Dsvc) -> None:
    bank.save("data/其他.jsonl", lines({"问": 1}))
    for target in ("其他@HEAD", "银行@HEAD"):
        told = dsvc("review", "start", target, "--name", "c", "--sample", "100%")[2]
    command = told.partition("begin: dsvc ")[2].splitlines()[0]
    assert command == "review next c --of 银行"
    assert dsvc(*command.split())[0] == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--sample", "500"], "ask for fewer, or for a share of them: 10%"),
        (["--where", "答=没有"], "ask for less than: 答=没有"),
    ],
)
def test_hints_name_only_what_the_command_has(bank: Project, dsvc: Dsvc, words: list[str], hint: str) -> None:
    status, _, err = dsvc("review", "start", "银行@v1.0", "--name", "c", *words)
    assert status in (2, 3)
    assert f"hint: {hint}\n" in err


@pytest.mark.parametrize("away", ["2>&1 | head -0", "| head -0", ">&-"])
def test_what_nobody_saw_is_not_judged(bank: Project, dsvc: Dsvc, away: str) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    told = at_shell(bank, f"dsvc review edit --set 答=好 {away}; dsvc review accept 2>&1; echo $?")
    assert "the record was not shown to its end" in told
    assert told.endswith("2\n")
    _, out, _ = dsvc("review", "status", "--json")
    assert '"edit": 1' in out.replace('":1', '": 1')
    dsvc("review", "next", "--record", "1")
    told = at_shell(bank, f"dsvc review undo {away}; dsvc review accept 2>&1")
    assert "the record was not shown to its end" in told


@pytest.mark.parametrize("verb", ["status", "log", "review next", "cat 银行", "diff", "--version", "--help"])
def test_a_closed_output_takes_nothing_and_breaks_nothing(bank: Project, dsvc: Dsvc, verb: str) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    assert at_shell(bank, f"(dsvc {verb} >&- ) 2>err; echo $?; cat err") == "0\n"
    assert at_shell(bank, f"dsvc {verb} >&- 2>&- <&-; echo $?") == "0\n"


@pytest.mark.parametrize("given", [r"\xff{\"a\":1}", r"{\n\"a\": \"\xff\"}", r"{\"a\": \"\xff\"}"])
def test_a_correction_that_is_no_utf8(bank: Project, dsvc: Dsvc, given: str) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    told = at_shell(bank, f"printf '{given}' | dsvc review edit --with - 2>&1; echo $?")
    assert "unexpected" not in told
    assert told.endswith("4\n")
    told = at_shell(bank, r"dsvc review edit --set 答=$'\xff' 2>&1; echo $?")
    assert "unexpected" not in told
    assert told.endswith("4\n")


@pytest.mark.parametrize("chosen", [True, False])
def test_of_chosen_records_nothing_is_said_of_all(bank: Project, dsvc: Dsvc, chosen: bool) -> None:
    how = ("--where", "问~[1-9]") if chosen else ("--sample", "2")
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", *how)
    dsvc("review", "next")
    dsvc("review", "reject")
    _, out, _ = dsvc("review", "status", "--json")
    assert objects(out)[0]["represents"] is False, "not every record has a verdict"
    assert objects(out)[0]["accuracy"] == {"right": 0, "judged": 1, "share": 0.0, "low": None, "high": None}
    while "every record has a verdict" not in dsvc("review", "reject")[1]:
        pass
    _, out, err = dsvc("review", "status")
    assert "0.0% right (0 of " in out
    assert ("; of all " in out) is not chosen
    assert ("nothing is said of all records: only those with 问~[1-9]\n" in out) is chosen
    assert ("% to " in out) is not chosen
    assert err == ""
    _, out, _ = dsvc("review", "status", "--json")
    told = objects(out)[0]
    assert told["represents"] is not chosen
    parts = [told["accuracy"], told["reviewers"][0]["accuracy"], *told["by_annotator"].values()]
    assert all((part["low"] is None) is chosen for part in parts)


def test_a_field_that_no_record_has_is_told(bank: Project, dsvc: Dsvc) -> None:
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "2")
    dsvc("review", "next")
    dsvc("review", "accept")
    status, _, err = dsvc("review", "status", "--label-field", "无")
    assert (status, err) == (0, "none of the judged records has a field '无'\n")


def test_hints_say_of_which_dataset_a_review_is(bank: Project, dsvc: Dsvc) -> None:
    """Two datasets, a review of one name each: what is told to be run next runs."""
    bank.save("data/gsm.jsonl", lines(*({"question": f"{n} + 1?"} for n in range(5))))
    for dataset in ("银行", "gsm"):
        assert dsvc("review", "start", f"{dataset}@v1.0", "--name", "c", "--sample", "2")[0] == 0
    status, _, err = dsvc("review", "next", "c")
    assert (status, err.splitlines()[1]) == (2, "hint: say of which dataset: c --of gsm")
    assert "c --of gsm" in dsvc("review", "next")[2]
    assert "(c --of gsm)" in dsvc("review", "next", "c", "--of", "gsm")[1]
    assert "dsvc review next c --of 银行" in dsvc("review", "accept", "c", "--of", "银行")[2]
    assert "dsvc review status c --of 银行" in dsvc("review", "undo", "c", "--of", "银行")[2]
    assert "dsvc review next c --of gsm" in dsvc("review", "start", "gsm@v1.0", "--name", "c")[2]
    err = dsvc("review", "finish", "c", "--of", "gsm")[2]
    assert "nobody has judged" in err
    assert "dsvc review next c --of gsm" in err
    assert dsvc("review", "accept", "c", "--of", "gsm")[0] == 0
    assert "dsvc review finish c --of gsm --partial" in dsvc("review", "finish", "c", "--of", "gsm")[2]
    assert "dsvc review finish c --of gsm" in dsvc("review", "accept", "c", "--of", "gsm")[1]
    assert "dsvc review undo c --of gsm" in dsvc("undo")[2]


@pytest.mark.parametrize(
    ("editor", "why"),
    [
        ("no-such-editor", "cannot start the editor 'no-such-editor': no such file or directory"),
        ("false", "the editor 'false' ended with an error; nothing was changed"),
        ("'vi", "a quote is not closed in the name of the editor"),
        ("true", "nothing was changed, so there is no verdict"),
    ],
)
def test_an_editor_that_gives_nothing(
    bank: Project, dsvc: Dsvc, monkeypatch: pytest.MonkeyPatch, editor: str, why: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    dsvc("review", "start", "银行@v1.0", "--name", "抽查", "--sample", "4")
    dsvc("review", "next")
    status, _, err = dsvc("review", "edit")
    assert (status, err.splitlines()[0]) == (2, f"error: {why}")
    assert "judged:   0 of 4" in dsvc("review", "status")[1]
