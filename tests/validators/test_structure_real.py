"""Structural rules over published files: only what they really have in them is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.formats.test_real_files import FORMATS, SETS
from tests.validators.test_structure_stories import all_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not FORMATS.is_dir(), reason="the published files are not on this machine")

REAL = {
    # calls that a translation made a part of the answer, so that a result follows no call
    "glaive_toolcall_zh_demo.json": {("tool-call-pairing", 198), ("tool-call-pairing", 294)},
    # reasoning stands in a part of its own, and its closing tag is left over at the end of the answer
    "reason_tool_use_demo_50.jsonl": {("think-tags", 7)},
}


def errors(file: Path) -> set[tuple[str, int]]:
    return {
        (each.rule, each.place.row if each.place is not None else 0)
        for each in all_of(file)
        if each.severity == "error"
    }


@pytest.mark.parametrize("file", sorted(FORMATS.glob("*.json*")), ids=lambda file: file.name)
def test_files_of_every_shape_have_no_errors_but_their_own(file: Path) -> None:
    if file.name == "dataset_info.json":
        pytest.skip("no records")
    assert errors(file) == REAL.get(file.name, set())


@pytest.mark.parametrize("file", sorted(SETS.glob("*.json*")), ids=lambda file: file.name)
def test_well_kept_sets_have_none(file: Path) -> None:
    assert errors(file) == set()


def test_schemas_of_tools_tell_real_slips() -> None:
    found = [each for each in all_of(FORMATS / "glaive_toolcall_zh_demo.json") if each.rule == "tool-schema"]
    told = {each.place.row: each.message for each in found if each.place is not None}
    assert told[22] == "the call of 'search_books': 'keywords' is missing, and required"
    assert "'cuisine' is '意大利', none of 'Italian'" in told[103]
