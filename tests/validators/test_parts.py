"""Looking only at lines that differ tells the same as looking at all of them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsvc
from dsvc.diff.layout_diff import subtract
from dsvc.validators.comparison import compare, part_of
from dsvc.validators.identity import identity_of
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from dsvc.validators.settings import ValidateSettings, located

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RULES = "[[rule]]\nid = 'bad'\npattern = 'bad'\n"
records = st.lists(st.sampled_from(["bad 1", "bad 2", "坏 bad", "good 1", "good 2", "好"]), max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "rules.toml").write_text(RULES)
    return folder


def write(path: Path, texts: Sequence[str], *, ended: bool) -> None:
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    path.write_text("\n".join(lines) + ("\n" if ended and lines else ""), "utf-8")


@given(before=records, after=records, ended=st.tuples(st.booleans(), st.booleans()))
def test_parts_tell_what_the_whole_tells(
    folder: Path, before: list[str], after: list[str], ended: tuple[bool, bool]
) -> None:
    write(folder / "old.jsonl", before, ended=ended[0])
    write(folder / "new.jsonl", after, ended=ended[1])
    changes = dsvc.diff_paths(folder / "old.jsonl", folder / "new.jsonl")
    selection = Selection(located(ValidateSettings(patterns=("rules.toml",)), folder), only=("bad",))
    found = subtract(changes.old, changes.new)
    sides = [
        (changes.old, part_of(changes.old, found.old_files, found.old)),
        (changes.new, part_of(changes.new, found.new_files, found.new)),
    ]
    whole = [list(Validation(snapshot, selection, processes=1)) for snapshot, _ in sides]
    parts = [[*map(part.in_whole, Validation(part.snapshot, selection, processes=1))] for _, part in sides]
    for all_of_it, some, (snapshot, _) in zip(whole, parts, sides, strict=True):
        assert {*some} <= {*all_of_it}, "each stands where it stands in the whole"
        for finding in some:
            assert finding.place is not None
            assert snapshot.record(finding.place.row).id == finding.record
    slow, fast = compare(*whole), compare(*parts)
    for one, other in ((slow.introduced, fast.introduced), (slow.solved, fast.solved)):
        assert Counter(map(identity_of, one)) == Counter(map(identity_of, other))
    expected = Counter(text for text in after if "bad" in text) - Counter(text for text in before if "bad" in text)
    assert len(fast.introduced) == expected.total()
