"""Pilot: a sample while one chooses its rule, beside the whole; and the pilots that were kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import replace

from dsvc.conditions import condition
from dsvc.errors import DsvcError, UsageError
from dsvc.render.numbers import plural
from dsvc.render.pilot_text import compared_lines, metrics_text
from dsvc.render.safe_text import safe
from dsvc.render.wrapping import wrap
from dsvc.repository.pilots.results import metrics_of
from dsvc.repository.results import Outcome
from dsvc.sampling.rule import STRATEGIES, Rule, checked
from dsvc_tui.messages import Done, Target
from dsvc_tui.sampling import Sampling, pilot_lines
from dsvc_tui.screens.lines import LinesScreen
from dsvc_tui.widgets.dialogs import Choose, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsvc.repository.exports.export import Exported
    from dsvc.repository.pilots.creating import PilotCreated, PilotListed
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

    Looked = tuple[list[str], list[PilotListed], Rule, bool]

_TRAINERS: Final = ("llamafactory", "trl", "axolotl", "openai", "ms-swift")
_SIZE: Final = "1000"
_ALL: Final = "100%"
_WIDTH: Final = 76


class PilotScreen(LinesScreen):
    """The sample that a rule takes, and how far it is from the whole; or a pilot that was kept."""

    NAME: ClassVar[str] = "pilot"

    def on_mount(self) -> None:
        """Take a first sample."""
        self.rule = Rule(size=_SIZE, seed="pilot-1")
        self._seed_chosen = False
        self.shown: str | None = None
        self.beside: str | None = None
        self.listed: list[PilotListed] = []
        self.dataset: str | None = None
        self._sampling: Sampling | None = None
        self._ready = self._failed = self._several = False
        self._sized = False
        self._records: int | None = None
        self.lines.focus()
        self.look_again()

    def show_target(self, target: Target) -> None:
        """Sample something else."""
        self._sampling = self.shown = self.beside = None
        self._sized = False
        super().show_target(target)

    def look_again(self) -> None:
        """Take the sample anew, or read the pilot again."""
        self._ready = False
        self._show_state()
        self.in_background(self._looked, self._show, group="pilot")

    def _looked(self) -> Looked:
        repository = self.session.repository
        if self._sampling is None:
            self._sampling = Sampling(repository, self._version())
            self.dataset = self._sampling.revision.partition("@")[0]
            self._several = len(repository.datasets()) > 1
        listed, rule = repository.pilots.list(self.dataset), self.rule
        if self.shown is not None and self.beside is not None:
            found = repository.pilots.compare(self.shown, self.beside, of=self.dataset)
            return [*compared_lines(found)], listed, rule, False
        if self.shown is not None:
            return pilot_lines(repository.pilots.show(self.shown, of=self.dataset)), listed, rule, False
        if not self._sized:
            records = self._records = repository.version(self._sampling.revision).counts.records
            rule = replace(rule, size=_SIZE if records > int(_SIZE) else "10%")
        if not self._seed_chosen:
            rule = replace(rule, seed=_free_name(listed))
        try:
            return self._sampling.lines(rule), listed, rule, False
        except DsvcError as error:
            told = (error.message, error.hint or "")
            return [line for text in told for line in wrap([(None, safe(text))], _WIDTH)], listed, rule, True

    def _version(self) -> str:
        """The version that is sampled: the one shown before, else HEAD's."""
        revision = self.target.revision
        if revision is not None and "@" in revision:
            return revision
        dataset = self.session.dataset(revision) if revision is not None else None
        return f"{(dataset or self.session.repository.dataset(None)).name}@HEAD"

    def _show(self, found: Looked) -> None:
        if not self.is_mounted:
            return
        lines, self.listed, self.rule, self._failed = found
        self._sized = self._ready = True
        self.lines.show(lines)
        self._show_state()

    def _show_state(self) -> None:
        if not self._ready:
            self.show_state([("dim", "reading …")])
        elif self._failed:
            self.show_state([("warning", "no sample can be taken: change the rule")])
        elif self.shown is None:
            kept = f"{plural(len(self.listed), 'pilot')} kept" if self.listed else "no pilot was kept yet"
            self.show_state([("", "nothing is written before it is kept"), ("dim", f"  {kept}")])
        else:
            self.show_state([("dim", f"{plural(len(self.listed), 'pilot')} kept")])

    def heading(self) -> list[Part]:
        """What is sampled, or which pilot is shown."""
        if self.shown is not None:
            more = f" .. {self.beside}" if self.beside is not None else ""
            return [("strong", f"{self.shown}{more}"), ("dim", f"  {self.dataset or ''}")]
        revision = self._sampling.revision if self._sampling is not None else self.target.revision or "…"
        return [("dim", "a sample of "), ("strong", revision)]

    def names(self) -> Mapping[str, str]:
        """Version and pilot as the command line knows them."""
        revision = self._sampling.revision if self._sampling is not None else "REV"
        of = f" --of {self.dataset}" if self.shown is not None and self._several else ""
        return {"revision": revision, "dataset": self.dataset or "DATASET", "pilot": f"{self.shown or 'NAME'}{of}"}

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Some need a sample, some a pilot."""
        if not action.id.startswith("pilot."):
            return super().why_not(action)
        if action.id == "pilot.open":
            return None if self.listed else "no pilot was kept yet"
        if action.id in ("pilot.result", "pilot.compare", "pilot.export"):
            if self.shown is None:
                return "choose a pilot first (o)"
            if action.id == "pilot.compare" and len(self.listed) < 2:
                return "there is no other pilot"
            return None
        if action.id == "pilot.keep" and self.shown is None and (self._failed or not self._ready):
            return "no sample can be taken by this rule: change it" if self._failed else "the sample is not ready yet"
        if action.id == "pilot.keep" and (self.shown is not None or not self._ready):
            return "there is no new sample: o, then (a new sample)"
        return "a pilot that was kept does not change: o, then (a new sample)" if self.shown is not None else None

    def _sample(self, rule: Rule) -> None:
        self.rule = rule
        self.look_again()

    def _ask(self, title: str, value: str, hint: str, changed: Callable[[str], Rule]) -> None:
        """Ask for a part of the rule; what makes no sense is told where it is written."""

        def check(text: str) -> object:
            return checked(changed(text.strip()))

        def answered(text: str | None) -> None:
            if text is not None:
                self._sample(changed(text.strip()))

        self.app.push_screen(Prompt(title, value=value, hint=hint, check=check), answered)

    def act_size(self) -> None:
        """Ask for the size."""
        hint = "a number of records, or a share of them (10%)"

        def changed(text: str) -> Rule:
            if self._records is not None and text.isdecimal() and int(text) > self._records:
                raise UsageError(f"there are {self._records:,} records", hint=f"take all: {_ALL}")
            return replace(self.rule, size=text or _ALL)

        self._ask("How many records", self.rule.size, hint, changed)

    def act_strategy(self) -> None:
        """Ask for the strategy."""
        names = [*STRATEGIES]

        def chosen(index: int | None) -> None:
            if index is not None:
                rule = replace(self.rule, strategy=names[index])
                try:
                    checked(rule)
                except UsageError as error:
                    self.tui.report(error)
                    return
                self._sample(rule)

        at = names.index(self.rule.strategy)
        self.app.push_screen(Choose("How records are chosen", [*STRATEGIES.items()], at=at), chosen)

    def act_groups(self) -> None:
        """Ask for the fields that make groups."""

        def changed(text: str) -> Rule:
            fields = tuple(name.strip() for name in text.split(",") if name.strip())
            return replace(self.rule, stratify=fields)

        self._ask("Groups by the values of", ", ".join(self.rule.stratify), "a field: label, or meta.lang", changed)

    def act_where(self) -> None:
        """Ask for a condition."""

        def changed(text: str) -> Rule:
            if text:
                condition(text)
            return replace(self.rule, where=(text,) if text else ())

        self._ask("Only records for which", " ".join(self.rule.where), "label=fees, turns>3, output~^Sorry", changed)

    def act_seed(self) -> None:
        """Ask for the seed."""

        def chosen(text: str | None) -> None:
            if text is not None:
                self._seed_chosen = bool(text.strip())
                self._sample(replace(self.rule, seed=text.strip()) if self._seed_chosen else self.rule)

        hint = "any text; the same one gives the same records on every machine. None: the pilot's name"
        self.app.push_screen(Prompt("Seed", value=self.rule.seed, hint=hint), chosen)

    def act_near(self) -> None:
        """Leave near-duplicates out, or take them."""
        leaves = self.rule.near_duplicates == "leave-out"
        self._sample(replace(self.rule, near_duplicates="keep" if leaves else "leave-out"))

    def act_keep(self) -> None:
        """Ask for a name, and keep the sample."""
        assert self._sampling is not None
        revision, pilots = self._sampling.revision, self.session.repository.pilots
        rule = self.rule if self._seed_chosen else replace(self.rule, seed="")  # then it is the name

        def named(name: str | None) -> None:
            if name is not None:
                self.change(partial(pilots.create, revision, name.strip(), rule), self._kept)

        def check(name: str) -> None:
            pilots.require_free(revision, name.strip())

        hint = "a git tag DATASET_VERSION_NAME is made with it"
        if not self._seed_chosen:
            hint += "; the name is the seed, too: another name takes other records"
        self.app.push_screen(
            Prompt("What is the pilot called", value=_free_name(self.listed), hint=hint, check=check), named
        )

    def _kept(self, done: PilotCreated) -> None:
        self.shown = done.pilot.name
        told = f"{done.pilot.name}: {plural(done.pilot.counts.records, 'record')} of {done.pilot.number}"
        tag = f"tag {done.tag}" if done.tag is not None else "without a tag"
        outcome = Outcome(verb="pilot create", dataset=None, file=told, history=tag, head="", notes=done.notes)
        self.post_message(Done(outcome))

    def act_open(self) -> None:
        """Ask which pilot is shown, or whether a new sample is."""
        choices = [(each.pilot.name, _noted(each)) for each in self.listed]

        def chosen(index: int | None) -> None:
            if index is not None:
                self.shown = None if index == len(choices) else choices[index][0]
                self.beside = None
                self.look_again()

        self.app.push_screen(Choose("Which pilot", [*choices, ("(a new sample)", "")]), chosen)

    def act_compare(self) -> None:
        """Ask for the pilot that stands beside this one."""
        others = [each for each in self.listed if each.pilot.name != self.shown]

        def chosen(index: int | None) -> None:
            if index is not None:
                self.beside = others[index].pilot.name
                self.look_again()

        self.app.push_screen(Choose("Compare with", [(each.pilot.name, _noted(each)) for each in others]), chosen)

    def act_result(self) -> None:
        """Ask for figures, and write them down."""
        name, dataset = self.shown, self.dataset
        assert name is not None

        def written(text: str | None) -> None:
            if text is not None:
                add = self.session.repository.pilots.result
                self.change(partial(add, name, metrics_of(text), of=dataset), self._noted)

        hint = "NAME=NUMBER, several with spaces: accuracy=0.71 loss=1.3"
        self.app.push_screen(Prompt("What did the trial give", hint=hint, check=_checked_metrics), written)

    def _noted(self, _: object) -> None:
        outcome = Outcome(verb="pilot result", dataset=None, file="the result is kept", history="unchanged", head="")
        self.post_message(Done(outcome))

    def act_export(self) -> None:
        """Ask for whom and where to."""
        name, dataset = self.shown, self.dataset
        assert name is not None

        def chosen(index: int | None) -> None:
            if index is None:
                return
            trainer = _TRAINERS[index]

            def placed(folder: str | None) -> None:
                if folder:
                    write = self.session.repository.pilots.export
                    self.change(
                        partial(write, name, trainer, folder.strip(), of=dataset, validation=0.1), self._exported
                    )

            hint = "a folder; a tenth of the records becomes the validation part"
            self.app.push_screen(Prompt(f"Write it for {trainer} to", value=f"{name}-{trainer}", hint=hint), placed)

        self.app.push_screen(Choose("For which trainer", [(each, "") for each in _TRAINERS]), chosen)

    def _exported(self, done: Exported) -> None:
        self.notify("\n".join([f"{plural(done.records, 'record')} in '{done.path}'", *done.start]), title="written")

    def place(self) -> Target:
        """The version that is sampled."""
        return Target(revision=self._sampling.revision if self._sampling is not None else self.target.revision)


def _free_name(listed: list[PilotListed]) -> str:
    taken = {each.pilot.name for each in listed}
    return next(f"pilot-{number}" for number in range(1, len(taken) + 2) if f"pilot-{number}" not in taken)


def _noted(each: PilotListed) -> str:
    last = each.results[-1].metrics if each.results else {}
    told = metrics_text(last)
    return f"{each.number or each.pilot.number}  {plural(each.pilot.counts.records, 'record')}  {told}".rstrip()


def _checked_metrics(text: str) -> None:
    """Raise UsageError for figures that are none."""
    if not metrics_of(text):
        raise UsageError("no figure was given", hint="write it as NAME=NUMBER: accuracy=0.71")
