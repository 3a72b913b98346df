"""Label Studio: ``tasks.json`` to import, and ``config.xml``, the labelling interface.

Tasks and predictions: https://labelstud.io/guide/tasks and https://labelstud.io/guide/predictions; tags:
https://labelstud.io/tags. Control tags are called as our fields. The present values are predictions, which people see
as answers that they correct.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final
from xml.sax.saxutils import quoteattr

from dsvc.formats.json_text import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.exporters.annotation.labelled import Labelled
    from dsvc.exporters.annotation.tasks import Project, Task

TITLE: Final = "Label Studio"
TASKS: Final = "tasks.json"
CONFIG: Final = "config.xml"
_SHOWN: Final = "dsvc_shown"
"""What the first of the tags that show something is called."""


def write(project: Project, tasks: Iterable[Task], out: BinaryIO) -> int:
    """Write the tasks as one JSON array; how many there are."""
    number = 0
    for number, task in enumerate(tasks, 1):
        out.write((b"[\n" if number == 1 else b",\n") + task_line(project, task).rstrip(b"\n"))
    out.write(b"\n]\n")
    return number


def task_line(project: Project, task: Task) -> bytes:
    """A task as it stands in the array, as a line."""
    return line_of(_task(project, task))


def _task(project: Project, task: Task) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if project.shown.is_conversation:
        data["conversation"] = [{"author": said.who, "text": said.text} for said in task.said]
    else:
        data.update({_key(number): said.text for number, said in enumerate(task.said)})
    made: dict[str, Any] = {"data": {**data, **task.ticket.texts()}}
    result = [
        _result(field, answers) for field, answers in zip(project.fields, task.answers, strict=True) if any(answers)
    ]
    if result:
        made["predictions"] = [{"model_version": str(project.version), "result": result}]
    return made


def _result(field: Labelled, answers: tuple[str, ...]) -> dict[str, Any]:
    """An answer as the tool writes it: https://labelstud.io/tags/choices, https://labelstud.io/tags/textarea."""
    is_text = field.asked.kind == "text"
    return {
        "from_name": field.asked.tag,
        "to_name": _SHOWN,
        "type": "textarea" if is_text else "choices",
        "value": {"text" if is_text else "choices": [*answers]},
    }


def _key(number: int) -> str:
    return "text" if number == 0 else f"text_{number + 1}"


def config(project: Project) -> bytes:
    """The labelling interface."""
    return "\n".join(["<View>", *(f"  {line}" for line in _tags(project)), "</View>", ""]).encode(
        "utf-8", "xmlcharrefreplace"
    )


def _tags(project: Project) -> Iterator[str]:
    if project.shown.is_conversation:
        yield (f'<Paragraphs name="{_SHOWN}" value="$conversation" layout="dialogue" nameKey="author" textKey="text"/>')
    else:
        yield "<Style>.htx-text { white-space: pre-wrap; }</Style>"
        for number, name in enumerate(project.shown.fields):
            if len(project.shown.fields) > 1:
                yield f"<Header value={quoteattr(name)}/>"
            called = _SHOWN if number == 0 else f"{_SHOWN}_{number + 1}"
            yield f'<Text name="{called}" value="${_key(number)}"/>'
    for field in project.fields:
        yield f"<Header value={quoteattr(field.asked.field)}/>"
        yield from _control(field)


def _control(field: Labelled) -> Iterator[str]:
    name = f'name={quoteattr(field.asked.tag)} toName="{_SHOWN}"'
    if field.asked.kind == "text":
        yield f'<TextArea {name} rows="6" editable="true" maxSubmissions="1"/>'
        return
    how = "single" if field.asked.kind == "choice" else "multiple"
    yield f'<Choices {name} choice="{how}">'
    for text in field.choices:
        yield f"  <Choice value={quoteattr(text)}/>"
    yield "</Choices>"


def start(project: Project, folder: str) -> list[str]:
    """How to begin, line by line."""
    prelabel = [f"Settings > Annotation: 'Use predictions to prelabel tasks', {project.version}"]
    return [
        f"a new project; Settings > Labeling Interface > Code: the text of '{folder}/{CONFIG}'",
        f"Import: '{folder}/{TASKS}'",
        *(prelabel if project.filled else []),
        f"back: Export as JSON, then: dsvc import FILE --into {project.version.name} --update",
    ]
