"""The records of a version as tasks for annotators: two passes over them.

The first pass looks at all records: which values the fields have, and which records are equal. So the name of a record
and the choices are the same whichever records are picked. Ids are kept, 16 bytes each.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.conditions import condition
from dsvc.conditions.fields import field
from dsvc.equal_records import RecordIds
from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.exporters.annotation.labelled import Labelled, Values, labelled, texts_of
from dsvc.exporters.annotation.shown import Said, Shown, shown
from dsvc.exporters.annotation.ticket import Fields, HandedOut, Ticket
from dsvc.formats.detection import Census, detect
from dsvc.formats.registry import shape
from dsvc.record import check_record, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.snapshot import Record, Snapshot

    Progress = Callable[[int], None] | None


_MOST_LOOKED_AT: Final = 1000
"""Records whose shapes are looked at; what does not have theirs is shown as it is."""


class HandOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed out, and how.

    ``texts``: fields that people see; ``labels``: fields that they fill; ``choices``: values to choose from besides
    those that are there; ``free_text``: no choices; ``blank``: without the present values. ``where`` are conditions
    (:mod:`dsvc.conditions`) that all hold, ``rows`` the first and the last row (from 1, through all files), ``only``
    the names of the records that may be picked (None: all).
    """

    texts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    free_text: bool = False
    blank: bool = False
    where: tuple[str, ...] = ()
    rows: tuple[int, int | None] | None = None
    only: frozenset[str] | None = None


class Task(msgspec.Struct, frozen=True):
    """One record for an annotator: what comes back with it, what is seen, and the present answers by field."""

    ticket: Ticket
    said: list[Said]
    answers: tuple[tuple[str, ...], ...]


class Project(msgspec.Struct, frozen=True):
    """What all tasks have in common: what was handed out, the digest of its layout, ``fields`` that are asked for."""

    version: HandedOut
    layout: str
    shown: Shown
    fields: tuple[Labelled, ...]
    absent: tuple[str, ...]
    """Fields that no record has filled: new ones, or slips of the pen."""
    filled: bool
    _ids: RecordIds
    _how: HandOut

    def tasks(self, snapshot: Snapshot, progress: Progress = None) -> Iterator[Task]:
        """A task for each record that is picked. Raises NotFoundError when none is."""
        return (task for _, task in self.picked(snapshot, progress))

    def picked(self, snapshot: Snapshot, progress: Progress = None) -> Iterator[tuple[Record, Task]]:
        """Each record that is picked, with its task. Raises NotFoundError when none is."""
        asked = Fields(tuple(each.asked for each in self.fields), self.filled).sealed(self.version, self.layout)
        holds = [condition(text).holds for text in self._how.where]
        first, last = self._how.rows or (1, None)
        none = True
        for row, (record, name) in enumerate(zip(snapshot, self._ids.names(), strict=True), 1):
            if progress is not None:
                progress(len(record.content) + 1)
            if row < first or (last is not None and row > last) or not all(each(record.content) for each in holds):
                continue
            if self._how.only is not None and name not in self._how.only:
                continue
            none = False
            value = _value(record)
            answers = tuple(
                () if not self.filled else tuple(texts_of(field(value, each.asked.steps))) for each in self.fields
            )
            yield record, Task(Ticket(name, self.version, asked), self.shown.said(value), answers)
        if none:
            raise NotFoundError(f"'{snapshot.name}' has no record that is picked", hint="look at --where and --range")


def project(snapshot: Snapshot, version: HandedOut, layout: str, how: HandOut, progress: Progress = None) -> Project:
    """Look at all records of a version (and the digest of its layout), and decide what people see and fill in.

    Raises UsageError where nothing tells it, BadDataError (file, line) for what no tool can ask for.
    """
    for text in how.where:
        condition(text)
    records = iter(snapshot)
    first = next(records, None)
    if first is None:
        raise NotFoundError(f"'{snapshot.name}' has no record")
    labels = how.labels or (_label_of(_value(first), snapshot.name),)
    if len(labels) > 1 and (how.choices or how.free_text):
        raise UsageError("--choice and --free-text are about one field", hint="name one: --label FIELD")
    if how.choices and how.free_text:
        raise UsageError("--choice names choices, and --free-text wants none", hint="take one of them")
    values = [Values(path) for path in dict.fromkeys(labels)]
    census, ids = Census(), RecordIds()
    for record in chain([first], records):
        if progress is not None:
            progress(len(record.content) + 1)
        value = _value(record)
        for each in values:
            each.add(value, record.file, record.line)
        if not how.texts and ids.count < _MOST_LOOKED_AT:
            census.add(detect(value).equal)
        ids.note(record.id)
    shapes = [name for name, _, _ in census.counts() if name is not None] if not how.texts else []
    seen = shown(shapes, _value(first), how.texts, labels)
    known = not how.labels
    fields: list[Labelled] = []
    for each in values:
        taken = [one.asked.tag for one in fields]
        fields.append(labelled(each, taken, choices=how.choices, free_text=how.free_text, known=known))
    absent = tuple([each.path for each in values if not each.lists + each.single])
    return Project(version, layout, seen, tuple(fields), absent, not how.blank, ids, how)


def _label_of(value: Any, name: str) -> str:
    """The field that the shape of a record says is its label."""
    found = detect(value)
    if found.shape is not None and shape(found.shape).kind == "labels":
        return "label"
    raise UsageError(
        "which field shall people fill in?",
        hint=f"name it: --label FIELD (the first record of '{name}' has: {', '.join(value) or 'none'})",
    )


def _value(record: Record) -> Any:
    try:
        return parse(record.content)
    except ValueError as error:
        check_record(record.content, name=record.file, line_number=record.line)
        raise BadDataError(f"cannot read record at '{record.file}:{record.line}': {error}") from None
