"""Argilla 2, ``records.to_json`` and the flattened records of ``to_datasets`` (https://docs.argilla.io).

Of the first each person's responses become a record: the ``fields``, an answer for each question, ``annotator``, and
under ``argilla`` everything else. A record that nobody answered stays, without answers; suggestions are no answers.
Flattened records are taken as they are, with the people who responded in ``annotator``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.errors import BadDataError
from dsvc.importers.tools import ANNOTATOR, first_record, not_of, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.importers.source import Part, RecordSource

TITLE: Final = "Argilla"
REST: Final = "argilla"
_USERS: Final = ".responses.users"


def looks(record: dict[str, Any]) -> bool:
    """Whether a record looks like one of Argilla, nested or flattened."""
    return _is_nested(record) or any(key.endswith(_USERS) for key in record)


def _is_nested(record: dict[str, Any]) -> bool:
    return all(isinstance(record.get(name), dict) for name in ("fields", "responses", "suggestions"))


def as_records(source: RecordSource) -> RecordSource:
    """The source with a record for each person that responded."""
    parts = tuple(replace(part, counted="record", lines=_reader(part, source)) for part in source.parts)
    return replace(source, parts=parts, annotator_field=ANNOTATOR)


def _reader(part: Part, source: RecordSource) -> Callable[[], Iterator[bytes]]:
    def lines() -> Iterator[bytes]:
        from dsvc.formats.json_text import line_of
        from dsvc.record import is_blank

        first = first_record(part)
        nested = first is not None and _is_nested(first)
        if first is not None and not looks(first):
            raise not_of(part.called, 1, TITLE, "'fields', 'responses' and 'suggestions'", source.read_as)
        several = 0
        for number, line in enumerate(part.lines(), 1):
            if is_blank(line.removesuffix(b"\n")):
                continue
            record = record_of(line, part.called, number)
            if nested and not _is_nested(record):
                raise not_of(part.called, number, TITLE, "'fields', 'responses' and 'suggestions'", source.read_as)
            made = [*_by_person(record, part.called, number)] if nested else [_flat(record)]
            several += len(made) > 1
            for each in made:
                yield line_of(each)
        sentence = f"records with responses of several people (a record for each) in '{part.called}': {several:,}"
        if several and sentence not in source.told:
            source.told.append(sentence)

    return lines


def _by_person(record: dict[str, Any], called: str, number: int) -> Iterator[dict[str, Any]]:
    fields, responses = record["fields"], record["responses"]
    if taken := {ANNOTATOR, REST} & fields.keys():
        raise BadDataError(
            f"cannot read record {number:,} of '{called}': it has a field '{min(taken)}' of its own",
            hint="rename it in the export, or take the file as it is written: --from json",
        )
    rest = {key: value for key, value in record.items() if key not in ("fields", "responses")}
    people: dict[str | None, dict[str, list[Any]]] = {}
    for question, given in responses.items():
        for each in given if isinstance(given, list) else [given]:
            who = each.get("user_id") if isinstance(each, dict) else None
            people.setdefault(None if who is None else str(who), {}).setdefault(question, []).append(each)
    if not people:
        yield {**fields, REST: {**rest, "responses": responses}}
    for who, answers in people.items():
        values = {
            question: given[0].get("value")
            for question, given in answers.items()
            if question not in fields and question not in (ANNOTATOR, REST) and isinstance(given[0], dict)
        }
        named = {ANNOTATOR: who} if who is not None else {}
        yield {**fields, **values, **named, REST: {**rest, "responses": answers}}


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    people: dict[str, None] = {}
    for key, users in record.items():
        if key.endswith(_USERS) and isinstance(users, list):
            people.update(dict.fromkeys(str(user) for user in users if user is not None))
    return record if not people or ANNOTATOR in record else {**record, ANNOTATOR: [*people]}
