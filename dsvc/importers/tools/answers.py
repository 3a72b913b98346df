"""What people answered in an annotation tool: Label Studio's JSON, JSON-MIN and CSV, Doccano's JSONL.

Sources are read as the tools wrote them. What an answer means is for whoever asked; here it is a list of texts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from dsvc.errors import BadDataError
from dsvc.importers.tools import ANNOTATOR, record_of
from dsvc.importers.tools.doccano import NOBODY
from dsvc.importers.tools.label_studio import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.importers.source import Part, RecordSource

Tool = Literal["label-studio", "doccano"]
TITLES: Final[Mapping[str, str]] = {"label-studio": "Label Studio", "doccano": "Doccano"}
_LISTS: Final = ("choices", "text")


class Sheet(msgspec.Struct, frozen=True):
    """One person's work on one task; ``where`` is how messages call it.

    ``skipped``: the person said not to answer it; ``data`` is all that came back of the task, ``answers`` what was
    answered, by tag (in Doccano there is one, without a name).
    """

    tool: Tool
    where: str
    who: str | None
    data: Mapping[str, Any]
    answers: Mapping[str, Any]
    skipped: bool = False
    tags: tuple[str, ...] = ()
    """The tags that were answered to, where the tool tells them from other fields."""
    submitted: bool = True
    """Somebody did it for sure. JSON-MIN and CSV do not tell it from a task that was skipped, nor does Doccano, in the
    file of one of several people, from an example that nobody looked at."""

    def texts(self, tag: str) -> list[str]:
        """What was answered to a tag; nothing when it was not. Raises BadDataError for another kind of answer."""
        values = _flat(self.answers.get("" if self.tool == "doccano" else tag))
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise BadDataError(
                f"{self.where}: the answer to '{tag}' is neither a choice nor a text",
                hint="take it back as it was asked: the labelling interface must be the one that was handed out",
            )
        return [each for each in values if each]


def sheets(source: RecordSource) -> Iterator[Sheet | None]:
    """The work of all people, one after the other; None for a record that is none of a tool's."""
    is_table = source.read_as in ("csv", "tsv")
    several = len(source.parts) > 1
    for part in source.parts:
        for number, line in enumerate(part.lines(), 1):
            if not line.strip():
                continue
            record = record_of(line, part.called, number)
            where = f"{part.counted} {number:,} of '{part.called}'"
            yield from _sheets(_unfolded(record) if is_table else record, where, part if several else None)


def _sheets(record: dict[str, Any], where: str, person: Part | None) -> Iterator[Sheet | None]:
    """``person``: the part that is one person's, where there are several."""
    if isinstance(record.get("data"), dict) and isinstance(record.get("annotations"), list):
        yield from _annotations(record, where)
    elif "annotation_id" in record:
        who = name_of(record.get(ANNOTATOR))
        yield Sheet("label-studio", where, who, record, record, submitted=False)
    elif isinstance(record.get("label"), list):
        named = person.split if person is not None and person.split not in NOBODY else None
        yield Sheet("doccano", where, named, record, {"": record["label"]}, submitted=person is None)
    else:
        yield None


def _annotations(task: dict[str, Any], where: str) -> Iterator[Sheet]:
    """A sheet for each annotation of a task of Label Studio; one without an answer where there is none."""
    annotations = [each for each in task["annotations"] if isinstance(each, dict)]
    for annotation in annotations or [{}]:
        answers: dict[str, Any] = {}
        items = annotation.get("result")
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and isinstance(item.get("from_name"), str):
                answers[item["from_name"]] = [*answers.get(item["from_name"], []), item.get("value")]
        who = name_of(annotation.get("completed_by"))
        yield Sheet(
            "label-studio",
            where,
            who,
            task["data"],
            answers,
            skipped=bool(annotation.get("was_cancelled")),
            tags=tuple(answers),
            submitted=bool(annotation),
        )


def _flat(value: Any) -> Any:
    """Values as a list: one of JSON-MIN that stands alone, or in an object under the name of its control."""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        inner = next((value[name] for name in _LISTS if name in value), value)
        return [inner] if isinstance(inner, str) else inner
    if isinstance(value, list):
        return [each for item in value for each in ([item] if isinstance(item, str) else [*_each(_flat(item))])]
    return [value] if isinstance(value, str) else value


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unfolded(record: dict[str, Any]) -> dict[str, Any]:
    """A row of a table, in which answers of several values are JSON text."""
    return {key: _read(text) if not key.startswith("dsvc_") else text for key, text in record.items()}


def _read(text: Any) -> Any:
    if isinstance(text, str) and text[:2] in ('{"', "[{"):
        try:
            value = json.loads(text)
        except ValueError:
            return text
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict) and len(first) == 1 and isinstance(first.get(next(iter(first))), list):
            return value if next(iter(first)) in _LISTS else text
    return text
