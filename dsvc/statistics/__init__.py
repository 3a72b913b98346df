"""What a dataset is made of, in figures, and how far two versions are apart.

spread.py         how numbers are spread (characters, turns), how records are shared out (labels, languages)
features.py       what is measured of a record
readability.py    how hard texts are to read
tokenizing.py     what counts tokens
tally.py          all of it counted over a block of records; kept.py keeps what was counted
measuring.py      all of it over a snapshot
drift.py          one figure from 0 to 1 for each feature: how far two versions are apart
"""

from __future__ import annotations

from dsvc.statistics.drift import Shift, shifts
from dsvc.statistics.measuring import Statistics, measure
from dsvc.statistics.spread import Numbers, Shares

__all__ = ["Numbers", "Shares", "Shift", "Statistics", "measure", "shifts"]
