"""Label Studio, JSON and JSON-MIN (https://labelstud.io/guide/export).

Of JSON each annotation becomes a record: the task's ``data``, an answer for each control tag, ``annotator``, and under
``label_studio`` everything else of the task and of the annotation, so that both can be put together again. A task
without annotations stays as a record without answers. JSON-MIN has such records already: they are taken as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.errors import BadDataError
from dsvc.importers.tools import ANNOTATOR, first_record, not_of, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.importers.source import Part, RecordSource

TITLE: Final = "Label Studio"
REST: Final = "label_studio"
_SINGLE: Final = {"choices": "choices", "textarea": "text"}
"""Types of results whose list of values is one value where the control allows no more."""
_PLAIN: Final = {"rating": "rating", "number": "number", "datetime": "datetime", "pairwise": "selected"}


def looks(record: dict[str, Any]) -> bool:
    """Whether a record looks like a task, or like a line of JSON-MIN."""
    return _is_task(record) or _is_min(record)


def _is_task(record: dict[str, Any]) -> bool:
    return isinstance(record.get("data"), dict) and isinstance(record.get("annotations"), list)


def _is_min(record: dict[str, Any]) -> bool:
    return {"annotation_id", "annotator", "lead_time"} <= record.keys()


def as_records(source: RecordSource) -> RecordSource:
    """The source with a record for each annotation."""
    first = next((found for part in source.parts if (found := first_record(part)) is not None), {})
    if _is_min(first):
        return replace(source, annotator_field=ANNOTATOR)
    parts = tuple(
        replace(part, counted="record", lines=_reader(part, source.told, source.read_as)) for part in source.parts
    )
    return replace(source, parts=parts, annotator_field=ANNOTATOR)


def _reader(part: Part, told: list[str], read_as: str) -> Callable[[], Iterator[bytes]]:
    def lines() -> Iterator[bytes]:
        from dsvc.formats.json_text import line_of

        several = {tag for _, task in _tasks(part, read_as) for tag in _with_several(task)}
        counts = dict.fromkeys(_COUNTED, 0)
        for number, task in _tasks(part, read_as):
            _count(task, counts)
            for record in _records(task, several, part.called, number, counts):
                yield line_of(record)
        for what, count in counts.items():
            sentence = f"{what} in '{part.called}': {count:,}"
            if count and sentence not in told:
                told.append(sentence)

    return lines


_CANCELLED: Final = f"cancelled annotations ({REST}.annotation.was_cancelled is true)"
_SEVERAL: Final = "tasks with several annotations (a record for each)"
_NONE: Final = "tasks without an annotation (a record without an answer for each)"
_CLASH: Final = f"answers with the name of a field of the task (they are in {REST}.annotation.result only)"
_COUNTED: Final = (_CANCELLED, _SEVERAL, _NONE, _CLASH)


def _count(task: dict[str, Any], counts: dict[str, int]) -> None:
    annotations = task["annotations"]
    counts[_CANCELLED] += sum(bool(each.get("was_cancelled")) for each in annotations)
    counts[_SEVERAL] += len(annotations) > 1
    counts[_NONE] += not annotations


def _tasks(part: Part, read_as: str) -> Iterator[tuple[int, dict[str, Any]]]:
    from dsvc.record import is_blank

    for number, line in enumerate(part.lines(), 1):
        if is_blank(line.removesuffix(b"\n")):
            continue
        task = record_of(line, part.called, number)
        if not _is_task(task) or not all(isinstance(each, dict) for each in task["annotations"]):
            raise not_of(part.called, number, TITLE, "'data' with 'annotations'", read_as)
        yield number, task


def _with_several(task: dict[str, Any]) -> Iterator[str]:
    """Tags that were answered with more or less than one value."""
    for annotation in task["annotations"]:
        for tag, items in _by_tag(annotation).items():
            if sum(len(_listed(item)) for item in items) != 1:
                yield tag


def _by_tag(annotation: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The results of an annotation that answer a control tag (relations between regions do not)."""
    found: dict[str, list[dict[str, Any]]] = {}
    results = annotation.get("result")
    for item in results if isinstance(results, list) else []:
        if isinstance(item, dict) and isinstance(item.get("from_name"), str) and isinstance(item.get("value"), dict):
            found.setdefault(item["from_name"], []).append(item)
    return found


def _listed(item: dict[str, Any]) -> list[Any]:
    values = item["value"].get(_SINGLE.get(str(item.get("type")), ""))
    return values if isinstance(values, list) else [values]


def _records(
    task: dict[str, Any], several: set[str], called: str, number: int, counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    data = task["data"]
    if taken := {ANNOTATOR, REST} & data.keys():
        raise BadDataError(
            f"cannot read record {number:,} of '{called}': its data has a field '{min(taken)}' of its own",
            hint="rename it in the export, or take the file as it is written: --from json",
        )
    rest = {key: value for key, value in task.items() if key not in ("data", "annotations")}
    if not task["annotations"]:
        yield {**data, REST: {"task": rest}}
    for annotation in task["annotations"]:
        answers = {tag: _answer(items, tag in several) for tag, items in _by_tag(annotation).items()}
        clashing = answers.keys() & {*data, ANNOTATOR, REST}
        counts[_CLASH] += len(clashing)
        answers = {tag: answer for tag, answer in answers.items() if tag not in clashing}
        who = name_of(annotation.get("completed_by"))
        yield {
            **data,
            **answers,
            **({ANNOTATOR: who} if who is not None else {}),
            REST: {"task": rest, "annotation": annotation},
        }


def _answer(items: list[dict[str, Any]], is_list: bool) -> Any:  # noqa: FBT001
    kind = str(items[0].get("type"))
    if kind in _SINGLE:
        values = [value for item in items for value in _listed(item)]
        return values if is_list else values[0]
    if kind in _PLAIN and len(items) == 1 and not is_list:
        return items[0]["value"].get(_PLAIN[kind])
    return [item["value"] for item in items]


def name_of(who: Any) -> str | None:
    """Who completed an annotation: the e-mail address where it is there, else the number."""
    if isinstance(who, dict):
        who = who.get("email") or who.get("username") or who.get("id")
    return str(who) if isinstance(who, str | int) and not isinstance(who, bool) and str(who).strip() else None
