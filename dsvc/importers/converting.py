"""A source whose records come in another shape than it has them: imported and converted in one step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.formats import Conversion, shape
from dsvc.formats.losing import LossError
from dsvc.formats.misfit import UnfitError
from dsvc.render.conversion_text import report_lines, unused_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.importers.source import Part, RecordSource


def in_shape(
    source: RecordSource, target: str, *, strict: bool = False, rename: Mapping[str, str] | None = None
) -> RecordSource:
    """The source with its records in the shape ``target``; what that lost is told when a part is read to its end,
    and what no part had to rename with the last of them.

    ``rename`` gives fields other names first. Raises UsageError for an unknown shape at once; while lines are read
    BadDataError for a record that cannot be written so, and at the end of a part, with ``strict``, LossError when
    something was lost.
    """
    shape(target)
    unused = _Unused(len(source.parts))

    def lines(number: int, part: Part) -> Iterator[bytes]:
        conversion = Conversion(target, rename=rename)
        try:
            yield from conversion.lines(part.lines(), part.called, counted=part.counted)
        except UnfitError as error:
            raise error.rename() from None
        in_vain = unused.after(number, conversion)
        if strict and conversion.told.lost_records:
            raise LossError(conversion)
        report = (*report_lines(conversion, part.called, None), *unused_lines(in_vain))
        source.told.extend([line for line in report if line not in source.told])

    return replace(
        source,
        parts=tuple(
            [
                replace(part, counted="record", lines=partial(lines, number, part))
                for number, part in enumerate(source.parts)
            ]
        ),
        metadata={**source.metadata, "converted_to": target, **({"renamed": dict(rename)} if rename else {})},
    )


class _Unused:
    """The fields to rename that no part has, which is known when all were read to their ends."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._found: dict[int, frozenset[str] | None] = {}

    def after(self, number: int, conversion: Conversion) -> frozenset[str]:
        """With the last one of several parts those of all; ``conversion`` itself, of one of them, tells none then."""
        if self._parts == 1:
            return frozenset()
        own = conversion.renaming.unused
        self._found[number] = frozenset(own) if conversion.records else None
        own.clear()
        each = [names for names in self._found.values() if names is not None]
        if len(self._found) < self._parts or not each:
            return frozenset()
        return frozenset.intersection(*each)
