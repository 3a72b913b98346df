"""A review that is shared, as it is typed: who looks at what, and how far each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def cards(shell: Shell) -> Shell:
    """Ten records."""
    shell("init")
    write_records("cards.jsonl", *({"q": f"第 {n} 个问题", "label": "费用"} for n in range(10)))
    shell("commit", "cards.jsonl", "--source", "manual", "--license", "CC-BY-4.0", "--annotator", "a1", "-m", "first")
    return shell


def test_each_has_a_share(cards: Shell) -> None:
    assert cards(
        "review",
        "start",
        "v1.0",
        "--name",
        "两人",
        "--sample",
        "100%",
        "--reviewers",
        "anna, 本",
        "--overlap",
        "20%",
    ) == snapshot("""\
两人: 10 records of cards@v1.0 to be looked at
  anna: 6 records
  本: 6 records
! begin: dsvc review next 两人
""")
    assert cards("review", "next", "--reviewer", "anna") == snapshot("""\
两人  1 of 10  cards.jsonl:1  row 1
by a1  id <id>  share of anna: 0 of 6 judged
{
  "q": "第 0 个问题",
  "label": "费用"
}

dsvc review accept · reject -m WHY · edit --set FIELD=VALUE · skip · undo · status   (两人)
""")
    assert cards("review", "next", "--reviewer", "Zoe") == snapshot("""\
两人  1 of 10  cards.jsonl:1  row 1
by a1  id <id>
{
  "q": "第 0 个问题",
  "label": "费用"
}

dsvc review accept · reject -m WHY · edit --set FIELD=VALUE · skip · undo · status   (两人)
! 'Zoe' has no share of it, and sees all; those with one: anna, 本
""")
    for _ in range(6):
        cards("review", "next", "--reviewer", "anna")
        last = cards("review", "accept", "--reviewer", "anna")
    assert last == snapshot("""\
两人: every record of the share of anna has a verdict; 100.0% right so far (6 of 6)
this is one share; what all shares tell: dsvc review status 两人
commit them, with what they correct: dsvc review finish 两人
! accepted: 10 of 10 (row 10)
""")
    cards("review", "next", "--reviewer", "本")
    cards("review", "reject", "--reviewer", "本")
    assert cards("review", "status") == snapshot("""\
两人  cards@v1.0
judged:   7 of 10 records
accuracy: 85.7% right so far (6 of 7)
          nothing is said of all yet: 3 records without a verdict, and records are shown in the order of the file

  reviewer                      accept  reject    edit    skip    left
  anna                               6       0       0       0       0  share: 6 of 6 judged  not committed
  本                                 0       1       0       0       5  share: 1 of 6 judged  not committed

  label                          right  judged    share
  费用                               6       7    85.7%

  made by                        right  judged    share
  a1                                 6       7    85.7%

looked at by all: 0 of 2 records
""")
    assert cards("review", "finish") == snapshot("""\
! error: 5 of the 10 records of '两人' have no verdict yet
! hint: go on: dsvc review next 两人; or finish with what there is: dsvc review finish 两人 --partial
exit 5
""")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--reviewers", "anna"),
            snapshot("""\
! error: one reviewer has nobody to share with
! hint: name two and more: --reviewers anna,ben
exit 2
"""),
        ),
        (
            ("--reviewers", " , "),
            snapshot("""\
! error: --reviewers names nobody
! hint: write it like --reviewers anna,ben
exit 2
"""),
        ),
        (
            ("--reviewers", "anna,Anna"),
            snapshot("""\
! error: each reviewer has one share, and a name: anna, Anna
! hint: name each once: --reviewers anna,ben
exit 2
"""),
        ),
        (
            ("--overlap", "20%"),
            snapshot("""\
! error: who looks at the overlap?
! hint: name the reviewers: --reviewers anna,ben
exit 2
"""),
        ),
        (
            ("--reviewers", "a,b", "--overlap", "120%"),
            snapshot("""\
! error: an overlap of 1.2 is no share
! hint: from 0 to 1, or in percent: 20%
exit 2
"""),
        ),
        (
            ("--sample", "2", "--reviewers", "a,b,c"),
            snapshot("""\
! error: 3 reviewers cannot share 2 records
! hint: take more records (--sample), or fewer reviewers
exit 2
"""),
        ),
    ],
)
def test_what_cannot_be_shared(cards: Shell, words: tuple[str, ...], told: str) -> None:
    assert cards("review", "start", "v1.0", "--name", "x", *words) == told
    assert cards("review", "list").startswith("there is no review")


def test_a_finish_is_of_all_reviewers(cards: Shell) -> None:
    cards("review", "start", "v1.0", "--name", "一")
    assert cards("review", "finish", "--reviewer", "本") == snapshot("""\
! error: finish commits the verdicts of all reviewers that lie here
! hint: leave out --reviewer; while others still look, with what there is: --partial
exit 2
""")
