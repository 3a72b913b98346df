"""The fields of an export, what each target makes of them, and the command line that says the same."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dsvc.errors import UsageError
from dsvc.exporters.registry import ANNOTATION_TOOLS, DESCRIPTIONS, FOLDERS, FORMATS, SUFFIXES, TRAINERS
from dsvc_tui.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository import Repository
    from dsvc.repository.export_plan import ExportPlan
    from dsvc.repository.exporting import Exported

YES: Final = "yes"
REASONING: Final = ("reasoning_content", "thinking", "reasoning", "think")
TARGETS: Final = tuple([name for name in FORMATS if name not in ANNOTATION_TOOLS])
"""What the screen offers; annotators need to be asked something, which the command line does."""
ABOUT: Final[Mapping[str, str]] = {
    "json": "a file: one JSON array",
    "jsonl": "a file: the very bytes that were committed",
    "csv": "a file: for a spreadsheet",
    "parquet": "a file: typed columns",
    "datasets": "a folder: for datasets.load_from_disk",
    "card": "a text about the version: README.md of the Hugging Face Hub",
    "croissant": "a text about the version: metadata of MLCommons",
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
}
"""Which targets have a use for a field; the others all of them."""
_FLAGS: Final[Mapping[str, tuple[str, str]]] = {
    "strict": ("strict", "--strict"),
    "skip": ("skip_unfit", "--skip-unfit"),
    "card": ("card", "--card"),
    "people": ("with_people", "--with-people"),
    "raw": ("raw", "--raw"),
    "overwrite": ("force", "--force"),
}
"""Fields that are answered with yes: the option, and how it is written."""
_VALUES: Final[Mapping[str, str]] = {"shape": "--shape", "name": "--name", "reasoning": "--reasoning"}
_LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "languages": ("languages", "--language"),
    "json_fields": ("json_fields", "--json-field"),
}


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

    def options(self) -> dict[str, Any]:
        """What the repository is told. Raises UsageError for an answer that is neither yes nor no."""
        found: dict[str, Any] = {name: getattr(self, name) for name in _VALUES if getattr(self, name)}
        for name, (option, _) in _FLAGS.items():
            answer = getattr(self, name)
            if answer and not self.is_on(name) and answer.lower() not in ("no", "n", "否"):
                raise UsageError(f"{name}: '{answer}' is neither yes nor no")
            found |= {option: True} if self.is_on(name) else {}
        found |= {option: _several(getattr(self, name)) for name, (option, _) in _LISTS.items() if getattr(self, name)}
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
            words += [word for each in _several(getattr(self, name)) for word in (option, each)]
        words += [option for name, (_, option) in _FLAGS.items() if self.is_on(name)]
        return shlex.join(words)


def _several(text: str) -> tuple[str, ...]:
    return tuple([each.strip() for each in text.replace("，", ",").split(",") if each.strip()])


def targets() -> list[tuple[str, str]]:
    """All formats and trainers, each with what it is."""
    from dsvc.exporters.trainers import trainer

    return [
        (name, f"a folder: for {trainer(name).title}" if name in TRAINERS else ABOUT.get(name, "")) for name in TARGETS
    ]


def plan(repository: Repository, wanted: Wanted) -> ExportPlan:
    """Look what would be written. Raises UsageError for a target that there is not, and what planning raises."""
    _require(wanted)
    return repository.plan_export(wanted.version, wanted.target, wanted.place or None, **wanted.options())


def write(repository: Repository, wanted: Wanted) -> Exported:
    """Write it. Raises UsageError when there is no place, and what an export raises."""
    _require(wanted)
    if not wanted.path:
        raise UsageError("where to?", hint="name a file or a folder in the field 'path'")
    return repository.export(wanted.version, wanted.target, wanted.place, **wanted.options())


def _require(wanted: Wanted) -> None:
    if wanted.target not in TARGETS:
        what = f"'{wanted.target}' is not a format that can be written" if wanted.target else "which format or trainer?"
        raise UsageError(what, hint=f"one of: {', '.join(TARGETS)}")


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
