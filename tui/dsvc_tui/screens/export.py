"""Export: what a target makes of a version, what that loses, which files it writes, and writing them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import dsvc
from dsvc.exporters.registry import ANNOTATION_TOOLS, FOLDERS, TRAINERS
from dsvc.formats.losing import LossError
from dsvc.render.numbers import plural, size
from dsvc_tui.actions import key_name
from dsvc_tui.exporting import (
    ANSWERS_BY_OPTION,
    FIELDS_BY_OPTION,
    FLAGS,
    REASONING,
    YES,
    Wanted,
    plan,
    targets,
    to_ask,
    versions,
    write,
)
from dsvc_tui.messages import Target
from dsvc_tui.paths import PathSuggester, entries
from dsvc_tui.screens.transfer import TransferScreen
from dsvc_tui.widgets.before_after import BeforeAfter
from dsvc_tui.work import StoppedError, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dsvc.repository.exports.export import Exported
    from dsvc.repository.exports.plan import ExportPlan
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part
    from dsvc_tui.widgets.fields import Field

_MOST_FILES: Final = 8
_YES_OR_NO: Final = ((YES, ""), ("no", ""))


class ExportScreen(TransferScreen):
    """A form around the first records, before and after."""

    NAME: ClassVar[str] = "export"
    LEADING: ClassVar[int] = 2
    BY_OPTION: ClassVar[Mapping[str, str]] = FIELDS_BY_OPTION
    ANSWERS: ClassVar[Mapping[str, str]] = ANSWERS_BY_OPTION
    FIELDS: ClassVar[Mapping[str, str]] = {
        "to": "a format or a trainer; otherwise what the path ends in",
        "path": "the file or the folder to write",
        "version": "a version, or a dataset: its working file",
        "shape": "what the trainer reads best; or another shape that it reads",
        "name": "what trainers call it; otherwise the dataset's name",
        "reasoning": "as it is; or how messages spell it",
        "strict": "yes: write nothing when something would be lost",
        "skip": "yes: leave out records that cannot be written",
        "card": "yes: add a dataset card (README.md)",
        "languages": "for the card: zh, en",
        "people": "yes: also names of people and internal addresses in the card",
        "json_fields": "fields that become JSON text",
        "label": "what people fill in: intent, meta.intent, messages[-1].content",
        "text": "what people see; otherwise what the shape of the records says",
        "choice": "choices that no record has yet",
        "free_text": "yes: a text to write, whatever values there are",
        "blank": "yes: people do not see the present values",
        "where": "only some of the records: lang=zh; turns>3",
        "range": "only these rows: 1:100",
        "raw": "yes: no ' before texts that a spreadsheet would run as a formula",
        "overwrite": "yes: what is there; never a working file",
    }

    def on_mount(self) -> None:
        """Look what the target that is named would be."""
        self.plan: ExportPlan | None = None
        self._planned: Wanted | None = None
        self._versions: Sequence[tuple[str, str]] = ()
        self._targets = targets()
        self._askable: Sequence[tuple[str, str]] = ()
        self._asked_of: str | None = None
        super().on_mount()
        self.field("path").line.suggester = PathSuggester(self.session.folder)
        self.look_again()

    def show_target(self, target: Target) -> None:
        """Another version."""
        self.target = target
        self.look_again()

    def look_again(self) -> None:
        """Look anew what would be written."""
        self._planned = self._asked_of = None
        self.in_background(partial(self._find, self.target.revision), self._found, group="versions")

    def _find(self, named: str | None) -> tuple[Sequence[tuple[str, str]], str]:
        found = versions(self.session.repository)
        if named is None and len({name.partition("@")[0] for name, _ in found}) == 1:
            named = found[1][0] if len(found) > 1 else found[0][0]
        return found, named or ""

    def _found(self, found: tuple[Sequence[tuple[str, str]], str]) -> None:
        self._versions, named = found
        if named and (self.target.revision is not None or not self.field("version").value):
            self.field("version").value = named
        for name in self.FIELDS:
            if self.choices(name) and name != "path":
                self.field(name).offer([text for text, _ in self.choices(name)])
        self.typed()
        self.show()

    @property
    def wanted(self) -> Wanted:
        """What is written in the fields that the target has a use for."""
        return Wanted.of({name: self.field(name).value for name in self.FIELDS})

    # Looking

    def typed(self) -> None:
        """Look anew what would be written when something else is wanted."""
        wanted = self.wanted
        if self.work is not None or not wanted.target or not wanted.version or wanted == self._planned:
            return
        if wanted.target in ANNOTATION_TOOLS and self._asked_of != wanted.version:
            self._asked_of = wanted.version
            self.in_background(partial(to_ask, self.session.repository, wanted.version), self._ask, group="ask")
            return
        self._planned, self.plan = wanted, None
        self.tell([])
        if self.counting is not None:
            self.counting.stop()
        self.counting = Work("looking")
        self.in_background(partial(self._plan, wanted, self.counting), self._show_plan, group="plan")
        self.show()

    def _ask(self, found: tuple[str, Sequence[tuple[str, str]]]) -> None:
        """The likeliest field is asked for, unless another one was named."""
        likely, self._askable = found
        if not self.field("label").value:
            self.field("label").value = likely
        self.field("label").offer([name for name, _ in self._askable])
        self.typed()

    def _plan(self, wanted: Wanted, work: Work) -> ExportPlan:
        return plan(dsvc.open(self.session.folder, progress=work.report), wanted)

    def _show_plan(self, found: ExportPlan) -> None:
        self.plan, self.counting = found, None
        target = found.conversion.target.name if found.conversion is not None else None
        if found.asked:
            target = f"a task for {self.wanted.target}"
        self.query_one(BeforeAfter).show_examples(found.examples, target)
        self.show()

    def failed(self, error: Exception) -> None:
        """What was lost is told, too."""
        if self.plan is None or not isinstance(error, StoppedError):
            self._planned = None
        super().failed(error)
        if isinstance(error, LossError):
            from dsvc.render.conversion_text import report_lines

            lines = [("", f"\n{line}") for line in report_lines(error.conversion, self.wanted.version, None)]
            self.tell([("warning", f"! {self.in_fields(str(error))}"), *lines])

    # What is shown

    def heading(self) -> list[Part]:
        """What into what."""
        wanted = self.wanted
        return [("strong", wanted.version or "…"), ("dim", f"  → {wanted.target or '…'}  {wanted.path}")]

    def names(self) -> Mapping[str, str]:
        """The version as the command line knows it."""
        return {"revision": self.wanted.version or "REV"}

    def place(self) -> Target:
        """The version that is shown."""
        return Target(revision=self.wanted.version or None)

    def command_line(self, action: Action) -> str:
        """With all that is typed."""
        return self.wanted.command_line() if action.id == "export.write" else super().command_line(action)

    def show(self) -> None:
        """Only the fields that the target has a use for."""
        if self.is_mounted:
            wanted = self.wanted
            for name in self.FIELDS:
                self.field(name).display = wanted.uses(name)
        super().show()

    def facts_shown(self) -> list[Part]:
        """What would be written."""
        if self.plan is None:
            return self.counting.parts() if self.counting is not None else [("dim", "name a target, and a path")]
        return [*self._facts_shown(self.plan)]

    def _facts_shown(self, found: ExportPlan) -> Iterator[Part]:
        yield ("strong", f"{plural(found.records, 'record')}  ")
        yield ("", f"{size(found.bytes)}  of {found.revision}")
        for line in found.asked:
            yield ("", f"\n{line}")
        if found.conversion is not None:
            from dsvc.render.conversion_text import report_lines

            for line in map(self.in_fields, report_lines(found.conversion, found.revision, None)):
                yield ("warning" if line.startswith(("lost", "left out")) else "", f"\n{line}")
        if found.files:
            more = len(found.files) - _MOST_FILES
            yield ("strong", "\nwrites  ")
            yield ("", "\n        ".join([self._near(path) for path in found.files[:_MOST_FILES]]))
            yield ("dim", f"\n        and {more:,} more" if more > 0 else "")
        if found.refusal is not None:
            yield ("warning", f"\n! {self.in_fields(str(found.refusal))}")
            yield ("dim", f"\nhint: {self._hint(found)}")

    def _near(self, path: Path) -> str:
        """A path as it is called from here."""
        folder = self.session.folder
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)

    def _hint(self, found: ExportPlan) -> str:
        hint = found.refusal.hint if found.refusal is not None else None
        return self.in_fields(hint or "look at the fields")

    def statement(self) -> list[Part]:
        """What Ctrl+S does."""
        wanted = self.wanted
        if not (wanted.target and wanted.version and wanted.path):
            lacking = "a target" if not wanted.target else "a version" if not wanted.version else "a path"
            return [("dim", f"{lacking} is to be named first\n"), ("dim", f"same as: {wanted.command_line()}")]
        key = key_name(self.asking_key("export.write"))
        what = "the folder " if wanted.target in (*FOLDERS, "label-studio") else ""
        return [
            ("key", key),
            ("", f" writes {wanted.version} for {wanted.target} into {what}'{wanted.path}', all of it or nothing\n"),
            ("dim", f"same as: {wanted.command_line()}"),
        ]

    def choices(self, name: str) -> Sequence[tuple[str, str]]:
        """What there is for a field."""
        if name == "to":
            return self._targets
        if name == "path":
            return [(entry, "") for entry in entries(self.session.folder, self.wanted.path)]
        if name == "version":
            return self._versions
        if name == "shape" and self.wanted.target in TRAINERS:
            from dsvc.exporters.trainers import trainer
            from dsvc.formats import shape

            return [(each, shape(each).title) for each in trainer(self.wanted.target).shapes]
        if name in ("label", "text"):
            return self._askable
        if name == "reasoning":
            return [(each, "") for each in REASONING]
        return _YES_OR_NO if name in FLAGS else ()

    def chosen(self, field: Field, text: str) -> None:
        """What is chosen for a path stands behind its folder."""
        before, slash, _ = field.value.rpartition("/")
        super().chosen(field, before + slash + text if field.id == "path" else text)

    # Actions

    def why_not(self, action: Action) -> str | None:
        """There must be a place, and nothing at work."""
        if action.id == "export.write":
            if self.work is not None:
                return f"a moment, {self.work.label}"
            wanted = self.wanted
            return None if wanted.target and wanted.version and wanted.path else "no target, version or path is named"
        return super().why_not(action)

    def act_write(self) -> None:
        """Write it."""
        wanted = self.wanted
        if self.counting is not None:
            self.counting.stop()
            self.counting = None
        passes = 2 if wanted.target in (*ANNOTATION_TOOLS, "parquet", "datasets") else 1  # once for the types
        work = self.begin("exporting", passes * self.plan.bytes if self.plan is not None else 0)

        def job() -> Exported:
            return write(dsvc.open(self.session.folder, progress=work.report), wanted)

        self.in_background(job, partial(self._done, wanted), group="export")

    def _done(self, wanted: Wanted, made: Exported) -> None:
        """Forget where it went, go back, and tell."""
        self.work = None
        self.forget()
        what = plural(made.records, "record") if made.records else f"the {made.to}"
        lines = [f"{what} of {made.revision} went into '{made.path}'", *made.start, f"same as: {wanted.command_line()}"]
        self.tui.notify("\n".join(lines), title="export", timeout=12)
        self.act_back()
