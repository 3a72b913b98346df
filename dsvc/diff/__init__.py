"""Two snapshots in, a lazy stream of deltas out.

stream.py         Diff: totals, counts, deltas, summary
file_names.py     which files of two folders belong together
layout_diff.py    what the layouts alone tell: common ranges and leftovers
plan.py           each leftover line is added, removed, or one of a pair
pairing.py        which removed record became which added one (similarity.py, minhash.py, questions.py)
sample.py         lines from all over a version
in_common.py      how many records a snapshot shares with each of many versions
tally.py          what the changes have in common, for summary.py
"""

from __future__ import annotations

from dsvc.diff.stream import Diff, diff

__all__ = ["Diff", "diff"]
