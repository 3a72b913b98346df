"""Doccano: one JSONL file to import (https://doccano.github.io/doccano/), for classification or sequence to sequence.

``text`` is what people see, ``label`` the present answers as a list. Further keys become the example's metadata, which
Doccano exports flat beside ``text`` and ``label``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from dsvc.errors import UsageError
from dsvc.exporters.annotation.shown import NO_TEXT
from dsvc.formats.json_text import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.exporters.annotation.tasks import Project, Task

TITLE: Final = "Doccano"
_MOST_NAMED: Final = 30


def check(project: Project) -> None:
    """Raise UsageError when more is asked for than Doccano can."""
    if len(project.fields) > 1:
        raise UsageError("Doccano asks for one field", hint="name one: --label FIELD, or take --to label-studio")


def write(project: Project, tasks: Iterable[Task], out: BinaryIO) -> int:
    """Write an example for each task; how many there are."""
    count = 0
    for task in tasks:
        out.write(task_line(project, task))
        count += 1
    return count


def task_line(project: Project, task: Task) -> bytes:
    """The example that a task is, as a line."""
    return line_of({"text": _text(project, task), "label": [*task.answers[0]], **task.ticket.texts()})


def _text(project: Project, task: Task) -> str:
    if len(task.said) == 1 and not project.shown.is_conversation:
        text = task.said[0].text
    else:
        text = "\n\n".join([f"{said.who}: {said.text}" if said.who else said.text for said in task.said])
    return text if text.strip() else NO_TEXT


def start(project: Project, file: str) -> list[str]:
    """How to begin, line by line."""
    (field,) = project.fields
    is_text = field.asked.kind == "text"
    kind = "'Sequence to Sequence'" if is_text else "'Text Classification'"
    single = ", with 'Allow single label'" if field.asked.kind == "choice" else ""
    labels = ", ".join(field.choices[:_MOST_NAMED]) + (" …" if len(field.choices) > _MOST_NAMED else "")
    return [
        f"a new project, {kind}{single}",
        f"Import Dataset: JSONL, '{file}', Column Data: text, Column Label: label",
        *([] if is_text else [f"its labels: {labels}"]),
        f"back: Export Dataset as JSONL, then: dsvc import FILE --into {project.version.name} --update",
    ]
