"""Two people label the same records: how far they agree, and one answer where they do not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import dsvc
from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.origin import Annotator
from dsvc.repository.agreements.measuring import AgreementRequest, agreement
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import request_of
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository.agreements.measuring import Agreement

LABELS = ("金融>银行>逾期", "金融>银行>开户", "生活>缴费")
QUESTIONS = [{"question": f"逾期{number}天怎么办?", "label": LABELS[number % 3]} for number in range(20)]


def labelled(changes: dict[int, str], records: list[dict[str, Any]] = QUESTIONS) -> bytes:
    return lines(*({**record, "label": changes.get(at, record["label"])} for at, record in enumerate(records)))


ANNA = labelled({0: LABELS[2], 1: LABELS[0], 4: LABELS[0]})
BEN = labelled({1: LABELS[0], 7: LABELS[0]})


@pytest.fixture
def branches(project: Project) -> Project:
    """Two git branches, one of each annotator, Ben's checked out."""
    project.save("qa.jsonl", lines(*QUESTIONS), annotators=(Annotator("准备", "script"),))
    for name, who, content in (("anna", "安娜", ANNA), ("ben", "本", BEN)):
        project.git("switch", "-q", "-c", name, "main")
        project.repo.checkout("qa")
        project.save("qa.jsonl", content, reason=who, source=None, annotators=(Annotator(who),))
    return project


def compared(project: Project, *sides: str, **more: Any) -> Agreement:
    return project.repo.agreements.compare(AgreementRequest(sides=sides, **{"fields": ("label",), **more}))


def test_from_two_branches_to_one_answer(branches: Project) -> None:
    found = compared(branches, "qa@anna", "qa@ben")
    assert found.annotators == ("安娜", "本"), "sides are called by who made them"
    label = found.fields[0]
    assert (label.kind, label.agreed, label.compared) == ("levels", 17, 20)
    assert [level.agreed for level in label.levels] == [19, 19, 17]
    assert [each.values for each in label.disagreements] == [
        (LABELS[2], LABELS[0]),
        (LABELS[0], LABELS[1]),
        (LABELS[1], LABELS[0]),
    ]
    branches.repo.agreements.review(found, "决定", "qa@ben")
    figures = branches.repo.agreements.figures()
    assert figures is not None
    assert (figures.agreement, figures.disagreement) == (0.85, 0.15)

    session = branches.repo.reviews.open("决定", reviewer="李雷")
    while session.current is not None:
        session.give("accept", answer="安娜")
    done = branches.repo.reviews.finish(FinishRequest())
    assert done.committed is not None
    decided = [json.loads(line)["label"] for line in branches.read("qa.jsonl").splitlines()]
    assert [decided[row] for row in (0, 4, 7)] == [LABELS[2], LABELS[0], LABELS[1]]
    assert branches.git("status", "--porcelain").strip() == ""

    after = branches.repo.agreements.figures("qa@HEAD")
    assert after is not None
    assert (after.agreement, after.most_open.decided, after.disagreement) == (0.85, 3, 0.0), (
        "deciding betters no agreement"
    )
    makers = {who.name for each in branches.repo.log("qa") for who in each.entry.annotators}
    assert {"准备", "本", "安娜", "李雷"} <= makers, "everybody whose answer is in the version"


def test_of_equal_branches_nothing_is_to_be_decided(branches: Project) -> None:
    branches.write("same.jsonl", BEN)
    found = compared(branches, "qa@ben", "same.jsonl")
    assert found.fields[0].disagreement == 0
    with pytest.raises(NotFoundError, match="they agree on every record"):
        branches.repo.agreements.review(found, "none", "qa@ben")


def test_two_files_and_a_version_that_is_neither(project: Project) -> None:
    """What two people sent back is compared, and decided in the version that was handed out."""
    project.save("qa.jsonl", lines(*QUESTIONS))
    project.write("anna.jsonl", ANNA)
    project.write("ben.jsonl", b"".join(reversed(BEN.splitlines(keepends=True))))
    found = compared(project, "anna.jsonl", "ben.jsonl")
    assert found.annotators == ("anna", "ben")
    assert found.fields[0].agreed == 17, "the order of the records does not matter"
    started = project.repo.agreements.review(found, "decide", "qa@HEAD")
    assert len(started.review.records) == 3
    assert {len(answers) for answers in started.review.answers.values()} == {2}


@pytest.mark.parametrize("answers", [(0.5, 1.25), (["a", "b"], ["a"]), (1, 2), (True, False)])
def test_the_chosen_answer_keeps_its_type(project: Project, answers: tuple[Any, Any]) -> None:
    """A number stays a number, a list a list."""
    one, other = answers
    project.save("qa.jsonl", lines({"q": "甲", "label": one}, {"q": "乙", "label": one}))
    project.write("other.jsonl", lines({"q": "甲", "label": other}, {"q": "乙", "label": one}))
    found = compared(project, "qa", "other.jsonl", names=("安", "本"))
    assert found.fields[0].disagreement == 0.5
    project.repo.agreements.review(found, "d", "qa@HEAD")
    project.repo.reviews.open("d", reviewer="李雷").give("accept", answer="本")
    project.repo.reviews.finish(FinishRequest())
    assert project.read("qa.jsonl") == lines({"q": "甲", "label": other}, {"q": "乙", "label": one})


def test_a_bound_is_not_passed_by_how_computers_divide(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"id": n, "label": "甲"} for n in range(10)]
    (tmp_path / "one.jsonl").write_bytes(lines(*rows))
    (tmp_path / "two.jsonl").write_bytes(lines(*({**row, "label": "乙"} if row["id"] < 3 else row for row in rows)))
    assert of_files(tmp_path, "one.jsonl", "two.jsonl").fields[0].disagreement == 0.3


def test_keeping_is_undone(branches: Project) -> None:
    found = compared(branches, "qa@anna", "qa@ben")
    kept = branches.repo.agreements.keep(found, "一", "qa@ben")
    assert (kept.missing, len(kept.kept.disagreed)) == (0, 3)
    with pytest.raises(UsageError, match="has an agreement '一' already"):
        branches.repo.agreements.keep(found, "一", "qa@ben")
    assert (branches.root / ".dsvc/qa/agreements/一.json").is_file()
    branches.repo.undo()
    assert branches.repo.agreements.figures() is None
    assert not (branches.root / ".dsvc/qa/agreements/一.json").exists()


def test_what_is_kept_is_listed_and_can_be_forgotten(branches: Project) -> None:
    repo = branches.repo
    kept = repo.agreements.keep(compared(branches, "qa@anna", "qa@ben"), "一致", "qa@ben").kept
    assert repo.agreements.list() == repo.agreements.list("qa") == [kept]
    with pytest.raises(NotFoundError, match="no agreement 'other' is kept") as raised:
        repo.agreements.remove("other")
    assert raised.value.hint == "kept are: 一致"
    assert "has no agreement '一致' any more" in repo.agreements.remove("一致").head
    assert repo.agreements.list() == []
    assert repo.agreements.figures() is None
    repo.undo()
    assert repo.agreements.list() == [kept]


def test_a_review_is_taken_back_with_its_figures_and_can_be_begun_again(branches: Project) -> None:
    found = compared(branches, "qa@anna", "qa@ben")
    before = branches.picture()
    for _ in range(2):
        done = branches.repo.agreements.review(found, "决定", "qa@ben", kept_as="一")
        assert (done.kept.name, len(done.review.records), done.missing) == ("一", 3, 0)
        branches.repo.undo()
        assert branches.repo.reviews.list() == []
        assert branches.repo.agreements.figures() is None
    assert branches.picture()["files"] == before["files"]


@pytest.mark.parametrize("taken", ["the agreement", "the review"])
def test_a_review_whose_name_is_taken_leaves_no_figures(branches: Project, taken: str) -> None:
    found = compared(branches, "qa@anna", "qa@ben")
    done = branches.repo.agreements.review(found, "决定", "qa@ben", kept_as="一")
    names = ("另一", done.kept.name) if taken == "the agreement" else (done.review.name, "另一")
    before = branches.picture()
    with pytest.raises(UsageError, match=r"has an? (agreement|review) '.*' already"):
        branches.repo.agreements.review(found, names[0], "qa@ben", kept_as=names[1])
    assert branches.picture() == before


def test_an_agreement_of_another_branch_does_not_count(branches: Project) -> None:
    branches.repo.agreements.keep(compared(branches, "qa@anna", "qa@ben"), "one", "qa@anna")
    assert branches.repo.agreements.figures("qa@HEAD") is None, "ben's version does not come from anna's"


def test_records_of_an_import_with_several_annotators(tmp_path: Path) -> None:
    """Label Studio gives a record for each annotation; what it tells of the annotation is no part of the record."""
    rows: list[object] = []
    for number in range(6):
        for who, label in (("a@x.y", "甲"), ("b@x.y", "乙" if number == 0 else "甲"), ("c@x.y", "甲")):
            if (number, who) != (5, "c@x.y"):
                about = {"task": {"id": number}, "annotation": {"id": len(rows)}}
                rows.append({"text": f"第{number}条", "label": label, "annotator": who, "label_studio": about})
    (tmp_path / "labels.jsonl").write_bytes(lines(*rows))
    found = of_files(tmp_path, "labels.jsonl", by="annotator")
    assert found.annotators == ("a@x.y", "b@x.y", "c@x.y")
    assert (found.records, found.fields[0].compared, found.fields[0].agreed) == (6, 6, 5)
    assert found.fields[0].answers == (6, 6, 5)
    assert found.fields[0].fleiss is not None


def test_a_field_for_each_annotator(tmp_path: Path) -> None:
    rows = [{"q": str(n), "label_a": "是", "label_b": "是" if n else "否"} for n in range(9)] + [{"q": "x"}]
    (tmp_path / "both.jsonl").write_bytes(lines(*rows))
    found = of_files(tmp_path, "both.jsonl", fields=(), columns={"安": "label_a", "本": "label_b"})
    assert (found.records, found.unanswered) == (10, 1)
    assert (found.fields[0].agreed, found.fields[0].compared) == (8, 9)


def test_what_is_not_compared_is_told(tmp_path: Path) -> None:
    one = [{"q": "a", "label": 1.5}, {"q": "a", "label": 2}, {"q": "b", "label": None}, {"q": "c", "label": 3}]
    other = [{"q": "a", "label": 1.5}, {"q": "a", "label": 2.5}, {"q": "b", "label": 1}, {"q": "d", "label": 3}]
    (tmp_path / "one.jsonl").write_bytes(lines(*one))
    (tmp_path / "other.jsonl").write_bytes(lines(*other))
    found = of_files(tmp_path, "one.jsonl", "other.jsonl")
    assert (found.records, found.alone, found.only, found.repeated) == (5, 3, (1, 2), 2)
    assert (found.fields[0].kind, found.fields[0].compared, found.fields[0].agreed) == ("number", 2, 1)


def test_how_labels_are_written_is_no_disagreement_and_blank_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(lines(*({"id": n, "label": v} for n, v in enumerate(["是", "1", "", True]))))
    (tmp_path / "two.jsonl").write_bytes(lines(*({"id": n, "label": v} for n, v in enumerate(["是 ", 1, "否", "x"]))))
    found = of_files(tmp_path, "one.jsonl", "two.jsonl", key=("id",))
    assert (found.fields[0].agreed, found.fields[0].compared, found.alone) == (2, 3, 1)


@pytest.mark.parametrize(
    ("request_", "error", "match"),
    [
        ({"sides": ("one.jsonl",), "fields": ("label",)}, UsageError, "one side alone"),
        ({"sides": ("one.jsonl", "two.jsonl"), "fields": ("lable",)}, UsageError, "no record has the field 'lable'"),
        ({"sides": ("one.jsonl", "two.jsonl")}, UsageError, "which answers"),
        ({"sides": ("one.jsonl", "other.jsonl"), "fields": ("label",)}, NotFoundError, "nothing of one is recognised"),
        ({"sides": ("one.jsonl",), "fields": ("label",), "by": "who"}, UsageError, "no record has the field 'who'"),
        ({"sides": ("one.jsonl", "two.jsonl"), "fields": ("label",), "kind": "x"}, UsageError, "no kind of answers"),
        (
            {"sides": ("one.jsonl", "two.jsonl"), "fields": ("label",), "kind": "number"},
            UsageError,
            "'甲' is no number",
        ),
        ({"sides": ("one.jsonl", "bad.jsonl"), "fields": ("label",)}, BadDataError, "bad.jsonl:2"),
        ({"sides": ("one.jsonl", "gone.jsonl"), "fields": ("label",)}, NotFoundError, "gone.jsonl"),
    ],
)
def test_bad_input_has_one_clear_answer(
    tmp_path: Path, request_: dict[str, Any], error: type[Exception], match: str
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_bytes(lines({"q": "a", "label": "甲"}, {"q": "b", "label": "乙"}))
    (tmp_path / "other.jsonl").write_bytes(lines({"q": "z", "label": "甲"}))
    (tmp_path / "bad.jsonl").write_bytes(b'{"q": "a", "label": "x"}\n{"q": \n')
    with pytest.raises(error, match=match):
        agreement(None, AgreementRequest(**request_), tmp_path)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1e400", "1e200"])
@pytest.mark.parametrize("kind", [None, "number", "rank"])
def test_a_number_that_no_float_holds_is_refused(tmp_path: Path, number: str, kind: str | None) -> None:
    (tmp_path / "one.jsonl").write_text(f'{{"id": 1, "label": {number}}}\n{{"id": 2, "label": 1}}\n')
    (tmp_path / "two.jsonl").write_text('{"id": 1, "label": 2}\n{"id": 2, "label": 1}\n')
    with pytest.raises(UsageError, match="is too large a number") as refused:
        of_files(tmp_path, "one.jsonl", "two.jsonl", key=("id",), kind=kind)
    assert len(str(refused.value)) < 100
    assert of_files(tmp_path, "one.jsonl", "two.jsonl", key=("id",), kind="label").fields[0].agreed == 1


@pytest.mark.parametrize("name", ["v1.0", "v2.13.1", "../x", ""])
def test_what_cannot_name_an_agreement(branches: Project, name: str) -> None:
    found = compared(branches, "qa@anna", "qa@ben")
    with pytest.raises(UsageError, match="cannot name an agreement"):
        branches.repo.agreements.keep(found, name, "qa@ben")


def of_files(folder: Path, *sides: str, **more: Any) -> Agreement:
    return agreement(None, AgreementRequest(sides=sides, **{"fields": ("label",), **more}), folder)


def test_it_needs_no_repository(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(ANNA)
    assert len(dsvc.open_file(tmp_path / "one.jsonl")) == 20
    (tmp_path / "two.jsonl").write_bytes(ANNA)
    found = of_files(tmp_path, "one.jsonl", "two.jsonl")
    assert found.fields[0].alpha == pytest.approx(1)


def queued(project: Project, name: str) -> list[str]:
    """The questions of the records of a review."""
    session = project.repo.reviews.open(name, reviewer="李雷")
    return [json.loads(session.item(at).content)["q"] for at in range(len(session.review.records))]


def in_two_fields(count: int) -> list[dict[str, Any]]:
    """Records 2 and 4 of which have different answers of two annotators, each in a field."""
    return [{"q": f"问{n}", "la": "x", "lb": "y" if n in (2, 4) else "x", "label": "x"} for n in range(count)]


NEW = {"q": "新", "la": "x", "lb": "x", "label": "x"}
TWO_FIELDS = {"fields": (), "columns": {"安": "la", "本": "lb"}}


def test_answers_in_fields_are_written_into_the_same_records_of_a_newer_version(project: Project) -> None:
    project.save("qa.jsonl", lines(*in_two_fields(8)))
    project.save("qa.jsonl", lines(NEW, *in_two_fields(8)))
    found = compared(project, "qa@v1.0", **TWO_FIELDS)
    kept = project.repo.agreements.review(found, "d", "qa@v1.1", into="label").kept
    assert queued(project, "d") == ["问2", "问4"], "not those that stand in their lines now"
    assert len(kept.disagreed) == 2
    session = project.repo.reviews.open("d", reviewer="李雷")
    while session.current is not None:
        session.give("accept", answer="本")
    project.repo.reviews.finish(FinishRequest())
    decided = [json.loads(line) for line in project.read("qa.jsonl").splitlines()]
    assert [each["q"] for each in decided if each["label"] == "y"] == ["问2", "问4"]


def test_answers_in_fields_of_a_file_with_edits_are_decided_in_the_version(project: Project) -> None:
    project.save("qa.jsonl", lines(*in_two_fields(8)))
    project.write("qa.jsonl", lines(NEW, {**NEW, "lb": "y"}, *in_two_fields(8)))
    found = compared(project, "qa", **TWO_FIELDS)
    kept = project.repo.agreements.keep(found, "k", "qa@HEAD")
    assert (kept.missing, kept.kept.records, kept.kept.compared, kept.kept.agreed) == (2, 8, 8, 6), "edits are in none"
    project.repo.agreements.review(found, "d", "qa@HEAD", into="label")
    assert queued(project, "d") == ["问2", "问4"]


def test_where_each_annotator_has_a_field_one_is_named_for_the_answer(project: Project) -> None:
    """The answers went into a new field, 'la=lb'."""
    project.save("qa.jsonl", lines(*in_two_fields(8)))
    found = compared(project, "qa@HEAD", **TWO_FIELDS)
    with pytest.raises(UsageError, match="where does the answer go") as raised:
        project.repo.agreements.review(found, "d", "qa@HEAD")
    assert raised.value.hint == "say it: --into FIELD"
    assert project.repo.reviews.list() == []


@pytest.mark.parametrize("answers", [("甲", "甲"), ("甲", "乙")], ids=["agree", "disagree"])
def test_records_that_the_version_does_not_have_say_nothing_of_it(project: Project, answers: tuple[str, str]) -> None:
    """Two files of invented records passed the gates, or failed them."""
    project.save("qa.jsonl", lines(*({"id": n, "q": f"问{n}", "label": "甲"} for n in range(10))))
    for name, answer in zip(("a", "b"), answers, strict=True):
        project.write(f"{name}.jsonl", lines(*({"id": n, "label": answer} for n in range(100, 600))))
    found = compared(project, "a.jsonl", "b.jsonl", key=("id",))
    with pytest.raises(NotFoundError, match=r"0 of the 500 records that were compared are in qa v1\.0"):
        project.repo.agreements.keep(found, "fake", "qa@HEAD")
    for name, answer in zip(("a", "b"), answers, strict=True):
        rows = [{"id": n, "label": answer} for n in range(4)]
        project.write(f"{name}.jsonl", project.read(f"{name}.jsonl") + lines(*rows))
    kept = project.repo.agreements.keep(compared(project, "a.jsonl", "b.jsonl", key=("id",)), "some", "qa@HEAD")
    agreed = 4 if answers[0] == answers[1] else 0
    assert (kept.kept.records, kept.kept.compared, kept.kept.agreed, kept.missing) == (4, 4, agreed, 500)


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        (("a.jsonl", "a.jsonl"), "'a.jsonl' is named twice"),
        (("a.jsonl", "./a.jsonl"), "'a.jsonl' is named twice"),
        (("qa@v1.0", "qa@HEAD"), "'qa@v1.0' and 'qa@HEAD' are the same"),
    ],
)
def test_one_side_twice_agrees_with_itself(project: Project, sides: tuple[str, str], told: str) -> None:
    project.save("qa.jsonl", lines(*QUESTIONS))
    project.write("a.jsonl", ANNA)
    with pytest.raises(UsageError, match=told):
        compared(project, *sides)


def test_equal_records_with_a_field_for_each_annotator_are_found_one_by_one(project: Project) -> None:
    same = {"q": "问", "la": "x", "lb": "x"}
    project.save("qa.jsonl", lines(same, {**same, "lb": "y"}, same))
    project.save("qa.jsonl", lines({**same, "q": "新"}, same, {**same, "lb": "y"}, same))
    found = compared(project, "qa@v1.0", **TWO_FIELDS)
    project.repo.agreements.review(found, "d", "qa@v1.1", into="la")
    session = project.repo.reviews.open("d", reviewer="李雷")
    assert [json.loads(session.item(at).content)["lb"] for at in range(len(session.review.records))] == ["y"]


@pytest.mark.parametrize("where", ["a file with edits", "a newer version"])
def test_a_record_for_each_annotator_is_looked_up_in_another_version(project: Project, where: str) -> None:
    rows = [
        {"q": f"问{n}", "label": "乙" if (n, who) == (1, "本") else "甲", "who": who}
        for n in range(5)
        for who in "安本"
    ]
    more = lines(*({"q": "新", "label": "甲", "who": who} for who in "安本"), *rows)
    project.save("qa.jsonl", lines(*rows))
    if where == "a newer version":
        project.save("qa.jsonl", more)
    else:
        project.write("qa.jsonl", more)
    side, on = ("qa@v1.0", "qa@v1.1") if where == "a newer version" else ("qa", "qa@HEAD")
    project.repo.agreements.review(compared(project, side, by="who"), "d", on)
    assert queued(project, "d") == ["问1"]


def test_a_side_that_was_at_head_is_not_the_version_that_is_there_now(project: Project) -> None:
    project.save("qa.jsonl", lines(*in_two_fields(8)))
    found = compared(project, "qa@HEAD", **TWO_FIELDS)
    project.save("qa.jsonl", lines(NEW, *in_two_fields(8)))
    project.repo.agreements.review(found, "d", "qa@HEAD", into="label")
    assert queued(project, "d") == ["问2", "问4"]


def test_records_without_the_key_are_recognised_by_what_they_say(tmp_path: Path) -> None:
    """They are not one record, and which of them stands first is no matter."""
    keyed = [{"id": n, "q": f"问{n}", "label": "甲"} for n in range(3)]
    bare = [{"q": f"无{n}", "label": label} for n, label in enumerate("甲乙丙")]
    (tmp_path / "one.jsonl").write_bytes(lines(*keyed, *bare))
    (tmp_path / "two.jsonl").write_bytes(lines(*bare[::-1], *keyed, {"q": "无3", "label": "甲"}))
    found = of_files(tmp_path, "one.jsonl", "two.jsonl", key=("id",))
    assert (found.records, found.repeated, found.alone) == (7, 0, 1)
    assert (found.fields[0].agreed, found.fields[0].compared) == (6, 6)


def test_a_key_with_a_dot_in_its_name(tmp_path: Path) -> None:
    rows = [{"doc.id": n, "q": f"问{n}", "label": "甲乙丙"[n % 3]} for n in range(6)]
    (tmp_path / "one.jsonl").write_bytes(lines(*rows))
    (tmp_path / "two.jsonl").write_bytes(lines(*({**row, "q": f"{row['q']}?"} for row in reversed(rows))))
    found = of_files(tmp_path, "one.jsonl", "two.jsonl", key=("doc.id",))
    assert (found.records, found.repeated, found.fields[0].agreed) == (6, 0, 6)


def test_a_key_that_no_record_has_is_no_key(tmp_path: Path) -> None:
    """Mistyped, it would put records together by their order, whatever they say."""
    rows = [{"id": number, "q": f"问{number}", "label": "甲乙"[number % 2]} for number in range(5)]
    (tmp_path / "a.jsonl").write_bytes(lines(*rows))
    (tmp_path / "b.jsonl").write_bytes(lines(*reversed(rows)))
    good = AgreementRequest(sides=("a.jsonl", "b.jsonl"), fields=("label",), key=("id",))
    assert agreement(None, good, tmp_path).worst.agreement == 1.0
    with pytest.raises(UsageError, match="no record of 'a' has the key 'idd'"):
        agreement(None, AgreementRequest(sides=good.sides, fields=("label",), key=("idd",)), tmp_path)


def test_records_that_do_not_say_whose_answer_they_are(tmp_path: Path) -> None:
    names: tuple[object, ...] = ("anna", "ben", None, " ")
    rows = [{"q": number, "who": who, "label": "甲"} for number in range(3) for who in names]
    (tmp_path / "by.jsonl").write_bytes(lines(*rows, {"q": 1, "label": "乙"}))
    found = agreement(None, AgreementRequest(sides=("by.jsonl",), fields=("label",), by="who"), tmp_path)
    assert (found.annotators, found.records, found.nameless) == (("anna", "ben"), 3, 7)


def test_a_review_of_a_version_that_head_does_not_come_from_is_told(branches: Project) -> None:
    found = compared(branches, "qa@anna", "qa@ben")
    here = branches.repo.agreements.review(found, "here", "qa@ben")
    assert here.notes == ()
    there = branches.repo.agreements.review(found, "there", "qa@anna")
    assert "does not come from" in there.notes[0]
    assert there.notes[0].endswith("git switch anna")
    branches.repo.undo()
    branches.git("switch", "-q", "main")
    started = branches.repo.reviews.start("qa@ben", request_of("b", sample="2"))
    assert started.notes[0].endswith("git switch ben")


def test_what_is_decided_of_anothers_version_is_made_where_head_has_the_record(branches: Project) -> None:
    """Records that Ben changed too stay as Ben has them, and are told."""
    found = compared(branches, "qa@anna", "qa@ben")
    branches.repo.agreements.review(found, "there", "qa@anna")
    session = branches.repo.reviews.open("there", reviewer="李雷")
    while session.current is not None:
        session.give("accept", answer="本" if session.current.row == 8 else "安娜")
    done = branches.repo.reviews.finish(FinishRequest())
    decided = [json.loads(line)["label"] for line in branches.read("qa.jsonl").splitlines()]
    assert decided[7] == LABELS[0]
    assert done.changed + len(done.conflicts) <= 3


def test_a_fetched_branch_is_named_by_its_remote(branches: Project, tmp_path: Path) -> None:
    other = branches.copy(tmp_path / "other")
    with pytest.raises(NotFoundError, match="only the fetched 'origin/anna'") as told:
        other.repo.version("qa@anna")
    assert told.value.hint == "name that: qa@origin/anna; or make it yours: git switch anna"
    assert other.repo.version("qa@origin/anna").annotators == (Annotator("安娜"),)


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("1", "1.0", True),
        ("1", "1e0", True),
        ("100", "1E+2", True),
        ("-0.50", "-5e-1", True),
        ("0", "-0.0", True),
        ('"1.0"', "1", True),  # whether a number stands in quotes is no judgement
        ("1", "1.01", False),
        ("true", "1", False),
        ('"1.10"', '"1.1"', False),  # two texts say what they say
    ],
)
@pytest.mark.parametrize("kind", ["label", "set"])
def test_equal_numbers_are_one_label(tmp_path: Path, one: str, other: str, agree: bool, kind: str) -> None:
    for name, label in (("a", one), ("b", other)):
        value = f"[{label}]" if kind == "set" else label
        (tmp_path / f"{name}.jsonl").write_text(f'{{"id": 7, "label": {value}}}\n', "utf-8")
    request = AgreementRequest(sides=("a.jsonl", "b.jsonl"), fields=("label",), key=("id",), kind=kind)
    assert agreement(None, request, tmp_path).fields[0].agreed == agree


def test_a_field_with_a_dot_in_its_name_is_asked_and_answered(project: Project) -> None:
    """As key fields are read: the field that is called so, else what stands at the path."""
    records = [{"q": f"q{at}", "meta.label": "甲", "meta": {"label": "别处"}} for at in range(3)]
    project.save("qa.jsonl", lines(*records), annotators=(Annotator("安娜"),))
    project.write("ben.jsonl", lines(*({**each, "meta.label": "乙"} for each in records)))
    found = compared(project, "qa@HEAD", "ben.jsonl", fields=("meta.label",))
    assert (found.records, found.fields[0].agreed) == (3, 0)
    project.repo.agreements.review(found, "d", "qa@HEAD")
    session = project.repo.reviews.open("d", reviewer="李雷")
    while session.current is not None:
        session.give("accept", answer=2)
    project.repo.reviews.finish(FinishRequest())
    decided = [json.loads(line) for line in project.read("qa.jsonl").splitlines()]
    assert [(each["meta.label"], each["meta"]) for each in decided] == [("乙", {"label": "别处"})] * 3
