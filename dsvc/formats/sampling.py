"""The first records before and after a conversion, side by side: to look at before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.formats.conversion import Conversion


class Example(msgspec.Struct, frozen=True):
    """A record as it is, and the records that it becomes; ``problem``: why it becomes none."""

    before: bytes
    after: tuple[bytes, ...] = ()
    problem: str | None = None


def examples(lines: Iterable[bytes], conversion: Conversion | None) -> Iterator[Example]:
    """Records with what they become; ``conversion`` must be one that skips. Raises BadDataError for what is no JSON."""
    for line in lines:
        if line.isspace() or not line:
            continue
        if conversion is None:
            yield Example(line)
            continue
        left_out = conversion.left_out
        after = tuple(conversion.lines([line], ""))
        problem = None
        if conversion.left_out > left_out:
            problem = conversion.skipped[-1].message.partition(": ")[2]
        yield Example(line, after, problem)
