"""What came back from annotators, by the version and the record that it is about."""

from __future__ import annotations

from collections import Counter
from shlex import quote
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import BadDataError, UsageError
from dsvc.exporters.annotation.ticket import FIELDS, RECORD, VERSION, BadTicketError, read_ticket
from dsvc.importers.tools.answers import sheets

if TYPE_CHECKING:
    from dsvc.exporters.annotation.ticket import Asked, Fields, HandedOut, Ticket
    from dsvc.importers.source import RecordSource
    from dsvc.importers.tools.answers import Sheet, Tool
    from dsvc.manifest import LedgerEntry

    Places = dict[str, "Returned"]


class Reply(msgspec.Struct, frozen=True):
    """One person's answer to one field of one record, as texts.

    ``is_voice``: somebody gave it for sure; Doccano gives back the labels that were handed out like any others.
    """

    who: str | None
    texts: tuple[str, ...]
    is_voice: bool


class Returned(msgspec.Struct):
    """All that came back about one record; ``where`` is the first place, as messages call it."""

    where: str
    replies: dict[Asked, list[Reply]]
    empty: set[Asked] = msgspec.field(default_factory=set)
    """Fields that were handed out with their values, and that somebody gave back without one."""


class Replies(msgspec.Struct):
    """All that came back. The answers are held in memory: there are as many as people gave.

    ``skipped`` are annotations that people cancelled, ``strangers`` tasks that nobody handed out.
    """

    tool: Tool
    versions: dict[HandedOut, Places]
    asked: dict[HandedOut, dict[Fields, str]] = msgspec.field(default_factory=dict)
    """What the tasks say was asked, each with the first place that says it."""
    skipped: int = 0
    strangers: int = 0
    unasked: Counter[str] = msgspec.field(default_factory=Counter)
    """How many answers there are to other tags of Label Studio than those that were handed out."""
    nameless: bool = False
    """Whether the tool does not say of all answers whose they are."""


def read_replies(source: RecordSource, given: str) -> Replies:
    """Read all answers of a source. ``given`` is how the user calls it.

    Raises BadDataError for what was not handed out like this, UsageError when nothing in it was handed out at all.
    """
    found: Replies | None = None
    strangers = 0
    for sheet in sheets(source):
        ticket = _ticket(sheet) if sheet is not None else None
        if sheet is None or ticket is None:
            strangers += 1
            continue
        if found is None:
            found = Replies(sheet.tool, {})
        _take(found, sheet, ticket)
    if found is None:
        raise _nothing_of_ours(source, given)
    found.strangers = strangers
    return found


def _ticket(sheet: Sheet) -> Ticket | None:
    try:
        return read_ticket(sheet.data)
    except BadTicketError as error:
        text = error.text if isinstance(error.text, str) and error.text else "nothing"
        raise BadDataError(
            f"{sheet.where}: '{error.field}' is not what was handed out, but {text[:60]}",
            hint="export it from the tool anew: these fields tell which record an answer is for",
        ) from None


def require_sealed(replies: Replies, version: HandedOut, entry: LedgerEntry) -> None:
    """Raise BadDataError when tasks ask for something else than this version was handed out for."""
    for fields, where in replies.asked.get(version, {}).items():
        if fields.sealed(version, entry.layout) != fields:
            named = ", ".join([f"'{each.field}'" for each in fields.asked])
            raise BadDataError(
                f"{where}: '{FIELDS}' is not what was handed out, so {named} may not be filled in",
                hint="export it from the tool anew; tasks that were changed in between: hand them out anew",
            )


def _take(found: Replies, sheet: Sheet, ticket: Ticket) -> None:
    found.skipped += sheet.skipped
    found.asked.setdefault(ticket.version, {}).setdefault(ticket.fields, sheet.where)
    places = found.versions.setdefault(ticket.version, {})
    returned = places.setdefault(ticket.record, Returned(sheet.where, {}))
    if not sheet.skipped:
        found.unasked.update([tag for tag in sheet.tags if tag not in {asked.tag for asked in ticket.fields.asked}])
    for asked in ticket.fields.asked:
        replies = returned.replies.setdefault(asked, [])
        texts = [] if sheet.skipped else sheet.texts(asked.tag)
        if not texts and sheet.submitted and not sheet.skipped and ticket.fields.filled:
            returned.empty.add(asked)
        if texts:
            found.nameless = found.nameless or sheet.who is None
            is_voice = sheet.tool != "doccano" or not ticket.fields.filled
            replies.append(Reply(sheet.who, tuple(texts), is_voice))


def _nothing_of_ours(source: RecordSource, given: str) -> UsageError:
    from dsvc.importers.tools import first_record

    for part in source.parts:
        first = first_record(part)
        data = first.get("data") if first is not None else None
        if isinstance(data, dict) and RECORD in data:
            return UsageError(
                f"'{given}' holds tasks without annotations: it is what was handed out",
                hint="take what the tool exports: Export > JSON",
            )
        if first is not None and VERSION in first:
            return UsageError(
                f"'{given}' holds no answers as Label Studio or Doccano export them",
                hint="export JSON, JSON-MIN or CSV from Label Studio, JSONL from Doccano",
            )
    return UsageError(
        f"'{given}' does not say which records it is about: none of its tasks was handed out by dsvc",
        hint=f"to make it the content of a dataset: dsvc import {quote(given)} --as NAME",
    )
