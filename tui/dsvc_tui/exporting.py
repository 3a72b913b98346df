"""The fields of an export, what each target makes of them, and the command line that says the same."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dsvc.errors import UsageError
from dsvc.exporters.registry import ANNOTATION_TOOLS, DESCRIPTIONS, FOLDERS, FORMATS, SUFFIXES, TRAINERS
from dsvc.render.numbers import without_separators
from dsvc_tui.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository import Repository
    from dsvc.repository.exports.export import Exported
    from dsvc.repository.exports.plan import ExportPlan

YES: Final = "yes"
REASONING: Final = ("reasoning_content", "thinking", "reasoning", "think")
ABOUT: Final[Mapping[str, str]] = {
    "json": "a file: one JSON array",
    "jsonl": "a file: the very bytes that were committed",
    "csv": "a file: for a spreadsheet",
    "parquet": "a file: typed columns",
    "datasets": "a folder: for datasets.load_from_disk",
    "card": "a text about the version: README.md of the Hugging Face Hub",
    "croissant": "a text about the version: metadata of MLCommons",
    "label-studio": "a folder for annotators: tasks, and the labelling interface",
    "doccano": "a file for annotators: one example a line",
}
"""What the targets are that are no trainers."""
_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "shape": TRAINERS,
    "name": (*TRAINERS, *DESCRIPTIONS),
    "reasoning": TRAINERS,
    "strict": TRAINERS,
    "skip": TRAINERS,
    "card": FOLDERS,
    "json_fields": ("parquet", "datasets"),
    "raw": ("csv",),
    "label": ANNOTATION_TOOLS,
    "text": ANNOTATION_TOOLS,
    "choice": ANNOTATION_TOOLS,
    "free_text": ANNOTATION_TOOLS,
    "blank": ANNOTATION_TOOLS,
    "where": ANNOTATION_TOOLS,
    "range": ANNOTATION_TOOLS,
}
"""Which targets have a use for a field; the others all of them."""
FLAGS: Final[Mapping[str, tuple[str, str]]] = {
    "strict": ("strict", "--strict"),
    "skip": ("skip_unfit", "--skip-unfit"),
    "card": ("card", "--card"),
    "people": ("with_people", "--with-people"),
    "raw": ("raw", "--raw"),
    "free_text": ("free_text", "--free-text"),
    "blank": ("blank", "--blank"),
    "overwrite": ("force", "--force"),
}
"""Fields that are answered with yes: the option, and how it is written."""
_VALUES: Final[Mapping[str, str]] = {"shape": "--shape", "name": "--name", "reasoning": "--reasoning"}
_LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "languages": ("languages", "--language"),
    "json_fields": ("json_fields", "--json-field"),
    "label": ("labels", "--label"),
    "text": ("texts", "--text"),
    "choice": ("choices", "--choice"),
    "where": ("where", "--where"),
}
FIELDS_BY_OPTION: Final[Mapping[str, str]] = {
    "--to": "to",
    "-o": "path",
    "--range": "range",
    **{option: name for name, option in _VALUES.items()},
    **{option: name for name, (_, option) in _LISTS.items()},
}
"""What a hint may name, by the option of the command line."""
ANSWERS_BY_OPTION: Final[Mapping[str, str]] = {option: name for name, (_, option) in FLAGS.items()}
"""The same, of the fields that are answered with yes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fields, as they are typed."""

    to: str = ""
    path: str = ""
    version: str = ""
    shape: str = ""
    name: str = ""
    reasoning: str = ""
    strict: str = ""
    skip: str = ""
    card: str = ""
    languages: str = ""
    people: str = ""
    json_fields: str = ""
    raw: str = ""
    label: str = ""
    text: str = ""
    choice: str = ""
    free_text: str = ""
    blank: str = ""
    where: str = ""
    range: str = ""
    overwrite: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Wanted:
        """From texts by the names of the fields; those that the target has no use for do not count."""
        found = cls(**{field.name: texts.get(field.name, "").strip() for field in fields(cls)})
        return cls(**{name: getattr(found, name) if found.uses(name) else "" for name in cls.__slots__})

    @property
    def target(self) -> str:
        """The format or trainer; otherwise what the path tells."""
        return self.to or SUFFIXES.get(Path(self.path).suffix.lower(), "")

    @property
    def place(self) -> str:
        """The path, as the repository takes it."""
        return expanded(self.path)

    def uses(self, name: str) -> bool:
        """Whether the target has a use for a field."""
        if name in ("languages", "people"):
            return self.target in DESCRIPTIONS or (self.target in FOLDERS and self.is_on("card"))
        return name not in _FOR or self.target in _FOR[name]

    def is_on(self, name: str) -> bool:
        """Whether a field says yes."""
        return getattr(self, name).lower() in (YES, "y", "是")

    def several(self, name: str) -> tuple[str, ...]:
        """What a field lists, between commas; conditions between semicolons, because they may have commas in them."""
        text = getattr(self, name)
        text = text.replace("；", ";") if name == "where" else text.replace("，", ",")
        return tuple([each.strip() for each in text.split(";" if name == "where" else ",") if each.strip()])

    def options(self) -> dict[str, Any]:
        """What the repository is told. Raises UsageError for an answer that is neither yes nor no."""
        found: dict[str, Any] = {name: getattr(self, name) for name in _VALUES if getattr(self, name)}
        for name, (option, _) in FLAGS.items():
            answer = getattr(self, name)
            if answer and not self.is_on(name) and answer.lower() not in ("no", "n", "否"):
                raise UsageError(f"{name}: '{answer}' is neither yes nor no")
            found |= {option: True} if self.is_on(name) else {}
        found |= {option: self.several(name) for name, (option, _) in _LISTS.items() if getattr(self, name)}
        if self.range:
            found["rows"] = _rows(self.range)
        if "reasoning" in found and found["reasoning"] not in REASONING:
            raise UsageError(f"reasoning is not spelt '{self.reasoning}'", hint=f"one of: {', '.join(REASONING)}")
        return found

    def command_line(self) -> str:
        """What does the same on the command line."""
        words = ["dsvc", "export", self.version or "REV", *(["--to", self.to] if self.to else [])]
        words += ["-o", self.place or "PATH"]
        for name, option in _VALUES.items():
            words += [option, getattr(self, name)] if getattr(self, name) else []
        for name, (_, option) in _LISTS.items():
            words += [word for each in self.several(name) for word in (option, each)]
        words += ["--range", self.range.replace("：", ":")] if self.range else []
        words += [option for name, (_, option) in FLAGS.items() if self.is_on(name)]
        return shlex.join(words)


def _rows(text: str) -> tuple[int, int | None]:
    """``10:20``, ``10:``, ``:20`` or ``1,200``, both ends included. Raises UsageError for anything else."""
    ends = text.replace("：", ":").replace(" ", "").split(":")
    found = re.fullmatch(r"(\d*)(:?)(\d*)", ":".join(map(without_separators, ends)))
    if found is None or found[0] in ("", ":"):
        raise UsageError(f"range: '{text}' is not a range of rows", hint="write 10:20, 10: or :20")
    first = int(found[1] or 1)
    last = (int(found[3]) if found[3] else None) if found[2] else first
    if first < 1 or (last is not None and last < first):
        raise UsageError(f"range: '{text}' holds no rows", hint="rows count from 1: write 10:20, 10: or :20")
    return first, last


def targets() -> list[tuple[str, str]]:
    """All formats and trainers, each with what it is."""
    from dsvc.exporters.trainers import trainer

    return [
        (name, f"a folder: for {trainer(name).title}" if name in TRAINERS else ABOUT.get(name, "")) for name in FORMATS
    ]


def plan(repository: Repository, wanted: Wanted) -> ExportPlan:
    """Look what would be written. Raises UsageError for a target that there is not, and what planning raises."""
    _require(wanted)
    return repository.plan_export(wanted.version, wanted.target, wanted.place or None, **wanted.options())


def to_ask(repository: Repository, version: str) -> tuple[str, list[tuple[str, str]]]:
    """The field to name as what people fill in, and all that could be, each with what it would be.

    The field is empty where the shape of the records tells it, so that nobody has to, and where none has few values.
    """
    from dsvc.repository.annotation.plan import kind_text

    found = repository.askable(version)
    first = found[0] if found else None
    is_named = first is not None and not first.is_label and first.asked.asked.kind != "text"
    name = first.asked.asked.field if first is not None and is_named else ""
    return name, [(each.asked.asked.field, kind_text(each.asked)) for each in found]


def write(repository: Repository, wanted: Wanted) -> Exported:
    """Write it. Raises UsageError when there is no place, and what an export raises."""
    _require(wanted)
    if not wanted.path:
        raise UsageError("where to?", hint="name a file or a folder in the field 'path'")
    return repository.export(wanted.version, wanted.target, wanted.place, **wanted.options())


def _require(wanted: Wanted) -> None:
    if wanted.target not in FORMATS:
        what = f"'{wanted.target}' is not a format that can be written" if wanted.target else "which format or trainer?"
        raise UsageError(what, hint=f"one of: {', '.join(FORMATS)}")


def versions(repository: Repository) -> list[tuple[str, str]]:
    """All working files and versions, each with what it is."""
    found = []
    for dataset in repository.datasets():
        found.append((dataset.name, f"the working file {dataset.path}"))
        found += [
            (f"{dataset.name}@{entry.entry.number}", entry.entry.reason.strip().partition("\n")[0])
            for entry in repository.log(dataset.name)
        ]
    return found
