"""``validate``: what is wrong with a version, a working file or a plain file, record by record."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.repository import content
from dsvc.repository.revisions import Working, resolve, resolve_version
from dsvc.repository.settings import read_settings
from dsvc.repository.versions import require_dataset
from dsvc.validators.reuse import FindingStore
from dsvc.validators.rule import RecordCheck
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.context import Context
    from dsvc.snapshot import Snapshot
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
    with _opened(ctx, revision) as snapshot:
        store = FindingStore(ctx.state / "cache" / "findings", _looked_for(chosen))
        yield Validation(snapshot, chosen_by, store=store, progress=ctx.progress, processes=processes)


def _looked_for(chosen: Sequence[Chosen]) -> str:
    return "\n".join(each.fingerprint for each in chosen if isinstance(each.check, RecordCheck))


@contextmanager
def _opened(ctx: Context, revision: str | None) -> Iterator[Snapshot]:
    """A snapshot; a working file shares the packs of HEAD's version, so that what is known of them is of use."""
    head = ctx.git.head()
    if revision is None:
        revision = require_dataset(ctx.versions.datasets(head), None).name
    side = resolve(ctx, revision)
    if isinstance(side, Working) and ctx.versions.current(side.dataset, head) is not None:
        entry = resolve_version(ctx, side.dataset, "HEAD")
        with content.diff_working(ctx, side.dataset, entry) as found:
            yield found.new
        return
    with content.snapshot(ctx, revision) as snapshot:
        yield snapshot
