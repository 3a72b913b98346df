"""Tasks that were handed out to annotators, imported as if they were records: a forgotten ``--update``."""

from __future__ import annotations

from contextlib import closing, suppress
from itertools import islice
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from dsvc.errors import DsvcError, ProtectedError
from dsvc.exporters.annotation.ticket import VERSION, read_ticket

if TYPE_CHECKING:
    from collections.abc import Generator

    from dsvc.exporters.annotation.ticket import HandedOut
    from dsvc.importers.source import Part, RecordSource
    from dsvc.repository.context import Context
    from dsvc.repository.versions import Current

_LOOKED_AT: Final = 1000
"""So many records of a part are looked at: a project may have tasks of its own beside those that were handed out."""
_MARK: Final = VERSION.encode()


def handed_out_in(source: RecordSource) -> HandedOut | None:
    """The version that tasks of a source were handed out from; None where it has none, or who imports named a format.

    What cannot be read is told when it is read.
    """
    if source.written_as is None:
        return None
    for part in source.parts:
        with suppress(DsvcError), closing(_lines(part)) as lines:
            for line in islice(lines, _LOOKED_AT):
                if _MARK in line and (found := _version_of(line)) is not None:
                    return found
    return None


def _lines(part: Part) -> Generator[bytes, None, None]:
    yield from part.lines()


def _version_of(line: bytes) -> HandedOut | None:
    from dsvc.record import parse

    with suppress(ValueError):  # BadTicketError is one, too
        ticket = read_ticket(_fields(parse(line)))
        return ticket.version if ticket is not None else None
    return None


def _fields(value: Any) -> dict[str, Any]:
    """What goes with a task: the fields of the record, or of its ``data`` in tasks of Label Studio as they went out."""
    if not isinstance(value, dict):
        return {}
    data = value.get("data")
    return data if VERSION not in value and isinstance(data, dict) else value


def refuse_tasks(
    ctx: Context, current: Current, handed: HandedOut | None, source: RecordSource, given: str, again: str
) -> None:
    """Raise ProtectedError when tasks would become the records of a dataset that holds none.

    ``again`` is the command that was given, without what says how the source is written.
    """
    if handed is None or _holds_tasks(ctx, current):
        return
    dataset = current.dataset
    is_its_own = any(entry.id == handed.id for entry in ctx.versions.all_known(dataset, ctx.git.head()))
    meant = f"if these are to be the records: dsvc {again} --from {source.written_as}"
    back = f"dsvc import {quote(given)} --into {quote(dataset.name if is_its_own else handed.name)} --update"
    raise ProtectedError(
        f"'{given}' holds tasks that were handed out from {handed}; they would become the records of '{dataset.name}'",
        hint=f"to take the answers back: {back}; {meant}",
    )


def _holds_tasks(ctx: Context, current: Current) -> bool:
    """Whether a version has tasks itself: somebody meant it then."""
    first = next(iter(ctx.versions.snapshot(current.dataset, current.entry)), None)
    return first is not None and _MARK in first.content
