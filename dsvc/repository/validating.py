"""``validate``: what is wrong with a version, a working file or a plain file, record by record."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.repository.content import snapshot_with_origins
from dsvc.repository.settings import read_settings
from dsvc.validators.reuse import FindingStore
from dsvc.validators.rule import RecordCheck
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.context import Context
    from dsvc.validators.selection import Chosen


def selection(ctx: Context, asked: Selection) -> Selection:
    """What was asked for, with the repository's settings. Raises UsageError for what is not known."""
    return replace(asked, settings=read_settings(ctx.working.root).validate)


@contextmanager
def validation(
    ctx: Context, revision: str | None, asked: Selection, *, processes: int | None = None
) -> Iterator[Validation]:
    """The rules over what a revision names (None: the working file of the only dataset); valid inside the ``with``."""
    chosen_by = selection(ctx, asked)
    chosen = choose(chosen_by)
    with snapshot_with_origins(ctx, revision) as snapshot:
        store = FindingStore(ctx.state / "cache" / "findings", _looked_for(chosen))
        yield Validation(snapshot, chosen_by, store=store, progress=ctx.progress, processes=processes)


def _looked_for(chosen: Sequence[Chosen]) -> str:
    return "\n".join(each.fingerprint for each in chosen if isinstance(each.check, RecordCheck))
