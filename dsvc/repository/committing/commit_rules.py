"""The rules that a commit asks of new lines, and for which of their findings it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.errors import UsageError
from dsvc.repository.validating import selection
from dsvc.validators.own import without_own
from dsvc.validators.registry import all_rules
from dsvc.validators.rule import RecordCheck
from dsvc.validators.selection import Selection, choose

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Chosen

STRUCTURE: Final = "structure"
"""The topic whose errors are refused unless the settings name others; it may stand among them."""
NO_RECORDS: Final = "no-records"
"""A rule about whole files: of new lines it knows nothing."""
_BY_ITSELF: Final = frozenset({"syntax", "encoding", "not-a-number"})
"""Rules that storing a line checks anyway, in every line and without exception."""


class Rules(msgspec.Struct, frozen=True):
    """The rules that run, of one record, of several compared and of whole files, and those that make a commit refuse:
    ``named`` for whatever they find, ``refused`` for errors. ``are_all`` is False where others were left out."""

    of_records: Selection
    compared: Selection
    of_files: frozenset[str]
    named: frozenset[str]
    refused: frozenset[str]
    are_all: bool

    @property
    def ids(self) -> tuple[str, ...]:
        """The rules that run."""
        return (*self.of_records.only, *self.compared.only, *self.of_files)

    def refuse(self, finding: Finding) -> bool:
        """Whether a finding is one that a commit refuses."""
        return finding.rule in self.named or (finding.severity == "error" and finding.rule in self.refused)


def rules_of_commit(ctx: Context, dataset: Dataset, *, by_others: bool = False, is_small: bool = True) -> Rules:
    """The rules for a dataset's new lines: few enough of them for all rules, or not; made ``by_others``: an import.

    Raises UsageError for settings that name a rule which no commit can ask.
    """

    general = selection(ctx, Selection(topics=(STRUCTURE,)), dataset.name)
    refuse = general.settings.refuse
    named = frozenset(refuse or ()) - {STRUCTURE}
    if named <= all_rules().keys():  # own rules are for `validate`: none of them may stand in a commit's way
        general = replace(general, settings=without_own(general.settings))
    by_name = replace(general, topics=(), only=tuple(named - _BY_ITSELF))
    wanted = [_asked(each) for each in choose(by_name)] if by_name.only else []
    structure = choose(general) if is_small or STRUCTURE in (refuse or ()) else []
    errors = [each for each in structure if each.severity == "error" and each.rule.id not in _BY_ITSELF]
    chosen = {each.rule.id: each for each in (*errors, *wanted)}
    of_files = frozenset(chosen) & {NO_RECORDS}
    of_records = tuple(rule for rule, each in chosen.items() if isinstance(each.check, RecordCheck))
    refuses_structure = STRUCTURE in refuse if refuse is not None else not by_others
    return Rules(
        of_records=replace(by_name, only=of_records),
        compared=replace(by_name, only=tuple(rule for rule in chosen if rule not in {*of_records, *of_files})),
        of_files=of_files,
        named=named,
        refused=frozenset(each.rule.id for each in errors if refuses_structure),
        are_all=is_small or STRUCTURE in (refuse or ()),
    )


def _asked(chosen: Chosen) -> Chosen:
    """A rule that the settings name. Raises UsageError for one that only a look at all records can answer."""
    if isinstance(chosen.check, RecordCheck) or chosen.rule.topic == STRUCTURE:
        return chosen
    raise UsageError(
        f"'refuse' in the settings names '{chosen.rule.id}', which compares all records: no commit can ask it",
        hint="leave it out there; a gate can ask it: dsvc validate --gate",
    )


def names_what_is_refused(ctx: Context, dataset: Dataset) -> bool:
    """Whether the settings name what is refused: then new lines are looked at however many they are."""
    return bool(selection(ctx, Selection(), dataset.name).settings.refuse)
