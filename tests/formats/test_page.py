"""The page of the shapes is made from them, and the table in it is what conversions do."""

from __future__ import annotations

import re
from pathlib import Path

from dsvc.cli.formats_reference import outcome, page
from dsvc.formats import NAMES, all_shapes
from dsvc.formats.fit import possible

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m dsvc.cli.formats_reference > docs/formats.md"


def test_the_table_knows_every_pair() -> None:
    rows = re.findall(r"^\| \d+ \| \[([\w-]+)\]\(#[\w-]+\) \|(.*)\|$", page(), re.MULTILINE)
    assert [name for name, _ in rows] == list(NAMES)
    signs = {cell.strip() for _, cells in rows for cell in cells.split("|")}
    assert signs <= {"", "=", "~", "−", "=!", "~!", "−!"}


def test_what_makes_no_sense_is_empty() -> None:
    for source in all_shapes():
        for target in all_shapes():
            if not possible(source.kind, target.kind):
                assert outcome(source, target) == ""
