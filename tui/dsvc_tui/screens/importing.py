"""Import: what a source is, its first records before and after, what will be made of it, and bringing it in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import dsvc
from dsvc.errors import FoundErrorsError
from dsvc.render.log_text import changes_text
from dsvc.render.numbers import plural, size
from dsvc_tui.actions import key_name
from dsvc_tui.importing import AS_IT_IS, FIELDS_BY_OPTION, Given, bring_in, count, edited, look, try_out
from dsvc_tui.importing_facts import MOST_TOLD, counts_of, told
from dsvc_tui.importing_offers import Offers, offers
from dsvc_tui.messages import Done, Target
from dsvc_tui.paths import PathSuggester, entries
from dsvc_tui.screens.transfer import TransferScreen
from dsvc_tui.widgets.before_after import BeforeAfter
from dsvc_tui.widgets.dialogs import Confirm, why_errors_may_stay
from dsvc_tui.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.repository.results import CommitResult, Outcome
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part
    from dsvc_tui.importing import Counted, Facts
    from dsvc_tui.widgets.fields import Field

_LOOKING: Final = "looking"


class ImportScreen(TransferScreen):
    """A form around the first records."""

    NAME: ClassVar[str] = "import"
    BY_OPTION: ClassVar[Mapping[str, str]] = FIELDS_BY_OPTION
    FIELDS: ClassVar[Mapping[str, str]] = {
        "path": "a file, a folder, or hf://USER/SET (modelscope, kaggle, opendatalab, aistudio); Enter looks at it",
        "shape": "as it is; or the shape to bring the records into",
        "split": "all; or some of them: train, test[:100]",
        "dataset": "a dataset, or the path of a new file or folder",
        "source": "where the records come from",
        "licence": "of the source, as SPDX writes it, such as CC-BY-4.0; else unknown",
        "annotators": "who made the records: a1, qwen3:model, clean.py:script",
        "reason": "why",
        "format": "found by itself; or how the files are written, or the tool that they come from",
        "encoding": "found by itself; or its name, such as gb18030",
        "config": "the configuration, where a source has several",
        "inside": "the list of records inside of one JSON object: data.rows",
        "rename": "with a shape, names that it knows: 问题=question, 答案=answer",
    }

    def on_mount(self) -> None:
        """Look at the source that is named, if one is."""
        self.facts: Facts | None = None
        self.counted: Counted | None = None
        self.has_edits = False
        self._looked: tuple[str, ...] = ()
        self._edits_of = ""
        self._offers = Offers()
        super().on_mount()
        self.field("path").line.suggester = PathSuggester(self.session.folder)
        self.look_again()

    def show_target(self, target: Target) -> None:
        """Another source, or another dataset."""
        self.target = target
        self.look_again()

    def look_again(self) -> None:
        """Look anew, at the source too."""
        self._looked, self._edits_of = (), ""
        self.in_background(partial(self._find, self.target.revision), self._found_offers, group="offers")

    def _find(self, named: str | None) -> tuple[Offers, str | None]:
        """What there is to choose from; the path that the target means.

        A dataset that the cursor was on is not taken for where records go: they would take the place of its own.
        """
        found = offers(self.session.repository)
        return found, named if named is not None and self.session.dataset(named) is None else None

    def _found_offers(self, found: tuple[Offers, str | None]) -> None:
        self._offers, path = found
        if path is not None and path != self.given.path:  # what was typed belongs to another source
            for name in self.FIELDS:
                self.field(name).value = ""
        if path is not None:
            self.field("path").value = path
            self.target = Target()  # it is no revision that other screens could show
        for name in ("source", "licence", "annotators", "format", "dataset"):
            self.field(name).offer([text for text, _ in self.choices(name)])
        self.typed()
        self.show()

    # Looking

    @property
    def given(self) -> Given:
        """What is written in the fields."""
        return Given.of(self.texts())

    def typed(self) -> None:
        """Look at the source anew when another one is meant, or another shape."""
        given = self.given
        wanted = (*given.reading, given.shape)
        if self.work is not None or not given.path:
            return
        if wanted == self._looked and self.facts is not None:
            self._look_for_edits(given)
            return
        self._looked, self.facts, self.counted = wanted, None, None
        if self.counting is not None:
            self.counting.stop()
        self.begin(_LOOKING)
        self.in_background(partial(look, self.session.folder, given), self._show_facts, group="look")

    def _show_facts(self, facts: Facts) -> None:
        self.facts = facts
        given = self.given
        self.query_one(BeforeAfter).show_examples(facts.examples, given.convert)
        self.field("dataset").say(f"new: {facts.suggested}")
        self.field("source").say(facts.source or "where the records come from")
        self.field("licence").say(facts.licence or self.FIELDS["licence"])
        for name in ("shape", "split"):
            self.field(name).offer([text for text, _ in self.choices(name)])
        self.ended()
        self.counting = Work("reading all", facts.size or 0)
        job = partial(count, self.session.folder, given, self.counting.report)
        self.in_background(job, self._show_counted, group="count")
        self._look_for_edits(given)

    def _show_counted(self, found: Counted) -> None:
        self.counted, self.counting = found, None
        self.show()

    def _look_for_edits(self, given: Given) -> None:
        """Look whether the working file that records would replace has edits."""
        dataset = self._dataset(given)
        if not dataset or dataset == self._edits_of:
            return
        self._edits_of, self.has_edits = dataset, False
        self.in_background(lambda: edited(self.session.repository, dataset), self._show_edits, group="edits")

    def _show_edits(self, found: bool) -> None:  # noqa: FBT001 - what was found
        self.has_edits = found
        self.show()

    def act_back(self) -> None:
        """A look is not waited for any more: a download may take long, and changes nothing."""
        if self.work is None or self.work.label != _LOOKING:
            super().act_back()
            return
        self.workers.cancel_group(self, "look")
        self.ended()
        self.tell([("warning", "looking: stopped; Enter looks again")])

    def failed(self, error: Exception) -> None:
        """A source that cannot be read is looked at again when it is named again."""
        if self.facts is None:
            self._looked = ()
            self.query_one(BeforeAfter).show_examples((), None)
        super().failed(error)

    def _dataset(self, given: Given) -> str:
        return given.dataset or (self.facts.suggested if self.facts is not None else "")

    # What is shown

    def heading(self) -> list[Part]:
        """From where into what."""
        given = self.given
        return [("strong", given.path or "…"), ("dim", f"  → {self._dataset(given) or '…'}")]

    def names(self) -> Mapping[str, str]:
        """The dataset as the command line knows it."""
        return {"dataset": self.given.dataset or "DATASET"}

    def command_line(self, action: Action) -> str:
        """With all that is typed."""
        if action.id.startswith("import."):
            return self.given.command_line(dry_run=action.id == "import.try_out", force=self.has_edits)
        return super().command_line(action)

    def facts_shown(self) -> list[Part]:
        """What the source is."""
        if self.facts is None:
            return [("dim", "nothing was looked at yet")]
        facts = told(self.facts, self.counted, self.counting, self.given.path)
        return [(role, self.in_fields(text)) for role, text in facts]

    def statement(self) -> list[Part]:
        """What Ctrl+S does."""
        given = self.given
        if self.facts is None:
            return [("dim", f"{key_name('enter')} in the first field looks at the source")]
        key, undo = key_name(self.asking_key("import.bring_in")), key_name(self.asking_key("app.undo"))
        target = self._dataset(given)
        known = target in self._offers.datasets or target in self._offers.paths
        shape = f", as {given.convert}" if given.convert else ""
        parts: list[Part] = [
            ("key", key),
            ("", f" makes the records the content of '{target}'{shape}, and "),
            ("", "its next version. " if known else "a new dataset of it. "),
            ("", f"{undo} takes it back.\n"),
        ]
        if known:
            parts.append(("warning", f"! they take the place of the records that '{target}' has\n"))
        if self.has_edits:
            parts.append(("warning", f"! '{target}' has edits: they are saved first, under a tag\n"))
        return [*parts, ("dim", f"same as: {given.command_line(force=self.has_edits)}")]

    def choices(self, name: str) -> Sequence[tuple[str, str]]:
        """What there is for a field."""
        facts = self.facts
        if name == "path":
            return [(entry, "") for entry in entries(self.session.folder, self.given.path)]
        if name == "shape":
            from dsvc.formats import shape, targets_of

            found = dict.fromkeys(target for each in (facts.shapes if facts else ()) for target in targets_of(each))
            return [
                (AS_IT_IS, ", ".join(facts.shapes) if facts else ""),
                *((each, shape(each).title) for each in found),
            ]
        if name == "split":
            return [(split, counts_of(self.counted, split).strip()) for split in (facts.splits if facts else ())]
        if name == "dataset" and facts is not None:
            return [(facts.suggested, "new"), *self._offers.choices(name)]
        return self._offers.choices(name)

    def chosen(self, field: Field, text: str) -> None:
        """A folder that is chosen for a path opens: what is in it may be meant."""
        if field.id != "path":
            super().chosen(field, text)
            return
        before, slash, _ = field.value.rpartition("/")
        field.value = before + slash + text
        if text.endswith("/") and self.choices("path"):
            self.act_choose()
        else:
            self.typed()

    # Actions

    def why_not(self, action: Action) -> str | None:
        """There must be a source, and nothing at work."""
        if action.id.startswith("import."):
            if self.work is not None:
                return f"a moment, {self.work.label}"
            return None if self.facts is not None else "no source was looked at"
        return super().why_not(action)

    def _run(self, label: str, total: int) -> Work:
        if self.counting is not None:
            self.counting.stop()
            self.counting = None
        return self.begin(label, total)

    def act_try_out(self) -> None:
        """Tell what the new version would be."""
        given, work = self.given, self._run("trying out", self._total())
        job = partial(self._try_out, given, work)
        self.in_background(job, self._tried_out, group="import")

    def _try_out(self, given: Given, work: Work) -> CommitResult:
        repository = dsvc.open(self.session.folder, progress=work.report)
        return try_out(repository, given, force=edited(self.session.repository, self._dataset(given)))

    def _tried_out(self, made: CommitResult) -> None:
        self.ended()
        changed = changes_text(made.manifest.changes) or "no change of records"
        self.tell(
            [
                ("strong", f"{made.dataset.name}@{made.manifest.number} would be: "),
                ("changed", changed),
                ("", f"  {plural(made.manifest.counts.records, 'record')}; {size(made.new_bytes)} would be stored"),
                *[("dim", f"\n{self.in_fields(note)}") for note in made.notes[:MOST_TOLD]],
            ]
        )

    def act_bring_in(self) -> None:
        """Bring it in; where edits would be replaced, ask first."""
        dataset = self._dataset(self.given)
        self.in_background(lambda: edited(self.session.repository, dataset), self._ask, group="edits")

    def _ask(self, found: bool) -> None:  # noqa: FBT001 - what was found
        self._show_edits(found)
        if not found:
            self._bring_in(force=False)
            return
        target = self._dataset(self.given)
        stated = f"'{target}' has edits that no version has. They are saved under a tag first; undo brings them back."
        key = self.asking_key("import.bring_in")
        dialog = Confirm(f"Import into {target}", [("", stated)], asked_with=key, verb="save them and import")
        self.app.push_screen(dialog, lambda agreed: self._bring_in(force=True) if agreed else None)

    def _bring_in(self, *, force: bool, why: str | None = None) -> None:
        """``why``: the reason for which errors may stay that the settings refuse."""
        if self.work is not None:  # the key was pressed twice
            return
        given, work = self.given, self._run("importing", self._total())
        folder = self.session.folder

        def job() -> Outcome | FoundErrorsError:
            try:
                return bring_in(dsvc.open(folder, progress=work.report), given, force=force, allow_findings=why)
            except FoundErrorsError as error:
                return error

        def done(made: Outcome | FoundErrorsError) -> None:
            if isinstance(made, FoundErrorsError):
                self._ask_why(made, force=force)
            else:
                self._done(made)

        self.in_background(job, done, group="import")

    def _ask_why(self, found: FoundErrorsError, *, force: bool) -> None:
        self.ended()

        def answered(why: str | None) -> None:
            if why and why.strip():
                self._bring_in(force=force, why=why.strip())
            else:
                self.notify("not imported: nothing was changed", markup=False)

        self.app.push_screen(why_errors_may_stay(found), answered)

    def _total(self) -> int:
        """Bytes that are reported until it is done: records are written into the file, and read for the version."""
        return 2 * self.counted.all_bytes if self.counted is not None else 0

    def _done(self, outcome: Outcome) -> None:
        """Forget what was typed, go home, and tell."""
        self.work = None
        self.forget()
        self.tui.go_home()
        self.app.post_message(Done(outcome))
