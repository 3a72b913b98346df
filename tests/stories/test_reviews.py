"""A second pair of eyes: a tenth of the records looked at, corrected, and told to the gates."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import BadDataError, CorruptError, DsvcError, NotFoundError, ProtectedError, UsageError
from dsvc.origin import Annotator
from dsvc.record import record_id
from dsvc.render.review_text import status_lines
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import ReviewRequest, request_of
from dsvc.reviewing.queue import Answer
from dsvc.sampling.rule import Rule
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dsvc.repository.reviews.session import ReviewItem, ReviewSession

LABELS = ("费用", "贷款", "cards")
RECORDS = [
    {"question": f"逾期{number}天怎么办?", "answer": f"第{number}种", "label": LABELS[number % 3]}
    for number in range(100)
]


@pytest.fixture
def bank(project: Project) -> Project:
    project.save("data/bank.jsonl", lines(*RECORDS), annotators=(Annotator("a1"),))
    return project


def begin(project: Project, name: str = "check-1", size: str = "10%", **more: Any) -> ReviewSession:
    project.repo.reviews.start("bank@HEAD", ReviewRequest(name=name, rule=Rule(size=size), **more))
    return project.repo.reviews.open(name, reviewer="李雷")


def edited(session: ReviewSession, **fields: str) -> bytes:
    assert session.current is not None
    return json.dumps({**json.loads(session.current.content), **fields}, ensure_ascii=False).encode()


def finish(project: Project, **more: Any) -> Any:
    return project.repo.reviews.finish(FinishRequest(**more))


def test_from_the_first_record_to_a_new_version(bank: Project) -> None:
    session = begin(bank)
    assert session.progress.records == 10
    wrong = session.current
    assert wrong is not None
    session.give("edit", corrected=edited(session, answer="先还款"), comment="答案过时")
    while session.current is not None:
        session.give("accept")
    assert (session.accuracy().right, session.accuracy().judged) == (9, 10)
    done = finish(bank)
    assert (done.changed, done.removed, done.conflicts) == (1, 0, ())
    manifest = done.committed.manifest
    assert manifest.annotators == (Annotator("李雷"),)
    assert manifest.metadata["review"]["verdicts"] == {"accept": 9, "reject": 0, "edit": 1, "skip": 0}
    assert [*manifest.metadata["review"]["applied"]] == [wrong.record]
    assert manifest.changes.modified == 1
    assert json.loads(bank.read("data/bank.jsonl").splitlines()[wrong.row - 1])["answer"] == "先还款"
    assert bank.status() == []
    assert not bank.repo.status("bank")[0].changed
    assert b'"comment":"\xe7\xad\x94' in bank.read(".dsvc/data/bank/reviews/check-1/李雷.jsonl")
    bank.dvc("status", "-q")


def test_undo_takes_the_version_back_and_leaves_the_verdicts(bank: Project) -> None:
    before = bank.read("data/bank.jsonl")
    session = begin(bank)
    session.give("edit", corrected=edited(session, label="cards!"))
    finish(bank, partial=True)
    bank.repo.undo()
    assert bank.read("data/bank.jsonl") == before
    assert bank.repo.version("bank@HEAD").number == "v1.0"
    assert not (bank.root / ".dsvc/data/bank/reviews/check-1").exists()
    assert bank.repo.reviews.open("check-1", reviewer="李雷").progress.judged == 1
    assert finish(bank, partial=True).changed == 1, "it can be finished again"


def test_nothing_wrong_makes_no_version(bank: Project) -> None:
    session = begin(bank, size="3")
    for _ in range(3):
        session.give("accept")
    done = finish(bank)
    assert done.committed is None
    assert bank.repo.version("bank@HEAD").number == "v1.0"
    assert bank.git("show", "--stat", "--format=%s").startswith("bank check-1: 3 verdicts on v1.0")
    with pytest.raises(NotFoundError, match="committed already"):
        finish(bank)


def test_what_the_gates_are_told(bank: Project) -> None:
    session = begin(bank, size="20")
    session.give("edit", corrected=edited(session, answer="new"))
    session.give("reject", comment="not a question")
    while session.current is not None:
        session.give("accept")
    assert bank.repo.reviews.figures("bank@HEAD").spot_check is None, "nothing counts before it is committed"
    finish(bank)
    now = bank.repo.reviews.figures("bank@HEAD")
    assert (now.checked, now.records, now.spot_check) == (20, 100, 0.2)
    assert (now.accuracy.right, now.accuracy.judged) == (18, 20), "what was mended was wrong all the same"


def test_whoever_made_a_record_is_no_second_person(bank: Project) -> None:
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="own", rule=Rule(size="10")))
    session = bank.repo.reviews.open("own", reviewer="a1")
    while session.current is not None:
        session.give("accept")
    finish(bank)
    assert bank.repo.reviews.figures("bank@HEAD").checked == 0


def test_a_review_of_what_rules_found_says_nothing_of_the_rest(bank: Project) -> None:
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="some", rule=Rule(size="100%", where=("label=cards",))))
    session = bank.repo.reviews.open("some", reviewer="b")
    while session.current is not None:
        session.give("accept")
    finish(bank)
    figures = bank.repo.reviews.figures("bank@HEAD")
    assert (figures.checked, figures.accuracy.judged) == (33, 0)


def test_a_new_review_tells_anew(bank: Project) -> None:
    session = begin(bank, "first", "10")
    while session.current is not None:
        session.give("reject")
    finish(bank, name="first", remove_rejected=True)
    assert bank.repo.version("bank@HEAD").counts.records == 90
    assert bank.repo.reviews.figures("bank@HEAD").accuracy.share == 0.0
    session = begin(bank, "second", "10")
    while session.current is not None:
        session.give("accept")
    finish(bank, name="second")
    figures = bank.repo.reviews.figures("bank@HEAD")
    assert (figures.accuracy.share, figures.reviews) == (1.0, ("second",))
    assert bank.repo.reviews.figures("bank@v1.0").accuracy.share == 0.0, "of the old version the old one"


def test_a_record_that_was_written_anew_keeps_its_source(project: Project) -> None:
    """However unlike a correction is: it is known which record it is of, also when another one goes."""
    project.save(
        "data/tiny.jsonl", lines({"q": "一", "a": "甲"}, {"q": "二", "a": "乙"}, {"q": "三", "a": "丙"}), source="book"
    )
    project.repo.reviews.start("tiny@HEAD", ReviewRequest(name="all", rule=Rule(size="100%")))
    session = project.repo.reviews.open("all", reviewer="r")
    session.give("reject")
    session.give("edit", corrected=b'{"nothing": "in common"}')
    session.give("edit", corrected=b'{"x": [1, 2, 3]}')
    finish(project, remove_rejected=True)
    assert project.read("data/tiny.jsonl") == b'{"nothing": "in common"}\n{"x": [1, 2, 3]}\n'
    told = [
        (record.attribution.source, record.attribution.annotators)
        for record in project.repo.blame("tiny@HEAD").records((1, 2))
    ]
    assert told == [("book", (Annotator("r"),))] * 2


def test_two_reviewers_never_write_one_file(bank: Project) -> None:
    begin(bank, size="4")
    one, other = (bank.repo.reviews.open("check-1", reviewer=name) for name in ("李雷", "韩梅梅"))
    one.give("accept")
    other.give("edit", corrected=edited(other, answer="B"))
    one.give("accept")
    status = bank.repo.reviews.status("check-1")
    assert {each.reviewer.name: each.left for each in status.reviewers} == {"李雷": 2, "韩梅梅": 3}
    assert len(status.disputed) == 1
    assert (status.accuracy.right, status.accuracy.judged) == (1, 2)
    done = finish(bank, partial=True)
    assert (done.changed, [why for _, why in done.conflicts]) == (0, ["韩梅梅 corrects it, 李雷 accepts it"])


def test_two_corrections_of_one_record_are_nobodys(bank: Project) -> None:
    begin(bank, size="1")
    for name in ("one", "two"):
        session = bank.repo.reviews.open("check-1", reviewer=name)
        session.give("edit", corrected=edited(session, answer=name))
    done = finish(bank)
    assert [why for _, why in done.conflicts] == ["one, two correct it in different ways"]
    assert (done.changed, done.committed) == (0, None)


def test_a_clone_goes_on_where_another_one_finished(bank: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.mktemp("remote")
    bank.remote(store)
    session = begin(bank, size="6")
    for _ in range(3):
        session.give("accept")
    finish(bank, partial=True)
    bank.repo.push()
    copy = bank.copy(tmp_path_factory.mktemp("clone") / "work")
    again = copy.repo.reviews.open("check-1", reviewer="李雷")
    assert again.progress.left == 3
    again.give("accept")
    assert copy.repo.reviews.open("check-1", reviewer="李雷").progress.left == 2


def test_an_edit_that_somebody_made_meanwhile_stays(bank: Project) -> None:
    session = begin(bank)
    item = session.current
    assert item is not None
    session.give("edit", corrected=edited(session, answer="mine"))
    changed = bank.read("data/bank.jsonl").replace(item.content, edited_of(item.content, "theirs"))
    bank.save("data/bank.jsonl", changed)
    assert bank.repo.reviews.open("check-1", reviewer="李雷").show("1").stale
    done = finish(bank, partial=True)
    assert (done.changed, len(done.conflicts)) == (0, 1)
    assert "does not have it as it was" in done.conflicts[0][1]
    assert bank.read("data/bank.jsonl") == changed


def edited_of(content: bytes, answer: str) -> bytes:
    return json.dumps({**json.loads(content), "answer": answer}, ensure_ascii=False).encode()


def test_uncommitted_edits_are_not_touched(bank: Project) -> None:
    session = begin(bank)
    session.give("edit", corrected=edited(session, answer="new"))
    bank.write("data/bank.jsonl", bank.read("data/bank.jsonl") + lines({"question": "q", "answer": "a"}))
    before = bank.picture()
    with pytest.raises(ProtectedError, match="has edits that are in no version yet"):
        finish(bank, partial=True)
    assert bank.picture() == before


def test_records_that_are_left_are_not_passed_over(bank: Project) -> None:
    begin(bank).give("accept")
    with pytest.raises(ProtectedError, match="9 of the 10 records of 'check-1' have no verdict yet") as refused:
        finish(bank)
    assert "--partial" in str(refused.value.hint)


def test_git_clean_does_not_reach_verdicts(bank: Project) -> None:
    begin(bank).give("accept")
    bank.git("clean", "-fdq")
    assert bank.repo.reviews.open("check-1", reviewer="李雷").progress.judged == 1


def test_skipped_records_come_last(bank: Project) -> None:
    session = begin(bank, size="3")
    first = session.current
    session.give("skip")
    session.give("accept")
    session.give("accept")
    assert session.current is not None
    assert first is not None
    assert session.current.record == first.record
    assert session.give("accept") is None


def test_undoing_a_verdict_shows_its_record(bank: Project) -> None:
    session = begin(bank)
    first = session.current
    session.give("reject")
    back = session.undo()
    assert back is not None
    assert first is not None
    assert (back.record, back.verdict) == (first.record, None)
    assert session.undo() is None


def test_bytes_around_a_correction_stay(project: Project) -> None:
    """A byte order mark, CRLF, a blank line, no line end at the end: only the value of the field is another one."""
    content = b'\xef\xbb\xbf{"a":  1, "label": "x"}\r\n\r\n{"b" : "\\u4f60", "label": "y"}'
    project.save("data/odd.jsonl", content)
    project.repo.reviews.start("odd@HEAD", ReviewRequest(name="all", rule=Rule(size="100%")))
    session = project.repo.reviews.open("all", reviewer="r")
    session.give("edit", corrected=b'{"a":  1, "label": "X"}')
    session.give("edit", corrected=b'{"b" : "\\u4f60", "label": "Y"}')
    finish(project)
    assert project.read("data/odd.jsonl") == content.replace(b'"x"', b'"X"').replace(b'"y"', b'"Y"')


def test_a_folder_of_splits(project: Project) -> None:
    project.write("data/qa/train.jsonl", lines(*RECORDS[:8]))
    project.write("data/qa/test.jsonl", lines(*RECORDS[8:12]))
    project.keep("data/qa")
    project.repo.reviews.start("qa@HEAD", ReviewRequest(name="all", rule=Rule(size="100%")))
    session = project.repo.reviews.open("all", reviewer="r")
    assert session.current is not None
    assert session.current.file == "data/qa/test.jsonl"
    session.give("edit", corrected=edited(session, answer="other"))
    finish(project, partial=True)
    assert json.loads(project.read("data/qa/test.jsonl").splitlines()[0])["answer"] == "other"
    assert project.read("data/qa/train.jsonl") == lines(*RECORDS[:8])


def test_annotators_disagree_and_one_answer_is_chosen(bank: Project) -> None:
    people = (Annotator("小明"), Annotator("gpt", "model"))
    names = [str(record_id(json.dumps(RECORDS[row], ensure_ascii=False).encode())) for row in (0, 5)]
    answers = {
        name: [Answer(annotator=who, value=value) for who, value in zip(people, ("费用", "cards"), strict=True)]
        for name in names
    }
    request = ReviewRequest(name="decide", records=names, answers=answers, fields=("label",))
    bank.repo.reviews.start("bank@HEAD", request)
    session = bank.repo.reviews.open("decide", reviewer="李雷")
    with pytest.raises(UsageError, match="which answer is right\\? 1 小明, 2 gpt"):
        session.give("accept")
    session.give("accept", answer=2)
    session.give("accept", answer="小明")
    done = finish(bank)
    found = [json.loads(bank.read("data/bank.jsonl").splitlines()[row])["label"] for row in (0, 5)]
    assert found == ["cards", "费用"]
    assert done.committed.manifest.annotators == (Annotator("李雷"), *people)
    assert bank.repo.reviews.figures("bank@HEAD").accuracy.judged == 0, "who decides does not sample"


def test_what_changed_since(bank: Project) -> None:
    bank.save(
        "data/bank.jsonl", bank.read("data/bank.jsonl").replace("第7种".encode(), "七".encode()) + lines({"q": 1})
    )
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="news", changed_since="v1.0"))
    session = bank.repo.reviews.open("news", reviewer="r")
    assert [session.item(at).row for at in range(session.progress.records)] == [8, 101]


def test_the_records_of_a_pilot(bank: Project) -> None:
    pilot = bank.repo.pilots.create("bank@HEAD", "p", Rule(size="7")).pilot
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="of-p", pilot="p"))
    assert bank.repo.reviews.open("of-p", reviewer="r").review.records == pilot.records


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (ReviewRequest(name="check-1"), "has a review 'check-1' already"),
        (ReviewRequest(name="../x"), "cannot name a review"),
        (ReviewRequest(name="v1.0"), "is the number of a version"),
        (ReviewRequest(name="Head"), "it means a version"),
        (ReviewRequest(name="n", rule=Rule(size="1000")), "is more than the 100 records"),
        (ReviewRequest(name="n", rule=Rule(where=("label=none",))), "no record of .* can be taken"),
        (ReviewRequest(name="n", pilot="nobody"), "has no pilot 'nobody'"),
        (ReviewRequest(name="n", records=["0" * 32]), "1 record to be looked at is not in bank v1.0"),
        (ReviewRequest(name="n", changed_since="v1.0"), "nothing of .* is to be looked at"),
    ],
)
def test_what_cannot_be_looked_at(bank: Project, request_: ReviewRequest, told: str) -> None:
    begin(bank)
    before = bank.picture()
    with pytest.raises(DsvcError, match=told):
        bank.repo.reviews.start("bank@HEAD", request_)
    assert bank.picture() == before


@pytest.mark.parametrize("content", [b"[1]", b"{", b"", b'{"a": NaN}'])
def test_a_correction_that_is_no_record(bank: Project, content: bytes) -> None:
    session = begin(bank)
    with pytest.raises(BadDataError, match=r"cannot (read|take) (the )?record"):
        session.give("edit", corrected=content)
    assert session.progress.judged == 0


def test_names_that_nobody_knows(bank: Project) -> None:
    with pytest.raises(NotFoundError, match="there is no review yet"):
        bank.repo.reviews.open()
    begin(bank)
    assert bank.repo.reviews.open().review.name == "check-1", "the only one need not be named"
    with pytest.raises(NotFoundError, match="has no review 'other'"):
        bank.repo.reviews.open("other")
    begin(bank, "another")
    with pytest.raises(UsageError, match=r"several reviews: another \(bank\), check-1 \(bank\)"):
        bank.repo.reviews.open()


def test_a_queue_of_disagreements_in_plain_values(bank: Project) -> None:
    """What ``agreement`` asks for."""
    names = [str(record_id(json.dumps(RECORDS[row], ensure_ascii=False).encode())) for row in (3, 9)]
    answers = {name: [("甲", "贷款"), ("qwen3:model", "cards")] for name in names}
    request = request_of("谁对", records=names, answers=answers, fields=["label"])
    review = bank.repo.reviews.start("bank@HEAD", request).review
    assert review.decides
    assert not review.drawn.represents
    assert review.answers[names[0]][1] == Answer(annotator=Annotator("qwen3", "model"), value="cards")
    session = bank.repo.reviews.open("谁对", reviewer="审核")
    session.give("accept", answer="qwen3", comment="模型对")
    session.give("edit", corrected=edited(session, label="理财"))
    done = finish(bank)
    found = [json.loads(bank.read("data/bank.jsonl").splitlines()[row])["label"] for row in (3, 9)]
    assert found == ["cards", "理财"]
    manifest = done.committed.manifest
    assert manifest.annotators == (Annotator("审核"), Annotator("甲"), Annotator("qwen3", "model"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"answers": {"a": [("x", 1)]}}, "no field that they are of"),
        ({"records": ["a", "b"], "answers": {"a": [("x", 1)]}, "fields": ["l"]}, "nobody's answer is given for .* 'b'"),
        ({"records": ["a"], "answers": {"a": [("x", 1)], "c": [("x", 1)]}, "fields": ["l"]}, "'c', which is not among"),
        ({"records": ["a"], "answers": {"a": [(" ", 1)]}, "fields": ["l"]}, "an annotator needs a name"),
    ],
)
def test_answers_that_do_not_fit(bank: Project, given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        bank.repo.reviews.start("bank@HEAD", request_of("d", **given))


def test_what_was_finished_is_not_done_again(project: Project) -> None:
    """Of two equal records one was corrected; the other one, which is the first of its name now, stays as it is."""
    project.save("data/bank.jsonl", lines(RECORDS[0], RECORDS[0], *RECORDS[1:4]))
    session = begin(project, size="100%")
    session.give("edit", corrected=edited(session, answer="一"))
    assert finish(project, partial=True).changed == 1
    session = project.repo.reviews.open("check-1", reviewer="李雷")
    while session.current is not None:
        session.give("accept")
    assert finish(project).committed is None
    assert project.read("data/bank.jsonl").count(RECORDS[0]["answer"].encode()) == 1


def test_a_rollback_is_not_undone_by_the_next_finish(bank: Project) -> None:
    session = begin(bank)
    session.give("edit", corrected=edited(session, answer="wrong after all"))
    finish(bank, partial=True)
    bank.repo.rollback("bank@v1.0")
    session.give("accept")
    done = finish(bank, partial=True)
    assert (done.committed, done.conflicts) == (None, ())
    assert bank.read("data/bank.jsonl") == lines(*RECORDS)


def test_who_accepts_a_record_keeps_it(bank: Project) -> None:
    begin(bank, size="2")
    for name, kinds in (("one", ("reject", "reject")), ("two", ("accept", "skip"))):
        session = bank.repo.reviews.open("check-1", reviewer=name)
        for number, kind in enumerate(kinds, 1):
            session.show(str(number))
            session.give(kind)  # type: ignore[arg-type]
    done = finish(bank, remove_rejected=True)
    assert (done.removed, [why for _, why in done.conflicts]) == (1, ["one rejects it, two accepts it"])


def test_one_reviewer_in_two_clones(bank: Project, tmp_path: Path) -> None:
    """Each clone finishes a part; git puts the two files together, and both parts count."""
    bank.remote(tmp_path / "remote")
    begin(bank, size="4")
    bank.dvc("push", "-q")
    other = bank.copy(tmp_path / "clone")
    other.dvc("pull", "-q")
    for place, numbers in ((bank, (1, 2)), (other, (3, 4))):
        session = place.repo.reviews.open("check-1", reviewer="李雷")
        for number in numbers:
            session.show(str(number))
            session.give("accept", comment=f"第{number}条")
        finish(place, partial=True)
    bank.git("fetch", "-q", str(other.root), "main")
    bank.git("merge", "-q", "--no-edit", "FETCH_HEAD")
    status = bank.repo.reviews.status("check-1")
    assert [(each.reviewer.name, each.counts["accept"], each.left) for each in status.reviewers] == [("李雷", 4, 0)]
    assert bank.repo.reviews.open("check-1", reviewer="李雷").progress.judged == 4
    assert bank.repo.reviews.figures("bank@HEAD").accuracy.judged == 4


def test_a_stale_file_here_does_not_overwrite_what_was_committed_elsewhere(bank: Project) -> None:
    session = begin(bank, size="3")
    session.give("accept")
    path = session._log.path
    old = path.read_bytes()
    session.give("reject")
    finish(bank, partial=True)
    path.write_bytes(old)
    again = bank.repo.reviews.open("check-1", reviewer="李雷")
    assert again.progress.judged == 2
    again.give("skip")
    finish(bank, partial=True)
    assert [v.verdict for _, v in _committed(bank)] == ["accept", "reject", "skip"]


def _committed(project: Project) -> list[tuple[str, Any]]:
    from dsvc.reviewing.verdicts import read_verdicts

    _, verdicts = read_verdicts(project.read(".dsvc/data/bank/reviews/check-1/李雷.jsonl"), "f")
    return list(verdicts.by_record.items())


def test_a_model_that_looks_is_no_second_person(bank: Project) -> None:
    begin(bank, size="2")
    for who in ("qwen:model", "qwen"):
        session = bank.repo.reviews.open("check-1", reviewer=who)
        session.give("accept")
        assert session.progress.judged == 1, "the person and the model of one name have a file each"
    finish(bank, partial=True)
    assert bank.repo.reviews.figures("bank@HEAD").checked == 1


def test_a_colon_in_the_name_that_git_knows(bank: Project) -> None:
    bank.git("config", "user.name", "Lab: 张三")
    begin(bank, size="2")
    session = bank.repo.reviews.open("check-1")
    assert session.reviewer == Annotator("Lab: 张三")


@pytest.mark.parametrize("name", ["x.json", "X.JSON"])
def test_names_that_would_be_two_things_on_disk(bank: Project, name: str) -> None:
    with pytest.raises(UsageError, match="is the name of a file"):
        bank.repo.reviews.start("bank@HEAD", request_of(name))


# Equal records, records that moved, and reviewers who differ


def start_all(project: Project, path: str, *records: dict[str, str]) -> ReviewSession:
    project.save(path, lines(*records), annotators=(Annotator("a1"),))
    project.repo.reviews.start("HEAD", ReviewRequest(name="all", rule=Rule(size="100%")))
    return project.repo.reviews.open("all", reviewer="李雷")


def test_the_copy_that_was_accepted_stays(project: Project) -> None:
    one, *others = RECORDS[:4]
    session = start_all(project, "data/qa.jsonl", one, others[0], one, others[1], others[2])
    session.give("reject", comment="重复")
    session.give("accept")
    session.give("accept")
    assert finish(project, partial=True, remove_rejected=True).removed == 1
    left = lines(others[0], one, others[1], others[2])
    assert project.read("data/qa.jsonl") == left
    session.give("accept")
    session.give("accept")
    assert finish(project, remove_rejected=True).committed is None, "what was taken out is not taken out again"
    assert project.read("data/qa.jsonl") == left


def test_equal_records_are_corrected_one_by_one(project: Project) -> None:
    one, other, third = RECORDS[:3]
    session = start_all(project, "data/qa.jsonl", one, other, one, third)
    better = {**one, "answer": "better"}
    session.give("edit", corrected=edited(session, answer="better"))
    finish(project, partial=True)
    session.give("accept")
    session.give("edit", corrected=edited(session, answer="better"))
    session.give("accept")
    assert finish(project).changed == 1
    assert project.read("data/qa.jsonl") == lines(better, other, better, third)


def test_an_equal_record_is_no_proof_that_a_correction_was_made(project: Project) -> None:
    session = start_all(project, "data/qa.jsonl", *RECORDS[:4])
    session.give("edit", corrected=json.dumps(RECORDS[1], ensure_ascii=False).encode())
    project.save("data/qa.jsonl", lines({**RECORDS[0], "answer": "theirs"}, *RECORDS[1:4]))
    done = finish(project, partial=True)
    assert (done.changed, len(done.conflicts)) == (0, 1)


def test_an_equal_record_in_a_file_before_is_left_alone(project: Project) -> None:
    project.write("data/f/train.jsonl", lines(*RECORDS[:2]))
    project.write("data/f/test.jsonl", lines(RECORDS[2]))
    project.keep("data/f")
    project.repo.reviews.start("f@HEAD", ReviewRequest(name="all", rule=Rule(size="100%")))
    session = project.repo.reviews.open("all", reviewer="李雷")
    while (item := session.current) is not None:
        if json.loads(item.content) == RECORDS[0]:
            session.give("edit", corrected=edited(session, answer="mended"))
        else:
            session.give("accept")
    project.write("data/f/dev.jsonl", lines(RECORDS[0]))
    project.keep("data/f")
    assert finish(project).changed == 1
    assert project.read("data/f/dev.jsonl") == lines(RECORDS[0])
    assert b"mended" in project.read("data/f/train.jsonl")


def test_a_removal_that_was_rolled_back_is_not_made_again(bank: Project) -> None:
    session = begin(bank)
    session.give("reject")
    session.give("accept")
    finish(bank, partial=True, remove_rejected=True)
    bank.repo.rollback("bank@v1.0")
    session.give("accept")
    assert finish(bank, partial=True, remove_rejected=True).committed is None
    assert bank.read("data/bank.jsonl") == lines(*RECORDS)


def test_a_correction_is_made_once_its_conflict_is_withdrawn(bank: Project) -> None:
    begin(bank, size="1")
    one, two = (bank.repo.reviews.open("check-1", reviewer=name) for name in ("one", "two"))
    for session, answer in ((one, "A"), (two, "B")):
        session.give("edit", corrected=edited(session, answer=answer))
    assert finish(bank).changed == 0
    two.undo()
    assert finish(bank).changed == 1
    assert bank.read("data/bank.jsonl").count(b'"answer": "A"') == 1


def test_who_accepts_a_record_contradicts_who_corrects_it(bank: Project) -> None:
    begin(bank, size="1")
    one, two = (bank.repo.reviews.open("check-1", reviewer=name) for name in ("one", "two"))
    one.give("edit", corrected=edited(one, answer="A"))
    two.give("accept")
    done = finish(bank)
    assert (done.committed, [why for _, why in done.conflicts]) == (None, ["one corrects it, two accepts it"])


def test_two_who_decide_differently(bank: Project) -> None:
    """Also where one of the answers is what the record says already."""
    names = [str(record_id(json.dumps(RECORDS[0], ensure_ascii=False).encode()))]
    answers = {names[0]: [("甲", RECORDS[0]["label"]), ("乙", "cards")]}
    bank.repo.reviews.start("bank@HEAD", request_of("谁对", records=names, answers=answers, fields=["label"]))
    for name, answer in (("u", 1), ("v", 2)):
        bank.repo.reviews.open("谁对", reviewer=name).give("accept", answer=answer)
    done = finish(bank)
    assert (done.committed, [why for _, why in done.conflicts]) == (None, ["u, v decide in different ways"])
    assert bank.read("data/bank.jsonl") == lines(*RECORDS)


def test_a_byte_order_mark_stays_where_the_first_line_goes(project: Project) -> None:
    project.save("data/qa.jsonl", b"\xef\xbb\xbf" + lines(*RECORDS[:3]))
    project.repo.reviews.start("qa@HEAD", ReviewRequest(name="all", rule=Rule(size="100%")))
    session = project.repo.reviews.open("all", reviewer="r")
    session.give("reject")
    session.give("edit", corrected=edited(session, answer="new"))
    finish(project, partial=True, remove_rejected=True)
    now = lines({**RECORDS[1], "answer": "new"}, RECORDS[2])
    assert project.read("data/qa.jsonl") == b"\xef\xbb\xbf" + now


def test_a_finish_without_corrections_needs_no_data(bank: Project) -> None:
    session = begin(bank, size="2")
    session.give("accept")
    session.give("reject")
    shutil.rmtree(bank.root / ".dvc/cache")
    shutil.rmtree(bank.root / ".dsvc/data/bank/store", ignore_errors=True)
    assert finish(bank).committed is None


def test_undo_does_not_take_a_queue_with_its_verdicts(bank: Project) -> None:
    session = begin(bank, size="3")
    session.give("edit", corrected=edited(session, answer="new"))
    session.give("accept")
    finish(bank, partial=True)
    bank.repo.undo()
    with pytest.raises(ProtectedError, match="2 verdicts were given on 'check-1' since") as refused:
        bank.repo.undo()
    assert "dsvc review undo check-1" in str(refused.value.hint)
    assert bank.repo.reviews.status("check-1").judged == 2


def test_a_queue_that_was_undone_is_found_again_with_its_verdicts(bank: Project) -> None:
    begin(bank, size="3").give("accept")
    (note,) = (each for each in bank.repo.undo(force=True).notes if "cherry-pick" in each)
    with pytest.raises(NotFoundError):
        bank.repo.reviews.open("check-1")
    bank.git(*note.rpartition(": git ")[2].split())
    assert bank.repo.reviews.open("check-1", reviewer="李雷").progress.judged == 1


def test_a_queue_whose_verdicts_were_taken_back_is_undone(bank: Project) -> None:
    session = begin(bank, size="3")
    session.give("accept")
    session.undo()
    bank.repo.undo()
    assert bank.repo.reviews.list() == []


def test_verdicts_outlive_the_worktree_that_they_were_given_in(bank: Project, tmp_path: Path) -> None:
    begin(bank, size="3")
    bank.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    import dsvc

    session = dsvc.open(tmp_path / "tree").reviews.open("check-1", reviewer="李雷")
    session.give("accept")
    assert bank.repo.reviews.status("check-1").judged == 1
    bank.git("worktree", "remove", "--force", str(tmp_path / "tree"))
    assert bank.repo.reviews.open("check-1", reviewer="李雷").progress.judged == 1


def test_a_review_of_the_same_name_on_another_branch(bank: Project) -> None:
    bank.git("switch", "-qc", "other")
    begin(bank, size="3").give("reject")
    finish(bank, partial=True)
    bank.git("switch", "-q", "main")
    begin(bank, size="3").give("accept")
    finish(bank, partial=True)
    theirs = bank.git("show", "other:.dsvc/data/bank/reviews/check-1/李雷.jsonl").encode() + b"\n"
    ours = bank.read(".dsvc/data/bank/reviews/check-1/李雷.jsonl")
    for joined in (ours + theirs, theirs + ours):
        bank.write(".dsvc/data/bank/reviews/check-1/李雷.jsonl", joined)
        bank.git("commit", "-qam", "joined")
        assert bank.repo.reviews.status("check-1").accuracy.right == 1
        assert bank.repo.reviews.open("check-1", reviewer="李雷").progress.judged == 1
        assert bank.repo.reviews.figures("bank@HEAD").checked == 1
    assert bank.repo.reviews.open("check-1", reviewer="韩梅梅").progress.judged == 0


@pytest.mark.parametrize("change", [{"name": "../../evil"}, {"records": ["zz\x1b[2J"]}, {"dataset": "x"}])
def test_a_queue_that_somebody_has_tampered_with(bank: Project, change: dict[str, Any]) -> None:
    begin(bank, size="3")
    path = ".dsvc/data/bank/reviews/check-1.json"
    bank.write(path, json.dumps({**json.loads(bank.read(path)), **change}).encode())
    bank.git("commit", "-qam", "changed")
    with pytest.raises(CorruptError):
        bank.repo.reviews.open("check-1")


def judge_all(session: ReviewSession, wrong: Callable[[ReviewItem], bool]) -> None:
    while (item := session.current) is not None:
        session.give("reject" if wrong(item) else "accept")


def test_a_review_that_a_model_has_completed_is_no_sample(bank: Project) -> None:
    begin(bank, size="10")
    judge_all(bank.repo.reviews.open("check-1", reviewer="gpt:model"), lambda item: True)
    session = bank.repo.reviews.open("check-1", reviewer="李雷")
    session.give("accept")
    finish(bank)
    figures = bank.repo.reviews.figures("bank@HEAD")
    assert (figures.checked, figures.accuracy.judged) == (1, 0)
    assert figures.left_out == ("'check-1' has records that no second person judged",)


def test_edits_since_change_neither_what_was_right_nor_what_was_wrong(bank: Project) -> None:
    session = begin(bank, size="100%")
    judge_all(session, lambda item: item.number % 10 == 0)
    finish(bank)
    changed = [{**record, "url": "x"} if row % 10 < 4 else record for row, record in enumerate(RECORDS)]
    bank.save("data/bank.jsonl", lines(*changed))
    accuracy = bank.repo.reviews.figures("bank@HEAD").accuracy
    assert (accuracy.right, accuracy.judged) == (90, 100)


def test_groups_with_other_shares_are_weighted(project: Project) -> None:
    """Of 110 records 15 are each a group of its own, and all of these are wrong: 95 of 110 are right, not half."""
    records = [{"q": f"big {n}", "label": "big"} for n in range(95)] + [
        {"q": f"r{n}", "label": f"r{n}"} for n in range(15)
    ]
    project.save("data/qa.jsonl", lines(*records), annotators=(Annotator("a1"),))
    project.repo.reviews.start("qa@HEAD", ReviewRequest(name="c", rule=Rule(size="30", stratify=("label",))))
    session = project.repo.reviews.open("c", reviewer="r")
    session.give("accept")
    status = project.repo.reviews.status("c")
    assert (status.represents, status.without[0], status.accuracy.is_weighted) == (False, 15, False)
    judge_all(session, lambda item: b"big" not in item.content)
    accuracy = project.repo.reviews.status("c").accuracy
    assert (accuracy.right, accuracy.judged) == (15, 30)
    assert accuracy.share == pytest.approx(95 / 110)
    low, high = accuracy.interval
    assert low < 95 / 110 < high
    finish(project)
    figures = project.repo.reviews.figures("qa@HEAD")
    assert (figures.accuracy, figures.left_out) == (accuracy, ())


def test_half_a_review_says_nothing_of_all(project: Project) -> None:
    """Of 200 records, the first half of one label, eight accepted ones say nothing of the other label."""
    records = [{"q": f"q{n}", "label": "x" if n < 100 else "y"} for n in range(200)]
    project.save("data/qa.jsonl", lines(*records), annotators=(Annotator("a1"),))
    project.repo.reviews.start("qa@HEAD", ReviewRequest(name="c", rule=Rule(size="40")))
    session = project.repo.reviews.open("c", reviewer="r")
    for _ in range(8):
        session.give("accept")
    status = project.repo.reviews.status("c")
    assert (session.represents, status.represents, status.left) == (False, False, 32)
    told = "\n".join(status_lines(status))
    assert "accuracy: 100.0% right so far (8 of 8)\n" in told
    why = "32 records without a verdict, and records are shown in the order of the file"
    assert f"nothing is said of all yet: {why}\n" in told
    assert "% to " not in told
    while session.progress.left > 1:
        session.give("accept")
    session.give("skip")
    assert (session.represents, project.repo.reviews.status("c").represents) == (False, False), "one was put off"
    session.give("accept")
    assert (session.represents, project.repo.reviews.status("c").represents) == (True, True)
    told = "\n".join(status_lines(project.repo.reviews.status("c")))
    assert "accuracy: 100.0% right (40 of 40; of all 91.2% to 100.0%)\n" in told
    assert "91.2% to" in told.partition("made by")[2]


def test_a_group_that_gave_no_record_leaves_the_accuracy_unmeasured(project: Project) -> None:
    records = [{"q": f"q{n}", "label": f"r{n % 8}"} for n in range(40)]
    project.save("data/qa.jsonl", lines(*records), annotators=(Annotator("a1"),))
    project.repo.reviews.start("qa@HEAD", ReviewRequest(name="c", rule=Rule(size="5", stratify=("label",))))
    judge_all(project.repo.reviews.open("c", reviewer="r"), lambda item: False)
    finish(project)
    figures = project.repo.reviews.figures("qa@HEAD")
    assert figures.accuracy.judged == 0
    told = "'c' has other shares of its groups than the version, and no verdict on 3 of them (37.5% of the records)"
    assert figures.left_out == (told,)


def test_groups_with_the_shares_of_the_version_count(bank: Project) -> None:
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="c", rule=Rule(size="30", stratify=("label",))))
    judge_all(bank.repo.reviews.open("c", reviewer="r"), lambda item: False)
    finish(bank)
    assert bank.repo.reviews.figures("bank@HEAD").accuracy.judged == 30


def test_what_was_judged_elsewhere_since_it_was_shown(bank: Project) -> None:
    first = begin(bank, size="3")
    first.note_shown()
    elsewhere = bank.repo.reviews.open("check-1", reviewer="李雷")
    elsewhere.give("reject")
    again = bank.repo.reviews.open("check-1", reviewer="李雷")
    assert again.shown is not None
    assert again.is_judged_since
    again.note_shown()
    last = bank.repo.reviews.open("check-1", reviewer="李雷")
    assert last.shown is not None
    assert not last.is_judged_since, "it was shown with its verdict"


def test_the_first_of_equal_records_by_its_full_id(project: Project) -> None:
    session = start_all(project, "data/qa.jsonl", RECORDS[0], RECORDS[0], RECORDS[1])
    assert session.show(session.item(0).record).number == 1
    assert session.show(session.item(1).record).number == 2


def test_a_balanced_pilot_is_weighted_by_the_shares_of_the_version(project: Project) -> None:
    """90 of 100 records are of one label. As many of each were looked at, and half of the rare ones are wrong."""
    records = [{"q": f"q{n}", "label": "rare" if n < 10 else "usual"} for n in range(100)]
    project.save("data/qa.jsonl", lines(*records), annotators=(Annotator("a1"),))
    rule = Rule(strategy="balanced", size="20", stratify=("label",))
    project.repo.pilots.create("qa@HEAD", "even", rule)
    project.repo.reviews.start("qa@HEAD", ReviewRequest(name="c", pilot="even"))
    session = project.repo.reviews.open("c", reviewer="r")
    session.give("accept")
    assert not session.represents, "one group has no verdict yet"
    session.undo()
    while session.progress.left > 1:
        session.give("reject" if session.current is not None and session.current.row <= 5 else "accept")
    assert session.accuracy().is_weighted, "each group has a verdict"
    assert (session.represents, project.repo.reviews.status("c").represents) == (False, False), "one record is left"
    judge_all(session, lambda item: item.row <= 5)
    status = project.repo.reviews.status("c")
    assert (session.represents, session.accuracy()) == (True, status.accuracy)
    session.undo()
    assert (session.represents, session.accuracy().judged) == (False, 19)
    session.give("accept")
    assert session.accuracy() == status.accuracy
    assert (status.represents, status.accuracy.right, status.accuracy.judged) == (True, 15, 20)
    assert status.accuracy.share == pytest.approx(0.9 * 1 + 0.1 * 0.5)
    low, high = status.accuracy.interval
    assert low < 0.75 < 0.95 < high, "ten records say little of ninety"
    told = "\n".join(status_lines(status))
    assert "95.0% right (15 of 20, groups weighted; of all 6" in told
    assert "of all" not in told.partition("made by")[2], "annotators are not the groups"
    finish(project)
    assert project.repo.reviews.figures("qa@HEAD").accuracy == status.accuracy


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"rule": Rule(size="5", strategy="longest")}, "the strategy 'longest' took them"),
        ({"rule": Rule(size="5", where=("label=费用",))}, "only those with label=费用"),
        ({"pilot": "odd"}, "of the pilot 'odd': only those with label=费用, not in first"),
        ({"changed_since": "v1.0"}, "they are what was added or edited since a version"),
        ({"pilot": "first"}, "many came to the version that the pilot 'first' could not take"),
        ({"pilot": "carried"}, "many came to the version that the pilot 'carried' could not take"),
    ],
)
def test_why_nothing_is_said_of_all_records(bank: Project, how: dict[str, Any], why: str) -> None:
    pilots, before = bank.repo.pilots, bank.read("data/bank.jsonl")
    pilots.create("bank@HEAD", "first", Rule(size="5"))
    bank.save("data/bank.jsonl", before + lines(*({"q": f"new {n}", "label": "费用"} for n in range(20))))
    pilots.create("bank@HEAD", "odd", Rule(size="5", where=("label=费用",), exclude=("first",)))
    pilots.carry("first", "bank@HEAD", "carried")
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="c", **how))
    status = bank.repo.reviews.status("c")
    assert not status.represents
    assert f"nothing is said of all records: {why}\n" in "\n".join(status_lines(status))


def test_a_carried_pilot_of_a_version_that_has_not_grown_says_something_of_all(bank: Project) -> None:
    bank.repo.pilots.create("bank@HEAD", "first", Rule(size="20"))
    bank.save("data/bank.jsonl", b"".join(bank.read("data/bank.jsonl").splitlines(keepends=True)[10:]))
    bank.repo.pilots.carry("first", "bank@HEAD", "second")
    bank.save("data/bank.jsonl", b"".join(bank.read("data/bank.jsonl").splitlines(keepends=True)[10:]))
    bank.repo.pilots.carry("second", "bank@HEAD", "third")
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="c", pilot="third"))
    judge_all(bank.repo.reviews.open("c", reviewer="r"), lambda item: False)
    assert bank.repo.reviews.status("c").represents
    bank.repo.pilots.remove("second")
    bank.repo.reviews.start("bank@HEAD", ReviewRequest(name="d", pilot="third"))
    judge_all(bank.repo.reviews.open("d", reviewer="r"), lambda item: False)
    assert not bank.repo.reviews.status("d").represents, "nobody knows of which version it was"
