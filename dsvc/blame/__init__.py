"""Who brought records, or parts of them, in; and the history of one record.

values.py     what is told
past.py       what is asked of a dataset's history
lines.py      lines by number, and where they were born
tracing.py    many lines followed back at once
whole.py      blame of records      fields.py  blame inside records      history.py  one record's steps
"""

from __future__ import annotations

from dsvc.blame.values import Attribution, BlameBlock, BlamedRecord, FieldBlame, RecordStep

__all__ = ["Attribution", "BlameBlock", "BlamedRecord", "FieldBlame", "RecordStep"]
