"""A source whose records come in another shape than it has them: imported and converted in one step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.formats import Conversion, shape
from dsvc.formats.losing import LossError
from dsvc.formats.misfit import UnfitError
from dsvc.render.conversion_text import report_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.importers.source import Part, RecordSource


def in_shape(
    source: RecordSource, target: str, *, strict: bool = False, rename: Mapping[str, str] | None = None
) -> RecordSource:
    """The source with its records in the shape ``target``; what that lost is told when a part is read to its end.

    ``rename`` gives fields other names first. Raises UsageError for an unknown shape at once; while lines are read
    BadDataError for a record that cannot be written so, and at the end of a part, with ``strict``, LossError when
    something was lost.
    """
    shape(target)

    def lines(part: Part) -> Iterator[bytes]:
        conversion = Conversion(target, rename=rename)
        try:
            yield from conversion.lines(part.lines(), part.called, counted=part.counted)
        except UnfitError as error:
            raise error.rename() from None
        if strict and conversion.told.lost_records:
            raise LossError(conversion)
        source.told.extend([line for line in report_lines(conversion, part.called, None) if line not in source.told])

    return replace(
        source,
        parts=tuple([replace(part, counted="record", lines=partial(lines, part)) for part in source.parts]),
        metadata={**source.metadata, "converted_to": target, **({"renamed": dict(rename)} if rename else {})},
    )
