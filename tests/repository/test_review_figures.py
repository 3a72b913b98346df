"""What reviews tell the gates, in numbers worked out by hand; and how they do not look better than they are."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import convert

from dsvc.origin import Annotator
from dsvc.repository.gating import measured, share_to_check
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import request_of
from dsvc.sampling.rule import Rule
from dsvc.validators.gates import GateSettings, verdicts
from tests.repository.lab import FILE, Lab, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.repository.reviews.figures import ReviewFigures

RECORDS: list[dict[str, Any]] = [{"问": f"第 {number} 个问题", "标签": "费用"} for number in range(40)]


def saved(lab: Lab, records: Sequence[object] = RECORDS, who: str = "标注员甲") -> None:
    lab.save(lines(*records), annotators=(Annotator(who),))


def reviewed(
    lab: Lab,
    name: str,
    kinds: str = "",
    *,
    reviewer: str = "审核员",
    finish: bool = True,
    partial: bool = False,
    remove: bool = False,
    **how: Any,
) -> list[str]:
    """Review records: ``a`` accept, ``r`` reject, ``e`` correct, ``s`` skip, in turn; the others are accepted."""
    lab.repo.reviews.start("medical@HEAD", request_of(name, **{"sample": "100%", **how}))
    session = lab.repo.reviews.open(name, reviewer=reviewer)
    names = list(session.review.records)
    for at, _ in enumerate(names if not partial else kinds):
        session.show(str(at + 1))
        kind = kinds[at] if at < len(kinds) else "a"
        item = session.current
        assert item is not None
        if kind == "e":
            better = {**json.loads(item.content), "标签": f"改 {at}"}
            session.give("edit", corrected=json.dumps(better, ensure_ascii=False).encode())
        else:
            session.give({"a": "accept", "r": "reject", "s": "skip"}[kind])  # type: ignore[arg-type]
    if finish:
        lab.repo.reviews.finish(FinishRequest(name=name, partial=partial or "s" in kinds, remove_rejected=remove))
    return names


def figures(lab: Lab, revision: str = "medical@HEAD", **how: Any) -> ReviewFigures:
    return lab.repo.reviews.figures(revision, **how)


def accuracy(lab: Lab, revision: str = "medical@HEAD") -> tuple[int, int]:
    found = figures(lab, revision).accuracy
    return found.right, found.judged


def test_twenty_of_forty_looked_at_and_three_wrong(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "一审", "aere", sample="20")
    found = figures(lab)
    assert (found.checked, found.records, found.spot_check) == (20, 40, 0.5), "the corrected ones as they are now"
    assert (found.accuracy.right, found.accuracy.judged, found.accuracy.share) == (17, 20, 0.85)
    old = figures(lab, "medical@v1.0")
    assert (old.checked, old.accuracy.right, old.accuracy.judged) == (20, 17, 20)


def test_before_anything_is_finished_nothing_is_measured(lab: Lab) -> None:
    saved(lab)
    assert figures(lab).spot_check is None
    reviewed(lab, "open", finish=False)
    assert (figures(lab).finished, figures(lab).spot_check, figures(lab).accuracy.share) == (0, None, None)


def test_who_made_a_record_is_no_second_person_also_where_it_is_corrected(lab: Lab) -> None:
    saved(lab, who="Zoé")
    reviewed(lab, "own", "eera", sample="10", reviewer="zoe\u0301")
    found = figures(lab)
    assert (found.checked, found.spot_check, found.accuracy.judged) == (0, 0.0, 0)
    assert found.left_out == ("'own' was done by who made the records, or by no person",)


def test_two_reviewers_one_of_whom_made_the_records(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "both", sample="10", finish=False)
    own = lab.repo.reviews.open("both", reviewer="标注员甲")
    own.give("reject")
    lab.repo.reviews.finish(FinishRequest(name="both"))
    assert accuracy(lab) == (10, 10), "the second person found all of them right"


def test_what_was_wrong_stays_wrong_when_it_is_taken_out(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "check", "rrrrr", sample="10", remove=True)
    found = figures(lab)
    assert (found.records, found.checked) == (35, 5)
    assert (found.accuracy.right, found.accuracy.judged) == (5, 10), "nobody looked at the other thirty"


def test_a_review_with_records_left_samples_nothing(lab: Lab) -> None:
    """They are shown in the order of the file: who stops half way has seen its beginning."""
    saved(lab)
    reviewed(lab, "half", "aaaaa", sample="10", partial=True)
    found = figures(lab)
    assert (found.checked, found.accuracy.judged) == (5, 0)
    assert found.left_out == ("'half' has records that no second person judged",)


def test_records_that_are_put_off_are_not_looked_at(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "doubts", "sss", sample="10")
    found = figures(lab)
    assert (found.checked, found.accuracy.judged) == (7, 0), "the difficult ones would be missing"


@pytest.mark.parametrize(
    "how",
    [
        {"where": ["标签=费用"]},
        {"records": True},
        {"pilot": "longest"},
        {"pilot": "some"},
    ],
    ids=str,
)
def test_chosen_records_say_nothing_of_the_others(lab: Lab, how: dict[str, Any]) -> None:
    saved(lab)
    lab.repo.pilots.create("medical@HEAD", "longest", Rule(size="10", strategy="longest"))
    lab.repo.pilots.create("medical@HEAD", "some", Rule(size="10", where=("标签=费用",)))
    if "records" in how:
        how = {"records": list(lab.repo.pilots.show("some").listed.pilot.records), "sample": None}
    reviewed(lab, "chosen", **how)
    found = figures(lab)
    assert found.checked in (10, 40)
    assert found.accuracy.judged == 0
    assert found.left_out == ("'chosen' is of chosen records",)


def test_a_pilot_by_chance_alone_is_a_sample(lab: Lab) -> None:
    saved(lab)
    lab.repo.pilots.create("medical@HEAD", "fair", Rule(size="10", stratify=("标签",)))
    reviewed(lab, "of-pilot", "r", pilot="fair")
    assert accuracy(lab) == (9, 10)


def test_a_small_new_review_does_not_hide_a_large_old_one(lab: Lab) -> None:
    saved(lab)
    first = reviewed(lab, "first", "rrrrrrrrrr", sample="20")
    lab.save(lines(*RECORDS, {"问": "新", "标签": "贷款"}))
    second = reviewed(lab, "second", sample="2")
    both = {*first, *second}
    wrong = {*first[:10]} - {*second}
    assert accuracy(lab) == (len(both) - len(wrong), len(both)), "of records in both the newer verdict"
    assert figures(lab).reviews == ("second", "first")
    reviewed(lab, "third", sample="4")
    found = figures(lab)
    assert (found.accuracy.right, found.accuracy.judged, found.reviews) == (4, 4, ("third",)), "a tenth of 41"


GROUPED: list[dict[str, Any]] = [
    *({"问": f"大组 {number}", "标签": "大"} for number in range(95)),
    *({"问": f"小组 {number}", "标签": f"小 {number}"} for number in range(15)),
]


def test_a_sample_whose_group_newer_reviews_have_is_left_out_and_an_older_one_asked(lab: Lab) -> None:
    """It was named among those that the accuracy is of, and for its records no older one was asked."""
    saved(lab, GROUPED)
    reviewed(lab, "old", sample="20", seed="a")
    reviewed(lab, "by-label", "r" * 30, sample="30", stratify=["标签"])
    newest = reviewed(lab, "new", sample="60", seed="b")
    found = figures(lab, share=(len(newest) + 10) / len(GROUPED))
    assert found.reviews == ("new", "old")
    assert found.left_out == ("newer reviews have all records of a group that 'by-label' looked at",)
    assert found.accuracy.share == 1, "all that 'by-label' found wrong is not of the figure"


def test_a_sample_that_newer_reviews_have_looked_at_again_is_not_named(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "again", "r", sample="4")
    reviewed(lab, "all")
    found = figures(lab, share=1.1)
    assert (found.reviews, found.left_out) == (("all",), ("newer reviews have all records that 'again' looked at",))


def test_what_was_found_right_counts_although_it_has_changed(lab: Lab) -> None:
    saved(lab)
    names = reviewed(lab, "check", "rr", sample="10")
    session = lab.repo.reviews.open("check", reviewer="x")
    accepted = [session.item(at).row for at in range(2, len(names))]
    edited = [{**each, "标签": "别的"} if row + 1 in accepted[:3] else each for row, each in enumerate(RECORDS)]
    lab.save(lines(*edited))
    assert accuracy(lab) == (8, 10), "three of the eight are others now; but what was wrong counts as well"
    assert figures(lab).checked == 7
    edited = [{**each, "标签": "别的"} if row + 1 in accepted[:5] else each for row, each in enumerate(RECORDS)]
    lab.save(lines(*edited))
    found = figures(lab)
    assert (found.checked, found.accuracy.judged) == (5, 0)
    assert found.left_out == ("most of what 'check' found right has changed since",)


def test_equal_records_count_one_by_one(lab: Lab) -> None:
    """Who looks at one of thirty equal records has looked at one."""
    saved(lab, [{"same": 1}] * 30 + RECORDS[:10])
    reviewed(lab, "check", sample="4", seed="s")
    assert figures(lab).checked == 4
    reviewed(lab, "all")
    assert figures(lab).checked == 40


def test_of_a_version_that_a_branch_went_away_from(lab: Lab) -> None:
    saved(lab)
    lab.save(lines(*RECORDS, {"问": "新"}))
    reviewed(lab, "late", sample="10")
    assert figures(lab, "medical@v1.0").spot_check is None, "a review of a later version says nothing of an older one"


def test_edits_of_the_working_file_are_not_looked_at(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "all")
    lab.write(lines(*RECORDS[:30], *({"问": f"改了 {number}"} for number in range(10))))
    repo = lab.repo
    found = repo.reviews.figures(FILE, repo.snapshot(FILE))
    assert (found.checked, found.records) == (30, 40)


def gates(lab: Lab, **given: Any) -> dict[str, tuple[str, str]]:
    settings = convert(given, GateSettings)
    repo = lab.repo
    snapshot = repo.snapshot("medical@HEAD")
    looked = repo.reviews.figures("medical@HEAD", snapshot, share=share_to_check(settings))
    found = verdicts(settings, measured(settings, snapshot, None, Counter(), None, looked))
    return {each.gate: (each.outcome, each.measured) for each in found if each.gate in ("spot_check", "accuracy")}


def test_the_gates(lab: Lab) -> None:
    saved(lab)
    unmeasured = ("not measured", "not measured (no reviews with this version)")
    assert gates(lab) == {"spot_check": unmeasured, "accuracy": unmeasured}
    reviewed(lab, "check", "r", sample="4")
    assert gates(lab) == {
        "spot_check": ("passed", "10 % (4 of 40)"),
        "accuracy": ("failed", "75 % (3 of 4; of all 30.1% to 95.4%)"),
    }
    assert gates(lab, spot_check=0.11, accuracy=0.75) == {
        "spot_check": ("failed", "10 % (4 of 40)"),
        "accuracy": ("passed", "75 % (3 of 4; of all 30.1% to 95.4%)"),
    }
    assert share_to_check(convert({"spot_check": False}, GateSettings)) == 0.10


def test_the_gate_says_why_nothing_is_known_of_the_accuracy(lab: Lab) -> None:
    saved(lab)
    reviewed(lab, "half", "a", sample="10", partial=True)
    assert gates(lab)["accuracy"] == ("not measured", "not measured ('half' has records that no second person judged)")
    assert gates(lab)["spot_check"] == ("failed", "2.5 % (1 of 40)")
