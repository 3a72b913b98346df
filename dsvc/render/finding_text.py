"""What ``fsck`` found, as text and for JSON: the stored file, who needs it, and the records that are affected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.render.numbers import plural
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.results import DamagedRecords, Finding

_MOST_RANGES = 6
_MOST_VERSIONS = 8
_MOST_GROUPS = 3


def finding_lines(found: Finding) -> Iterator[str]:
    """One line for the stored file, one for each group of records that cannot be read, few of them."""
    versions = f" (needed by {_some(found.versions)})" if found.versions else ""
    outcome = " - repaired" if found.repaired else ""
    yield safe(f"{found.dataset.name}: {found.file}: {found.problem}{versions}{outcome}")
    for group in found.records[:_MOST_GROUPS]:
        where = "" if group.file == found.dataset.path else f"'{group.file}' in "
        yield safe(f"    {_ranges_text(group)} of {where}{found.dataset.name}@{_some(group.versions)}")
    if len(found.records) > _MOST_GROUPS:
        shown = {version for group in found.records[:_MOST_GROUPS] for version in group.versions}
        others = {version for group in found.records[_MOST_GROUPS:] for version in group.versions} - shown
        more = plural(len(others), "more version") if others else "more files of these versions"
        yield f"    and records of {more}: --json names all"


def finding_fields(found: Finding) -> dict[str, object]:
    """A finding for JSON; ranges hold their first and their last number, from 1."""
    return {
        "dataset": found.dataset.name,
        "file": found.file,
        "problem": found.problem,
        "versions": list(found.versions),
        "records": [
            {
                "file": group.file,
                "unit": group.unit,
                "ranges": [list(pair) for pair in group.ranges],
                "versions": list(group.versions),
            }
            for group in found.records
        ],
        "repaired": found.repaired,
    }


def _ranges_text(group: DamagedRecords) -> str:
    """``records 3, 1,201-1,455 and 12 more places``."""
    shown = [f"{first:,}" if first == last else f"{first:,}-{last:,}" for first, last in group.ranges[:_MOST_RANGES]]
    one = len(group.ranges) == 1 and group.ranges[0][0] == group.ranges[0][1]
    more = len(group.ranges) - len(shown)
    rest = f" and {more:,} more {'place' if more == 1 else 'places'}" if more else ""
    return f"{group.unit}{'' if one else 's'} {', '.join(shown)}{rest}"


def _some(versions: tuple[str, ...]) -> str:
    """The first versions by name, the others as a number."""
    more = len(versions) - _MOST_VERSIONS
    shown = ", ".join(versions if more <= 0 else versions[:_MOST_VERSIONS])
    return f"{shown} and {more:,} more" if more > 0 else shown
