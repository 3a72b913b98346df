"""What a correction would break: errors that the commit of the review would refuse, told while the record is seen."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dsvc.errors import DsvcError
from dsvc.record import BOM
from dsvc.repository.working_files import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.committing.commit_rules import Rules
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.validators.finding import Finding


def broken_by(ctx: Context, dataset: Dataset, file: str, old: bytes, new: bytes) -> list[Finding]:
    """The errors of one record that its old text does not have: what rules that take records one by one refuse.

    Nothing where the settings refuse nothing, or where the rules cannot run: the commit says so then.
    """
    from dsvc.repository.committing.commit_rules import rules_of_commit

    with suppress(DsvcError):
        rules = rules_of_commit(ctx, dataset)
        had = {(each.rule, each.path) for each in _refused(ctx, dataset, file, old, rules)}
        return [each for each in _refused(ctx, dataset, file, new, rules) if (each.rule, each.path) not in had]
    return []


def _refused(ctx: Context, dataset: Dataset, file: str, content: bytes, rules: Rules) -> Iterator[Finding]:
    from dsvc.repository.committing.new_lines import LinesInMemory
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import stamped

    if not rules.of_records.only:
        return
    lines = LinesInMemory.of({file: content.removeprefix(BOM).strip() + b"\n"})
    lines.folder = folder_of(ctx.working, dataset)
    yield from filter(rules.refuse, Validation(lines, stamped(rules.of_records), processes=1))
