"""Split: the parts that a rule makes, how far each is from the whole, and writing them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import asdict, replace

from dsvc.errors import DsvcError, ProtectedError, UsageError
from dsvc.render.safe_text import safe
from dsvc.render.split_preview_text import preview_lines
from dsvc.render.style import PLAIN
from dsvc.render.wrapping import wrap
from dsvc.repository.splits.preview import kept_reading
from dsvc.splitting.rule import Share
from dsvc_tui.messages import Done, Target
from dsvc_tui.screens.lines import LinesScreen
from dsvc_tui.widgets.dialogs import Confirm, Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsvc.repository.splits.preview import SplitPreview
    from dsvc.repository.splits.split import Split
    from dsvc.repository.splits.target import SplitRequest
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

    Looked = tuple[str, SplitRequest, SplitPreview | DsvcError]


_WIDTH: Final = 74
"""So wide are sentences, in columns: nothing of them is cut off at eighty columns."""


class SplitScreen(LinesScreen):
    """Parts while one chooses their rule; nothing is written before that is asked."""

    NAME: ClassVar[str] = "split"

    def on_mount(self) -> None:
        """Look at what is proposed."""
        self.asked: SplitRequest | None = None
        self.named: str | None = None
        self.preview: SplitPreview | None = None
        self._refused: DsvcError | None = None
        self._is_ready = self._was_written = False
        self._reading = kept_reading()
        self.lines.focus()
        self.look_again()

    def show_target(self, target: Target) -> None:
        """Split something else."""
        self.asked = self.named = self.preview = self._refused = None
        self._was_written = False
        self._reading = kept_reading()
        super().show_target(target)

    def look_again(self) -> None:
        """Decide anew which record would be where."""
        self._is_ready, self.preview, self._refused = False, None, None
        self._show_state()
        self.in_background(partial(self._looked, self.asked), self._show, group="split")

    def _looked(self, asked: SplitRequest | None) -> Looked:
        repository, revision = self.session.repository, self.target.revision
        named = revision if revision is not None else repository.dataset(None).name
        if asked is None:
            asked = repository.propose_split(named)
        try:
            return named, asked, repository.preview_split(named, reading=self._reading, **asdict(asked))
        except DsvcError as error:
            return named, asked, error

    def _show(self, found: Looked) -> None:
        if not self.is_mounted:
            return
        self.named, self.asked, shown = found
        self._is_ready = True
        if isinstance(shown, DsvcError):
            self._refused = shown
            way_out = wrap([(None, safe(shown.hint or ""))], _WIDTH)
            self.lines.show([*wrap([(None, safe(shown.message))], _WIDTH), *(f"  {line}" for line in way_out)])
        else:
            self.preview = shown
            self.lines.show([*_rule_lines(self.asked), "", *preview_lines(shown, PLAIN)])
        self._show_state()

    def _show_state(self) -> None:
        if not self._is_ready:
            self.show_state([("dim", "reading …")])
        elif self.preview is None:
            told = "x lets go of what is there" if self._is_protected() else "change the rule"
            self.show_state([("warning", f"this cannot be done: {told}")])
        else:
            folder = self.preview.split.dataset.path
            if self._is_written():
                self.show_state([("", "written; commit them"), ("dim", f"  the parts are in {folder}")])
            else:
                self.show_state([("", "nothing is written yet"), ("dim", f"  the parts go into {folder}")])

    def _is_protected(self) -> bool:
        """Whether only that is in the way what would be lost in the parts."""
        return isinstance(self._refused, ProtectedError) and "--force" in (self._refused.hint or "")

    def _is_written(self) -> bool:
        """Whether what is shown was written here, and is there."""
        if not self._was_written or self.preview is None:
            return False
        split = self.preview.split
        return not split.gone and not any(part.new for part in split.plan.parts)

    def heading(self) -> list[Part]:
        """What is split."""
        return [("dim", "parts of "), ("strong", self.named or self.target.revision or "…")]

    def names(self) -> Mapping[str, str]:
        """The dataset as the command line knows it."""
        return {"dataset": self.named or "DATASET", "revision": self.named or "REV"}

    def place(self) -> Target:
        """What is split."""
        return Target(revision=self.named or self.target.revision)

    def why_not(self, action: Action) -> str | None:
        """Writing needs a preview, and the others a rule that they change."""
        if not action.id.startswith("split."):
            return super().why_not(action)
        if self.asked is None:
            return "what is there is being read"
        if action.id == "split.apply" and self.preview is None:
            return "there is no preview that could be written" if self._is_ready else "the preview is not ready yet"
        if action.id == "split.apply" and self._is_written():
            return "the parts are written: commit them"
        if action.id == "split.force" and not self._is_protected():
            return "nothing in the parts is in the way"
        if action.id == "split.folder" and self.asked.output is None:
            return "this folder is split in place: its files are the parts"
        return None

    # Actions

    def _ask(self, title: str, value: str, hint: str, changed: Callable[[str], SplitRequest]) -> None:
        """Ask for a part of the rule; what makes no sense is told where it is written."""

        def check(text: str) -> object:
            return changed(text.strip()).rule(None)

        def answered(text: str | None) -> None:
            if text is not None:
                self._take(changed(text.strip()))

        self.app.push_screen(Prompt(title, value=value, hint=hint, check=check), answered)

    def _take(self, asked: SplitRequest) -> None:
        self.asked, self._was_written = asked, False
        self.look_again()

    def act_sizes(self) -> None:
        """Ask for the parts and their shares."""
        asked = self.asked
        assert asked is not None
        value = " ".join(f"{each.part}={each.share:g}" for each in asked.shares or ())
        hint = "NAME=SHARE, several with spaces; a share is 0.1 or 10%, together 1"
        self._ask("The parts", value, hint, lambda text: replace(asked, shares=_shares(text)))

    def act_strata(self) -> None:
        """Ask for the fields whose values are split by the same shares."""
        asked = self.asked
        assert asked is not None

        def changed(text: str) -> SplitRequest:
            return replace(asked, stratify=tuple(name.strip() for name in text.split(",") if name.strip()))

        self._ask("The same shares of each", ", ".join(asked.stratify or ()), "a field: label, or meta.lang", changed)

    def act_together(self) -> None:
        """Ask for the field of the groups."""
        asked = self.asked
        assert asked is not None
        hint = "fields: patient, meta.document; empty: no groups"

        def changed(text: str) -> SplitRequest:
            return replace(asked, group_by=tuple(name.strip() for name in text.split(",") if name.strip()))

        self._ask("In one part stay records of one", ", ".join(_group_fields(asked)), hint, changed)

    def act_seed(self) -> None:
        """Ask for the seed."""
        asked = self.asked
        assert asked is not None
        hint = "any text; the same one gives the same parts on every machine"
        self._ask("Seed", asked.seed or "", hint, lambda text: replace(asked, seed=text))

    def act_near(self) -> None:
        """Keep near-duplicates together, or do not look for them."""
        assert self.asked is not None
        kept = self.asked.near_duplicates != "ignore"
        self._take(replace(self.asked, near_duplicates="ignore" if kept else "together"))

    def act_folder(self) -> None:
        """Ask for the folder."""
        asked = self.asked
        assert asked is not None
        assert asked.output is not None

        def changed(text: str) -> SplitRequest:
            if not text:
                raise UsageError("the parts need a folder", hint="name a new one")
            return replace(asked, output=text)

        self._ask("The parts go into", asked.output, "a folder in this repository", changed)

    def act_force(self) -> None:
        """Let go of what the parts have and their source lacks; it is said again before they are written."""
        assert self.asked is not None
        self._take(replace(self.asked, force=True))

    def act_apply(self) -> None:
        """Say what will be written, and ask."""
        assert self.preview is not None
        assert self.asked is not None
        split, request = self.preview.split, asdict(self.asked)
        parts = ", ".join(f"{part.name} {part.records:,}" for part in split.plan.parts)
        statement: list[Part] = [
            ("strong", split.dataset.path),
            ("", f" gets the parts {parts}.\nWhat was edited there is saved first. "),
            ("", "No version is made: look at the difference, and commit it.\n"),
        ]
        if self.asked.force:
            statement.append(("warning", "What was committed in the parts and is not in what is split goes.\n"))

        def answered(answer: object) -> None:
            if answer:
                self.change(partial(self.session.repository.split, self.named, **request), self._written)

        dialog = Confirm("Write the parts", statement, asked_with=self.asking_key("split.apply"), verb="write")
        self.app.push_screen(dialog, answered)

    def _written(self, done: Split) -> None:
        if done.outcome is None:
            self.notify("nothing to do: every record is on its side")
            return
        self._was_written = True
        if self.asked is not None and self.asked.force:
            self.asked = replace(self.asked, force=False)
        self.post_message(Done(done.outcome))


def _group_fields(asked: SplitRequest) -> tuple[str, ...]:
    return (asked.group_by,) if asked.group_by and isinstance(asked.group_by, str) else tuple(asked.group_by or ())


def _rule_lines(asked: SplitRequest) -> list[str]:
    """The rule in words."""
    let_go = ["  what the parts have and the source lacks goes"] if asked.force else []
    near = "not looked for" if asked.near_duplicates == "ignore" else "in one part"
    strata, groups = ", ".join(asked.stratify or ()), ", ".join(_group_fields(asked))
    return [
        f"  strata   {safe(strata) or 'none'}",
        f"  groups   {safe(groups) if groups else 'none'}",
        f"  near-duplicates {near}" + (f"   seed {safe(asked.seed)}" if asked.seed else ""),
        *let_go,
    ]


def _shares(text: str) -> tuple[Share, ...]:
    """Parts as they were typed. Raises UsageError."""
    found = []
    for word in text.split():
        name, _, share = word.rpartition("=")
        try:
            number = float(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
        except ValueError:
            name = ""
        if not name:
            raise UsageError(f"'{word}' is not the share of a part", hint="write it like train=0.8")
        found.append(Share(name, round(number, 12)))
    return tuple(found)
