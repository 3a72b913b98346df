"""Commit: what would become the next version, what is written down about it, and what will happen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from dsvc.errors import DsvcError, NothingToCommitError
from dsvc.render.log_text import changes_text
from dsvc.render.numbers import plural, size
from dsvc_tui.actions import key_name
from dsvc_tui.committing import WHY_THEY_STAY, Plan, Typed, commit, plan
from dsvc_tui.drawing import content_of
from dsvc_tui.in_fields import in_fields
from dsvc_tui.messages import Done, Open, Target
from dsvc_tui.records.change_list import ChangeList
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.change_rows import ChangeRows
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.fields import Field
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.said import Said, told_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc.repository.results import Outcome
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

_FIRST_CHANGES: Final = 500
"""So many changes are listed here; the diff screen has all of them."""
_COMMITTING: Final = "committing …"
_OPTIONS: Final[Mapping[str, str]] = {
    "--source": "source",
    "--license": "licence",
    "--annotator": "annotators",
    "--allow-findings": "errors",
    "--version": "version",
    "-m": "reason",
}
"""The options of the command line that are fields here."""
_FIELDS: Final[Mapping[str, str]] = {
    "reason": "why this version is made",
    "source": "where the added records come from",
    "licence": "of the new source, in SPDX, such as CC-BY-4.0; else unknown",
    "annotators": "who made the records: a1, qwen3:model, clean.py:script",
    "errors": "why those in the new lines may stay",
    "version": "next; or major; or a number such as v3.0",
}


class CommitScreen(BaseScreen):
    """A form below the changes."""

    NAME: ClassVar[str] = "commit"
    TAKES_TEXT: ClassVar[bool] = True

    def body(self) -> Iterable[Widget]:
        """What changed, the fields, and what will happen."""
        yield Static(id="what")
        yield ChangeRows(id="changes")
        with VerticalScroll(id="form", can_focus=False):
            yield Vertical(*[Field(name, hint=hint) for name, hint in _FIELDS.items()], id="fields")
            yield Static(id="told")
            yield Said(id="said")
            yield Static(id="will")

    def on_mount(self) -> None:
        """Look what would be committed."""
        self.plan: Plan | None = None
        self.dataset: str | None = None
        self._at_work = self._in_the_way = ""
        self._is_new = False
        self._planned_version = ""
        self._field("reason").line.focus()
        self.look_again()

    def look_again(self) -> None:
        """Look anew what would be committed; what is typed stays."""
        self._begin("looking what would be committed …")
        self.in_background(self._find, self._found, group="find")

    def show_target(self, target: Target) -> None:
        """Another dataset."""
        self.dataset = self.plan = None
        self._is_new = False
        super().show_target(target)

    def _find(self) -> tuple[str | None, list[str]]:
        """Which dataset or new file is meant; None and the choices when nobody can tell."""
        if self.dataset is not None:
            return self.dataset, []
        repository, revision = self.session.repository, self.target.revision
        if revision is not None and self.target.other is None:
            dataset = self.session.dataset(revision)
            if dataset is not None:
                return dataset.name, []
            if (self.session.folder / revision).exists():
                self._is_new = True
                return revision, []
        names = [dataset.name for dataset in repository.datasets()]
        if len(names) < 2:
            return repository.dataset(None).name, []
        changed = [state.dataset.name for state in repository.status() if state.changed]
        return (changed[0], []) if len(changed) == 1 else (None, changed or names)

    def _found(self, found: tuple[str | None, list[str]]) -> None:
        name, choices = found
        if name is not None:
            self._take(name)
            return

        def take(answer: int | None) -> None:
            if answer is None:
                self.act_back()
            else:
                self._take(choices[answer])

        self.app.push_screen(Choose("Commit which dataset", [(choice, "") for choice in choices]), take)

    def _take(self, name: str) -> None:
        if name != self.dataset:
            self.dataset = name
            for field in _FIELDS:
                self._field(field).value = self.session.state.text("commit", name, field) or ""
        self._look()

    def _look(self) -> None:
        assert self.dataset is not None
        self._begin("looking what would be committed …")
        self._planned_version = self._field("version").value.strip()
        work = partial(self._plan, self.dataset, self._planned_version)
        self.in_background(work, self._show_plan, group="commit")

    def _plan(self, name: str, version: str) -> tuple[Plan, ChangeList | None]:
        repository = self.session.repository
        planned = plan(repository, name, version, self.target.only)
        if planned.is_first:
            return planned, None
        changes = ChangeList(repository.diff(name))
        changes.read(lambda: len(changes) < _FIRST_CHANGES, only=planned.only)
        return planned, changes

    def _show_plan(self, found: tuple[Plan, ChangeList | None]) -> None:
        self.plan, changes = found
        self._at_work = ""
        self._tell([])
        rows = self.query_one("#changes", ChangeRows)
        rows.show_changes(changes)
        for name, texts in self.plan.earlier.items():
            self._field(name).offer(texts)
        if self.plan.unsourced:
            self._field("source").say(f"where {plural(self.plan.unsourced, 'added record')} came from")
        if self.plan.found is not None:
            self._tell([("warning", f"! {self.plan.found}"), ("dim", f"\nhint: {WHY_THEY_STAY}")])
        self._show()

    # What is shown

    def heading(self) -> list[Part]:
        """Which dataset becomes which version."""
        if self.plan is None:
            return [("strong", self.dataset or "…")]
        manifest = self.plan.planned.manifest
        return [
            ("strong", f"{self.plan.planned.dataset.name}@{manifest.number}"),
            ("dim", f"  {self.plan.planned.dataset.path}"),
        ]

    def names(self) -> Mapping[str, str]:
        """The dataset as the command line knows it."""
        name = self.dataset or "DATASET"
        return {"dataset": name, "revision": name, "old": f"{name}@HEAD", "new": name}

    def command_line(self, action: Action) -> str:
        """For a commit with all that is typed."""
        return self._command_line() if action.id == "commit.commit" else super().command_line(action)

    def _command_line(self) -> str:
        return self.typed().command_line(self.dataset or "DATASET")

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    def typed(self) -> Typed:
        """What is written in the fields that are shown."""
        return Typed.of({name: field.value for name in _FIELDS if (field := self._field(name)).display})

    def _show(self) -> None:
        """Show the fields that are asked for, and what will happen."""
        source, licence = self._field("source"), self._field("licence")
        source.display = self.plan is None or self.plan.unsourced > 0
        known = self.plan.earlier["source"] if self.plan is not None else ()
        licence.display = source.display and source.value.strip() not in known
        self._field("errors").display = self.plan is not None and self.plan.found is not None
        self.query_one("#what", Static).update(content_of(self._what()))
        self.query_one("#will", Static).update(content_of(self._will()))
        self.refresh_bars()

    def _what(self) -> list[Part]:
        if self.plan is None:
            return [("dim", self._at_work)]
        planned = self.plan.planned
        counts = planned.manifest.counts
        changed = changes_text(planned.manifest.changes) or "no change of records"
        chosen = (
            []
            if self.plan.only is None
            else [("match", f" {plural(len(self.plan.only), 'chosen change')} "), ("", "  ")]
        )
        parts: list[Part] = [
            *chosen,
            ("changed", f"{changed}  "),
            ("", f"{plural(counts.records, 'record')}, {size(counts.bytes)}; "),
            ("", f"{size(planned.new_bytes)} of records will be stored"),
        ]
        return parts + [("dim", f"\n{note}") for note in planned.notes]

    def _will(self) -> list[Part]:
        key = key_name(self.asking_key("commit.commit"))
        if self.plan is None or self._at_work:
            return [("dim", self._at_work)]
        planned, undo = self.plan.planned, key_name(self.asking_key("app.undo"))
        return [
            ("key", key),
            ("", f" keeps {self._kept()} as {planned.dataset.name}@{planned.manifest.number}: "),
            ("", "the file stays as it is, one git commit and its tag are added, "),
            ("", f"HEAD goes there. {undo} takes it back.\n"),
            (
                "dim",
                f"same as: {self._command_line()}"
                if self.plan.only is None
                else "the command line commits all changes",
            ),
        ]

    def _kept(self) -> str:
        assert self.plan is not None
        path = f"'{self.plan.planned.dataset.path}'"
        return path if self.plan.only is None else f"the chosen changes of {path}, and no others,"

    def _begin(self, what: str) -> None:
        self._at_work, self._in_the_way = what, ""
        self._tell([])
        self._show()

    def _tell(self, parts: list[Part], said: str = "") -> None:
        told = self.query_one("#told", Static)
        told.update(content_of(parts))
        told.display = bool(parts)
        self.query_one(Said).show(said)

    def failed(self, error: Exception) -> None:
        """An error is told beside the fields; all that is typed stays."""
        self._at_work, self._in_the_way = "", _in_the_way(error)
        if isinstance(error, (DsvcError, OSError)):
            message, said = told_of(error)
            hint = error.hint if isinstance(error, DsvcError) else None
            told = [("dim", f"\nhint: {in_fields(hint, _OPTIONS, {})}")] if hint else []
            self._tell([("warning", f"! {message}"), *told], said)
            self.call_after_refresh(self.query_one("#said" if said else "#told").scroll_visible, animate=False)
        else:
            super().failed(error)
        self._show()

    @on(Input.Changed)
    def _typed(self) -> None:
        """Remember what is typed: whatever happens, it is here again."""
        if self.dataset is not None:
            for name in _FIELDS:
                self.session.state.keep(self._field(name).value or None, "commit", self.dataset, name)
        self._show()

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next("TextField")

    @on(Input.Blurred, "#version TextField")
    def _version_left(self) -> None:
        """Another number is looked up when it is typed."""
        if self.dataset is not None and self._field("version").value.strip() != self._planned_version:
            self._look()

    @on(LineList.Chosen, "#changes")
    def _opened(self) -> None:
        self.act_diff()

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Only one thing at a time, and only for something that is known; nobody leaves while it is committed."""
        if action.id in ("app.back", "app.reload") and self._at_work == _COMMITTING:
            return "a moment, the commit is being made"
        if not action.id.startswith("commit."):
            return super().why_not(action)
        if action.id == "commit.commit":
            return self._at_work.removesuffix(" …") or (self._in_the_way if self.plan is None else None)
        if action.id == "commit.diff":
            return self._why_no_diff()
        return None if self._focused_field() is not None and self.plan is not None else "the cursor is in no field"

    def _why_no_diff(self) -> str | None:
        if self.plan is None and (self._at_work or self.dataset is None):
            return self._at_work.removesuffix(" …") or self._in_the_way
        is_first = self.plan.is_first if self.plan is not None else self._is_new
        return "there is no version to compare with" if is_first else None

    def act_back(self) -> None:
        """To the screen before; as the first screen to Home. What was typed stays."""
        if len(self.app.screen_stack) > 1:
            super().act_back()
        else:
            self.tui.go_home()

    def act_commit(self) -> None:
        """Commit what is shown."""
        assert self.plan is not None
        planned, typed = self.plan, self.typed()
        self._begin(_COMMITTING)
        self.in_background(lambda: commit(self.session.repository, planned, typed), self._committed, group="commit")

    def _committed(self, outcome: Outcome) -> None:
        """Forget what was typed, go home, and tell."""
        assert self.dataset is not None
        for name in _FIELDS:
            self.session.state.keep(None, "commit", self.dataset, name)
        if self.target.only is None:
            self.tui.go_home()
        else:
            self.app.pop_screen()  # back to the changes that were not chosen
        self.app.post_message(Done(outcome))

    def act_earlier(self) -> None:
        """Choose from what was written for earlier versions."""
        field = self._focused_field()
        assert field is not None
        assert self.plan is not None
        texts = self.plan.earlier[field.id or ""]
        if not texts:
            self.notify(f"no earlier version has anything to offer for {field.id}")
            return

        def take(answer: int | None) -> None:
            if answer is not None:
                field.value = texts[answer]

        self.app.push_screen(Choose(f"Earlier: {field.id}", [(text, "") for text in texts]), take)

    def act_diff(self) -> None:
        """All changes, word by word."""
        assert self.dataset is not None
        self.post_message(Open("diff", Target(revision=self.dataset)))

    def _focused_field(self) -> Field | None:
        parent = self.focused.parent if self.focused is not None else None
        return parent if isinstance(parent, Field) else None


def _in_the_way(error: Exception) -> str:
    """Why there is nothing that could be committed now."""
    return "there is nothing to commit" if isinstance(error, NothingToCommitError) else str(error)
