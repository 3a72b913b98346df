"""Accept findings: into the baseline that ``validate`` goes by. ``undo`` takes it back, git keeps it for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import ProtectedError
from dsvc.render.numbers import plural
from dsvc.repository.content import file_of, side_of
from dsvc.repository.datasets import Dataset
from dsvc.repository.results import Outcome
from dsvc.repository.revisions import PlainFile, Version
from dsvc.repository.validating import dataset_of, settings_for
from dsvc.repository.versions import find_dataset, require_dataset
from dsvc.repository.writing.journal import Entry
from dsvc.repository.writing.recovery import set_room_aside
from dsvc.repository.writing.replaced import digest_now, keep, put, sweep_kept
from dsvc.validators.baseline import accepted_with, baseline_at, encoded

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.validators.baseline import Baseline
    from dsvc.validators.finding import Finding

VERB: Final = "accept"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What is accepted now: the baseline's path, and how many findings it has; ``outcome`` is None where nothing new
    was accepted. ``to_commit`` is the path in the repository of a file that git does not have as it is now."""

    path: Path
    count: int
    outcome: Outcome | None = None
    to_commit: str | None = None


def accept(
    ctx: Context,
    findings: Sequence[Finding],
    revision: str | None,
    *,
    rules: Collection[str] | None = None,
    baseline: Path | None = None,
    seen: Baseline | None = None,
) -> Accepted:
    """Accept findings in what a revision names, besides what is accepted already.

    ``rules``: these findings are all that these rules found, so that what was accepted of them before is forgotten (but
    not where a revision names one file of a folder, or a pilot: other records may have it).
    ``baseline``: a file in the repository in place of that of the settings. ``seen``: what was accepted when these were
    found and told as new; None: they are told whatever is accepted, as :meth:`Repository.validate` does. Raises
    BadDataError when it is another kind of file, ProtectedError when it is a working file or something writes to it
    right now.
    """
    with ctx.writing():
        dataset = _dataset(ctx, revision)
        settings = settings_for(ctx, revision if revision is not None else dataset.name)
        path = _inside(ctx, baseline or ctx.working.root / settings.baseline)
        before = digest_now(ctx, path)
        old = baseline_at(ctx.working.path(path), path)
        known = accepted_with(findings, old, None if _is_part(ctx, revision) else rules, seen)
        told = f"{plural(known.total(), 'finding')} in '{path}'"
        is_new = _replace(ctx, dataset, told, path, before, encoded(known))
        outcome = _outcome(dataset, path, known.total()) if is_new else None
        is_kept = ctx.git.is_tracked(path) and not ctx.git.changed_in_worktree(path)
    return Accepted(
        path=ctx.working.path(path), count=known.total(), outcome=outcome, to_commit=None if is_kept else path
    )


def _replace(ctx: Context, dataset: Dataset, told: str, path: str, before: str | None, content: bytes) -> bool:
    """Put a baseline in its place, so that ``undo`` takes it back; whether it is another one than ``before``."""
    after = keep(ctx, content)
    if before == after:
        return False
    if before is not None and keep(ctx, ctx.working.path(path).read_bytes()) != before:
        raise _written_meanwhile(path)
    entry = _entry(ctx, dataset, told, {path: (before, after)})
    set_room_aside(ctx)
    ctx.journal.write(entry)
    if left := settle_acceptance(ctx, entry):
        raise _written_meanwhile(left[0])
    sweep_kept(ctx)
    return True


def _outcome(dataset: Dataset, path: str, count: int) -> Outcome:
    file = f"{plural(count, 'finding')} accepted in '{path}'"
    return Outcome(verb=VERB, dataset=dataset, file=file)


def settle_acceptance(ctx: Context, entry: Entry) -> list[str]:
    """Finish an acceptance that was begun; gives files that were left because something else has written to them."""
    ctx.reserve.unlink(missing_ok=True)
    try:
        return _settle(ctx, entry)
    except OSError:
        return _settle(ctx, entry)  # there is no way back; perhaps somebody made room


def _settle(ctx: Context, entry: Entry) -> list[str]:
    left = put(ctx, entry)
    if left:
        ctx.journal.forget(entry)
    else:
        ctx.journal.close(entry)
    return left


def is_inside(root: Path, path: Path) -> bool:
    """Whether a file lies in the repository, where what was in it can be put back."""
    return (path.parent.resolve() / path.name).is_relative_to(root.resolve())


def _dataset(ctx: Context, revision: str | None) -> Dataset:
    """The dataset that is looked at; a plain file stands for itself."""
    name = dataset_of(ctx, revision)
    if name is None and revision is not None:
        return Dataset(revision, revision, "file")
    return require_dataset(ctx.versions.datasets(ctx.git.head()), name)


def _is_part(ctx: Context, revision: str | None) -> bool:
    """Whether a revision names some records of a dataset only: one file of a folder, or a pilot."""
    side = side_of(ctx, revision) if revision is not None else None
    if side is None or isinstance(side, PlainFile):
        return False
    is_pilot = isinstance(side, Version) and side.pilot is not None
    return is_pilot or file_of(side, revision) is not None


def _inside(ctx: Context, path: Path) -> str:
    root = ctx.working.root
    if not is_inside(root, path):
        raise ProtectedError(f"'{path}' lies outside of the repository", hint="name a file in it: --baseline FILE")
    inside = (path.parent.resolve() / path.name).relative_to(root.resolve()).as_posix()
    if find_dataset(ctx.versions.datasets(ctx.git.head()), inside) is not None:
        raise ProtectedError(f"'{inside}' is a working file", hint="name another file: --baseline FILE")
    return inside


def _written_meanwhile(path: str) -> ProtectedError:
    return ProtectedError(f"'{path}' was written by something else meanwhile, and is left as it is", hint="try again")


def _entry(ctx: Context, dataset: Dataset, summary: str, replaced: dict[str, tuple[str | None, str | None]]) -> Entry:
    head = ctx.git.head()
    return Entry(
        number=ctx.journal.next_number(),
        verb=VERB,
        state="open",
        at=ctx.clock().isoformat(),
        dataset={"name": dataset.name, "path": dataset.path, "kind": dataset.kind},
        summary=summary,
        parent=head,
        commit=head,
        replaced=replaced,
    )
