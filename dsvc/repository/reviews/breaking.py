"""What a correction would break: errors that the commit of the review would refuse, told while the record is seen."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.errors import DsvcError
from dsvc.record import BOM
from dsvc.repository.working_files import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Selection


def broken_by(ctx: Context, dataset: Dataset, file: str, old: bytes, new: bytes) -> list[Finding]:
    """The errors of one record that its old text does not have: what rules that take records one by one refuse.

    Nothing where the settings refuse nothing, or where the rules cannot run: the commit says so then.
    """
    found: list[Finding] = []
    with suppress(DsvcError):
        rules = _refusing(ctx, dataset)
        if rules is not None:
            had = {(each.rule, each.path) for each in _found(ctx, dataset, file, old, rules)}
            found += [e for e in _found(ctx, dataset, file, new, rules) if (e.rule, e.path) not in had]
    return found


def _refusing(ctx: Context, dataset: Dataset) -> Selection | None:
    """The rules of one record whose findings a commit refuses; None: there are none."""
    from dsvc.repository.committing.checks import STRUCTURE
    from dsvc.repository.validating import selection
    from dsvc.validators.own import without_own
    from dsvc.validators.registry import all_rules
    from dsvc.validators.rule import RecordCheck
    from dsvc.validators.selection import Selection, choose

    general = selection(ctx, Selection(topics=(STRUCTURE,)), dataset.name)
    refuse = general.settings.refuse if general.settings.refuse is not None else (STRUCTURE,)
    named = set(refuse) - {STRUCTURE}
    if named <= all_rules().keys():
        general = replace(general, settings=without_own(general.settings))
    chosen = [each for each in choose(general) if each.severity == "error"] if STRUCTURE in refuse else []
    chosen += choose(replace(general, topics=(), only=tuple(named))) if named else []
    ids = dict.fromkeys(each.rule.id for each in chosen if isinstance(each.check, RecordCheck))
    return replace(general, topics=(), only=tuple(ids)) if ids else None


def _found(ctx: Context, dataset: Dataset, file: str, content: bytes, rules: Selection) -> Iterator[Finding]:
    from dsvc.repository.committing.new_lines import LinesInMemory
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import stamped

    lines = LinesInMemory.of({file: content.removeprefix(BOM).strip() + b"\n"})
    lines.folder = folder_of(ctx.working, dataset)
    yield from Validation(lines, stamped(rules), processes=1)
