"""A conflict between annotators' answers and what a record has now, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.render.json_text import json_text
from dsvc.render.safe_text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Protocol

    class Conflict(Protocol):
        """What is told of a conflict."""

        @property
        def record(self) -> str: ...  # noqa: D102
        @property
        def field(self) -> str: ...  # noqa: D102
        @property
        def why(self) -> str: ...  # noqa: D102
        @property
        def file(self) -> str | None: ...  # noqa: D102
        @property
        def row(self) -> int | None: ...  # noqa: D102
        @property
        def base(self) -> Any: ...  # noqa: D102
        @property
        def ours(self) -> Any: ...  # noqa: D102
        @property
        def theirs(self) -> Sequence[tuple[str | None, Any]]: ...  # noqa: D102


_WHY: Final[Mapping[str, str]] = {
    "changed": "was changed on both sides",
    "people": "people disagree",
    "several": "several answers where one was asked for",
    "rewritten": "the record was rewritten after it was handed out",
    "gone": "the record is gone",
    "no place": "what the field was in has another value now",
}
_MOST_COLUMNS: Final = 60


def conflict_lines(conflict: Conflict) -> Iterator[str]:
    """Which record and field, why, and the values: as handed out, as it is now, as each person answered."""
    place = "" if conflict.row is None else f"{safe(str(conflict.file))} row {conflict.row:,}, "
    yield f"{place}{conflict.record[:12]}{_turn(conflict.record)}, {safe(conflict.field)}: {_WHY[conflict.why]}"
    yield f"    base    {_value(conflict.base)}"
    if conflict.why != "gone":
        yield f"    ours    {_value(conflict.ours)}"
    for who, value in conflict.theirs:
        yield f"    theirs  {_value(value)}{f'  ({safe(who)})' if who is not None else ''}"


def _turn(record: str) -> str:
    return f"#{record.partition('#')[2]}" if "#" in record else ""


def _value(value: Any) -> str:
    return fit(safe(json_text(value)), _MOST_COLUMNS).rstrip() if value is not None else "(not filled)"
