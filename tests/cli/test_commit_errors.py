"""Errors in new lines: a commit refuses those that it would bring in, an import tells them, the settings decide."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from inline_snapshot import snapshot

import dsvc
from tests.cli.conftest import Shell, write_records

ASKED = {"instruction": "年费是多少？", "input": "", "output": "每年 300 元。"}
OPEN = {"instruction": "What is the fee for a second card of the household?", "input": "", "output": ""}


@pytest.fixture
def collected(shell: Shell) -> Shell:
    """A file of two records, one of which lacks its answer."""
    shell("init")
    Path("data").mkdir()
    write_records("data/bank.jsonl", ASKED, OPEN)
    return shell


@pytest.fixture
def kept(collected: Shell) -> Shell:
    """Its first version, with the error in it."""
    told = collected("commit", "data/bank.jsonl", "--source", "s", "-m", "first", "--allow-findings", "as collected")
    assert "exit" not in told
    return collected


def test_a_first_version_is_refused_until_somebody_says_why(collected: Shell) -> None:
    before = Path("data/bank.jsonl").read_bytes()
    assert collected("commit", "data/bank.jsonl", "--source", "s", "-m", "first") == snapshot("""\
! error: 1 new line has an error: 'data/bank.jsonl:2' empty-field: 'output' is empty
! hint: mend it; or keep it and say why: --allow-findings 'why'
exit 4
""")
    assert Path("data/bank.jsonl").read_bytes() == before
    assert sorted(path.name for path in Path("data").iterdir()) == ["bank.jsonl"], "git is not told to ignore it"
    assert not dsvc.open().datasets()
    assert not [path for path in Path(".dvc/cache").rglob("*") if path.is_file()], "nor is it kept anywhere"
    arguments = ("data/bank.jsonl", "--source", "s", "-m", "first", "--allow-findings", "答案还没写")
    told = collected("commit", *arguments)
    assert "! errors in the new lines (empty-field 1) were kept as they are; see them: dsvc validate bank\n" in told
    assert "\nfound in the lines that were new\n    empty-field 1\n    kept because: 答案还没写\n" in collected(
        "show", "v1.0"
    )


def test_of_many_errors_the_first_are_told(collected: Shell) -> None:
    write_records("data/bank.jsonl", *[{**OPEN, "instruction": f"question {number}"} for number in range(5)])
    assert collected("commit", "data/bank.jsonl", "--source", "s", "-m", "first") == snapshot("""\
! error: 5 errors in new lines: 'data/bank.jsonl:1' empty-field: 'output' is empty; 'data/bank.jsonl:2' empty-field: 'output' is empty; 'data/bank.jsonl:3' empty-field: 'output' is empty (and 2 more)
! hint: see all: dsvc validate data/bank.jsonl --limit 5; mend them; or keep them and say why: --allow-findings 'why'
exit 4
""")  # noqa: E501
    assert "5 errors" in collected("validate", "data/bank.jsonl"), "the hint works before there is a version"


def test_what_an_edited_record_had_before_is_no_reason_to_refuse(kept: Shell) -> None:
    write_records("data/bank.jsonl", ASKED, {**OPEN, "instruction": OPEN["instruction"].replace("fee", "annual fee")})
    told = kept("commit", "-m", "say which fee")
    assert "! errors in the new lines (empty-field 1) were kept as they are; see them: dsvc validate bank\n" in told
    assert "exit" not in told
    manifest = dsvc.open().manifest("bank@v1.1")
    assert manifest is not None
    assert manifest.validation is not None
    assert "allowed" not in manifest.validation, "nobody had to allow it"


def test_another_error_of_an_edited_record_is(kept: Shell) -> None:
    both = {**OPEN, "instruction": ""}
    write_records("data/bank.jsonl", ASKED, {**both, "input": OPEN["instruction"]})
    told = kept("commit", "-m", "where the question stands")
    assert "1 new line has an error: 'data/bank.jsonl:2' empty-field: 'instruction' is empty" in told
    assert told.endswith("exit 4\n")
    write_records("data/bank.jsonl", {**ASKED, "output": ""}, OPEN)
    assert kept("commit", "-m", "an answer taken out").endswith("exit 4\n")


def test_a_moved_record_is_not_looked_at(kept: Shell) -> None:
    write_records("data/bank.jsonl", OPEN, ASKED)
    assert "exit" not in kept("commit", "-m", "the open one first")


def test_mending_half_of_it_is_kept(kept: Shell) -> None:
    write_records("data/bank.jsonl", ASKED, {**OPEN, "output": "It is free."}, {**OPEN, "instruction": "开户要多久？"})
    assert kept("commit", "--source", "s", "-m", "one mended, one new").endswith("exit 4\n")
    write_records("data/bank.jsonl", ASKED, {**OPEN, "output": "It is free."})
    assert "exit" not in kept("commit", "-m", "mended")


def test_an_import_keeps_what_others_made(collected: Shell) -> None:
    told = collected("import", "data/bank.jsonl", "--as", "data/theirs.jsonl", "--source", "s")
    assert "! errors in the new lines (empty-field 1) were kept as they are; see them: dsvc validate theirs\n" in told
    assert "exit" not in told


def test_the_settings_decide_for_both(collected: Shell) -> None:
    commit = ("commit", "data/bank.jsonl", "--source", "s", "-m", "first", "--dry-run")
    brought = ("import", "data/bank.jsonl", "--as", "data/theirs.jsonl", "--source", "s", "--dry-run")
    for settings, refused in {
        "refuse = []": (False, False),
        "refuse = ['structure']": (True, True),
        "refuse = ['empty-field']": (True, True),
        "refuse = ['role-order']": (False, False),
        "severity = {empty-field = 'warning'}": (False, False),
        "ignore = ['empty-field']": (False, False),
    }.items():
        Path("dsvc.toml").write_text(f"[validate]\n{settings}\n")
        assert tuple("exit 4" in collected(*verb) for verb in (commit, brought)) == refused, settings
    Path("dsvc.toml").write_text("[validate]\nrefuse = ['structures']\n")
    assert "there is no rule 'structures'" in collected(*commit)


def test_the_errors_of_each_file_of_a_folder_are_found(shell: Shell) -> None:
    shell("init")
    Path("qa").mkdir()
    write_records("qa/train.jsonl", ASKED, OPEN)
    write_records("qa/test.jsonl", {**OPEN, "instruction": "开户要多久？"}, ASKED)
    told = shell("commit", "qa", "--source", "s", "-m", "first")
    assert "'qa/test.jsonl:1' empty-field" in told
    assert "'qa/train.jsonl:2' empty-field" in told
    assert "exit" not in shell("commit", "qa", "--source", "s", "-m", "first", "--allow-findings", "as collected")
    write_records("qa/train.jsonl", ASKED)
    write_records("qa/test.jsonl", {**OPEN, "instruction": "开户要多久？"}, ASKED, {**OPEN, "input": "edited"})
    told = shell("commit", "-m", "to the other part, and edited there")
    assert "exit" not in told, "it had the error in the part that it comes from"


def test_an_answer_that_is_not_there_is_an_error_as_an_empty_one_is(shell: Shell) -> None:
    shell("init")
    answered = [{"instruction": f"问题 {number}", "input": "", "output": "好"} for number in range(9)]
    absent = {"instruction": "What is the fee for a second card of the household?", "input": ""}
    first = ("commit", "data/bank.jsonl", "--source", "s", "-m", "first")
    write_records("data/bank.jsonl", *answered, absent)
    told = shell(*first)
    assert "'data/bank.jsonl:10' missing-field: 'output' is missing" in told
    write_records("data/bank.jsonl", *answered, {**absent, "output": 5})
    assert "'data/bank.jsonl:10' column-type: 'output' is a number here" in shell(*first)
    write_records("data/bank.jsonl", *answered)
    assert "exit" not in shell(*first)
    write_records("data/bank.jsonl", absent, *answered)
    assert "'data/bank.jsonl:1' missing-field" in shell("commit", "--source", "s", "-m", "one more"), (
        "beside the others"
    )
    kept = shell("commit", "--source", "s", "-m", "one more", "--allow-findings", "to be written")
    assert "errors in the new lines (missing-field 1) were kept" in kept
    write_records("data/bank.jsonl", {**absent, "input": "In the first year."}, *answered)
    assert "exit" not in shell("commit", "-m", "still to be written")
    write_records("data/bank.jsonl", {"instruction": absent["instruction"]}, *answered[:8], {"instruction": "问题 8"})
    assert "'data/bank.jsonl:10' missing-field" in shell("commit", "-m", "one answer lost", "--source", "s")


def test_a_rule_that_needs_all_records_cannot_be_named(collected: Shell) -> None:
    Path("dsvc.toml").write_text("[validate]\nrefuse = ['exact-duplicate']\n")
    assert collected("commit", "data/bank.jsonl", "--source", "s", "-m", "first") == snapshot("""\
! error: 'refuse' in the settings names 'exact-duplicate', which compares all records: no commit can ask it
! hint: leave it out there; a gate can ask it: dsvc validate --gate
exit 2
""")


def test_a_rule_of_the_teams_own_that_fails_is_told_with_what_helps_in_a_commit(kept: Shell) -> None:
    Path("own.py").write_text(
        "from pydantic import BaseModel, model_validator\n\n\nclass Case(BaseModel):\n    instruction: str\n\n"
        "    @model_validator(mode='after')\n    def look(self):\n        raise RuntimeError('no dictionary')\n"
    )
    Path("dsvc.toml").write_text("[validate]\nmodel = 'own:Case'\nrefuse = ['model']\n")
    write_records("data/bank.jsonl", ASKED, OPEN, {"instruction": "How?", "output": "So."})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(".")
        assert kept("commit", "--source", "s", "-m", "one more") == snapshot("""\
! error: rule 'model', which 'refuse' in the settings names, fails in the new lines
! hint: see where: dsvc validate data/bank.jsonl --only model; mend the rule, or take it out of 'refuse'
exit 2
""")
        assert "the model 'own:Case' fails at row 1 of 'data/bank.jsonl': RuntimeError: no dictionary" in kept(
            *("validate", "data/bank.jsonl", "--only", "model")
        )


def test_why_an_import_was_allowed_is_kept_too(collected: Shell) -> None:
    arguments = ("--as", "data/theirs.jsonl", "--source", "s", "--allow-findings", "known upstream")
    assert "exit" not in collected("import", "data/bank.jsonl", *arguments)
    assert "    empty-field 1\n    kept because: known upstream\n" in collected("show", "theirs@v1.0")


def test_what_was_split_from_a_version_is_not_looked_at_again(kept: Shell) -> None:
    more = [{"instruction": f"{word} question", "output": "x"} for word in ("first", "second", "third", "fourth")]
    write_records("data/bank.jsonl", ASKED, OPEN, *more)
    assert "exit" not in kept("commit", "--source", "s", "-m", "more")
    kept("split", "bank", "--train", "0.5", "--test", "0.5", "-o", "data/parts")
    assert "exit" not in kept("commit", "data/parts", "-m", "parts")


def test_lines_of_a_version_that_is_named_as_the_source_are_told_only(kept: Shell) -> None:
    Path("data/bank.jsonl").rename("renamed.jsonl")
    kept("rm", "bank", "-m", "another name")
    told = kept("commit", "renamed.jsonl", "--source", "bank@v1.0", "-m", "it was data/bank.jsonl")
    assert "errors in the new lines (empty-field 1) were kept" in told
    assert "exit" not in told
    write_records("other.jsonl", OPEN)
    assert "exit 4" in kept("commit", "other.jsonl", "--source", "bank@v9.9", "-m", "no such version")


def test_what_was_emptied_after_a_split_is_no_line_of_the_version_that_was_split(kept: Shell) -> None:
    asked = "What does the card that I have had since {} cost in a year?"
    more = [{"instruction": asked.format(year), "output": "x"} for year in range(2001, 2005)]
    write_records("data/bank.jsonl", ASKED, OPEN, *more)
    assert "exit" not in kept("commit", "--source", "s", "-m", "more")
    kept("split", "bank", "--train", "0.5", "--test", "0.5", "-o", "data/parts")
    part = Path("data/parts/train.jsonl")
    part.write_text(part.read_text("utf-8").replace('"output": "x"', '"output": ""', 1), "utf-8")
    told = kept("commit", "data/parts", "-m", "parts")
    assert "1 new line has an error: 'data/parts/train.jsonl:" in told
    with Path("data/parts/test.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"instruction": "fifth question", "output": "x"}\n')
    assert "1 new line has an error" in kept("commit", "data/parts", "-m", "parts", "--source", "hand")


def test_a_version_named_as_the_source_allows_only_what_it_has(kept: Shell) -> None:
    write_records("data/bank.jsonl", {**ASKED, "output": ""}, OPEN, {**OPEN, "instruction": "And a third one?"})
    assert "2 errors in new lines" in kept("commit", "-m", "edit", "--source", "bank@HEAD")


def test_what_a_converter_that_failed_leaves_is_no_version_by_mistake(kept: Shell) -> None:
    Path("data/bank.jsonl").write_bytes(b"")
    assert kept("commit", "-m", "regenerated") == snapshot("""\
! error: 'data/bank.jsonl' holds no records; committing that would take 2 records out of 'bank'
! hint: bring it back: dsvc restore data/bank.jsonl; or say why it is so: --allow-findings 'why'
exit 4
""")
    kept("restore", "data/bank.jsonl")
    Path("data/bank.jsonl").write_bytes(b"\n")
    told = kept("commit", "-m", "begin anew", "--allow-findings", "the old ones were a trial")
    assert "errors in the new lines (no-records 1) were kept" in told
    assert "kept because: the old ones were a trial" in kept("show", "HEAD")
    assert "E no-records  1" in kept("validate", "bank")
    assert "errors introduced  1 " in kept("validate", "bank", "--gate")
    told = kept("validate", "v1.0..v1.1", "--changed")
    assert "E no-records  1" in told, "no record need be read for it"
    assert "no-records, " not in told, "nor is it left out"


def test_lines_that_no_reason_can_keep_are_told_first(kept: Shell) -> None:
    more = [{**OPEN, "instruction": f"question {number}"} for number in range(2)]
    write_records("data/bank.jsonl", ASKED, OPEN, *more)
    good = Path("data/bank.jsonl").read_bytes()
    Path("data/bank.jsonl").write_bytes(good + b'{"instruction": "How?", "output": NaN}\n{"instruction":\n')
    told = kept("commit", "-m", "tidy", "--source", "s")
    assert told == snapshot("""\
! error: cannot read record at 'data/bank.jsonl:5': 'NaN' is not a JSON value (and 1 more line)
! hint: use null instead; see all: dsvc validate data/bank.jsonl
exit 4
""")


def test_who_rolls_back_hears_of_the_errors_that_come_back(kept: Shell) -> None:
    write_records("data/bank.jsonl", ASKED, {**OPEN, "output": "The same."})
    assert "exit" not in kept("commit", "-m", "answered")
    told = kept("rollback", "v1.0")
    assert (
        "bank@v1.0 came with errors: empty-field 1 (kept because: as collected); see them: dsvc validate bank" in told
    )
    assert "came with errors" not in kept("rollback", "v1.1")


HOLE = {"instruction": "What does the card cost abroad?", "input": "", "label": 1}


def test_an_old_hole_is_no_reason_to_refuse_an_edit_of_all_lines(collected: Shell) -> None:
    answered = [{**ASKED, "instruction": f"card {number}", "label": 1} for number in range(9)]
    write_records("data/bank.jsonl", *answered, HOLE)
    assert "exit" not in collected(
        *("commit", "data/bank.jsonl", "--source", "s", "-m", "first", "--allow-findings", "to be written")
    )
    file = Path("data/bank.jsonl")
    file.write_text(file.read_text("utf-8").replace("card", "credit card"), "utf-8")
    told = collected("commit", "-m", "say credit card")
    assert "exit" not in told
    assert "errors in the new lines (missing-field 1) were kept" in told
    file.write_text(file.read_text("utf-8").replace('"label": 1', '"label": "1"', 6), "utf-8")
    assert collected("commit", "-m", "labels are texts") == snapshot("""\
! error: 4 errors in new lines and by them: 'data/bank.jsonl:7' column-type: 'label' is a number here, a text in 6 records; 'data/bank.jsonl:8' column-type: 'label' is a number here, a text in 6 records; 'data/bank.jsonl:9' column-type: 'label' is a number here, a text in 6 records (and 1 more)
! hint: see all: dsvc validate bank@HEAD.. --limit 4; mend them; or keep them and say why: --allow-findings 'why'
exit 4
""")  # noqa: E501
    assert "introduced: 4 errors" in " ".join(collected("validate", "HEAD..bank", "--only", "column-type").split())


def test_many_old_rows_of_the_rarer_type_are_no_errors_of_a_new_line(collected: Shell) -> None:
    odd = "".join(
        f'{{"q":"{number}","x":{1 if number % 5 else chr(34) + "s" + chr(34)}}}\n' for number in range(51_000)
    )
    Path("data/many.jsonl").write_text(odd, "utf-8")
    asked = ("commit", "data/many.jsonl", "--source", "s")
    assert "10,200 errors in new lines" in collected(*asked, "-m", "first")
    assert "exit" not in collected(*asked, "-m", "first", "--allow-findings", "two exports")
    Path("data/many.jsonl").write_text(f'{odd}{{"q":"one","x":1}}\n', "utf-8")
    assert "exit" not in collected(*asked, "-m", "one more")
    Path("data/many.jsonl").write_text(f'{odd}{{"q":"one","x":1}}\n{{"q":"two","x":"s"}}\n', "utf-8")
    assert "1 new line has an error: column-type: " in collected(*asked, "-m", "one more")


def test_a_rule_about_files_beside_the_records_looks_there(collected: Shell) -> None:
    Path("dsvc.toml").write_text("[validate]\nalso = ['media-missing']\nrefuse = ['media-missing']\n")
    picture = {**ASKED, "images": ["img/card.png"], "instruction": "<image>这是什么卡？"}
    write_records("data/bank.jsonl", picture)
    asked = ("commit", "data/bank.jsonl", "--source", "s", "-m", "first")
    assert "'data/bank.jsonl:1' media-missing: there is no file 'img/card.png'" in collected(*asked)
    Path("data/img").mkdir()
    Path("data/img/card.png").touch()
    assert "exit" not in collected(*asked)


def test_the_first_errors_are_those_of_the_first_lines(collected: Shell) -> None:
    answered = [{**ASKED, "instruction": f"card {number}"} for number in range(9)]
    write_records("data/bank.jsonl", HOLE, *answered, *[{**OPEN, "instruction": f"fee {n}"} for n in range(3)])
    told = collected("commit", "data/bank.jsonl", "--source", "s", "-m", "first")
    assert "4 errors in new lines: 'data/bank.jsonl:1' missing-field" in told


def tags_now() -> list[str]:
    return subprocess.run(["git", "tag"], check=True, capture_output=True, text=True).stdout.split()


def test_a_refused_import_names_records_of_the_import_and_leaves_nothing(kept: Shell) -> None:
    Path("dsvc.toml").write_text("[validate]\nrefuse = ['structure']\n")
    write_records("new.jsonl", ASKED, {**ASKED, "instruction": "另一个"}, {**OPEN, "instruction": "And a third one?"})
    write_records("data/bank.jsonl", {**ASKED, "output": "mine"}, OPEN)
    mine, tags = Path("data/bank.jsonl").read_bytes(), tags_now()
    for more in ((), ("--dry-run",)):
        told = kept("import", "new.jsonl", "--as", "bank", "--source", "t", "-m", "theirs", "--force", *more)
        assert "1 new line has an error: record 3 of the import empty-field: 'output' is empty" in told
        assert Path("data/bank.jsonl").read_bytes() == mine
        assert tags_now() == tags
    told = kept("import", "new.jsonl", "--as", "n", "--source", "t", "--allow-findings", "known", "--dry-run")
    assert "would be kept as they are\n" in told, "there is nothing yet that validate could look at"


def test_a_path_that_looks_like_an_option_can_be_typed(collected: Shell) -> None:
    write_records("-d.jsonl", *[{**OPEN, "instruction": f"fee {number}"} for number in range(5)])
    assert "see all: dsvc validate ./-d.jsonl --limit 5; mend them" in collected(
        *("commit", "./-d.jsonl", "--source", "s", "-m", "first")
    )


def test_blank_lines_do_not_lead_a_reviewer_to_another_record(collected: Shell) -> None:
    more = [{"instruction": f"{word} question", "output": "x"} for word in ("first", "second", "third", "fourth")]
    write_records("data/bank.jsonl", ASKED, *more)
    file = Path("data/bank.jsonl")
    file.write_text(file.read_text("utf-8").replace("\n", "\n\n\n", 1), "utf-8")
    assert "exit" not in collected("commit", "data/bank.jsonl", "--source", "s", "-m", "first")
    collected("review", "start", "bank", "--name", "c1", "--sample", "100%")
    collected("review", "next", "c1")
    collected("review", "edit", "c1", "--record", "row 3", "--set", "output=")
    told = collected("review", "finish", "c1", "--partial")
    assert "'data/bank.jsonl:5' empty-field" in told
    named = told.partition("--record ")[2].partition(";")[0]
    assert "row 3" in collected("review", "edit", "c1", "--record", named, "--set", "output=again")
    assert "exit" not in collected("review", "finish", "c1", "--partial")


def test_corrections_of_a_review_are_named_where_the_records_stand(kept: Shell) -> None:
    more = [{"instruction": f"{word} question", "output": "x"} for word in ("first", "second", "third", "fourth")]
    write_records("data/bank.jsonl", *more, ASKED)
    assert "exit" not in kept("commit", "--source", "s", "-m", "more")
    kept("review", "start", "bank", "--name", "c1", "--sample", "100%")
    kept("review", "next", "c1")
    kept("review", "reject", "c1", "--record", "row 1")
    kept("review", "edit", "c1", "--record", "row 5", "--set", "output=")
    told = kept("review", "finish", "c1", "--partial", "--remove-rejected")
    assert told == snapshot("""\
! error: 1 new line has an error: 'data/bank.jsonl:5' empty-field: 'output' is empty
! hint: correct them anew: dsvc review edit c1 --record bae592b8; or keep them and say why: --allow-findings 'why'
exit 4
""")
