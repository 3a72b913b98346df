"""The page about exports says what the program does."""

from __future__ import annotations

import re

from dsvc.cli.export_reference import page
from dsvc.exporters.registry import ANNOTATION_TOOLS, DESCRIPTIONS, FORMATS, TRAINERS
from dsvc.exporters.trainers import trainer
from tests.sessions import ROOT

PAGE = (ROOT / "docs" / "export.md").read_text("utf-8")


def test_the_table_is_up_to_date() -> None:
    assert page(PAGE) == PAGE, "python -m dsvc.cli.export_reference docs/export.md"


def test_every_format_is_there() -> None:
    files = set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Trainers")[0], re.MULTILINE))
    assert {*files, *TRAINERS, *ANNOTATION_TOOLS, *DESCRIPTIONS} == set(FORMATS)
    annotation = PAGE.partition("## Annotation tools")[2]
    assert all(f"--to {tool} " in annotation for tool in ANNOTATION_TOOLS)
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == [trainer(name).title for name in TRAINERS]
