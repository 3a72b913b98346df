"""Safe repairs of records: what can be mended without anybody looking, and without another meaning.

repair.py         what a repair is
texts.py          white space around texts      roles.py   other names of roles
whole_records.py  records that are empty, or there already
mending.py        lines through the repairs that were chosen, counted
"""

from __future__ import annotations

from dsvc.repairs.mending import REPAIRS, Mended, Mending

__all__ = ["REPAIRS", "Mended", "Mending"]
