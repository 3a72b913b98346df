"""Facts beside the versions of a dataset (pilots, their results …) written, journaled, committed and tagged.

A version is published by :mod:`dsvc.repository.writing.publish`; what is noted here makes no version. A crash leaves
either nothing or all of it, and ``undo`` takes it back.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.durable import replace_flushed
from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.names import too_long
from dsvc.repository.writing.journal import Entry
from dsvc.repository.writing.no_branch import told_of_no_branch
from dsvc.repository.writing.publish import committable
from dsvc.repository.writing.recovery import finish, set_room_aside, settle, stopped_late
from dsvc.repository.writing.shared_files import renewals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.versions import Current
    from dsvc.store.git_values import CommitId

_MOST_BYTES: Final = 240
"""Of a tag: git keeps it in a file of its name, and locks that with a suffix."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be noted.

    ``files``: repository paths in the dataset's state folder with their new bytes (None: removed); ``summary`` begins
    with the name of what it is about and a colon (``pilot-a: 1,000 records of v1.0``), and is the commit's message;
    ``tag`` is put on the commit; the tag ``untag`` goes.
    """

    verb: str
    files: Mapping[str, bytes | None]
    summary: str
    tag: str | None = None
    untag: str | None = None


class NotedAt(msgspec.Struct, frozen=True, kw_only=True):
    """The commit with what was noted, its tag, and what else there is to say."""

    commit: CommitId
    tag: str | None
    notes: tuple[str, ...]


def current_of(ctx: Context, dataset: Dataset) -> Current:
    """The dataset at HEAD, for who notes something. Raises NotFoundError when HEAD does not have it."""
    current = ctx.versions.current(dataset, ctx.git.head())
    if current is None:
        raise NotFoundError(f"HEAD has no dataset '{dataset.name}'", hint="dsvc status")
    return current


def note(ctx: Context, current: Current, noted: Noted) -> NotedAt:
    """Write the files and commit them; to be called under ``ctx.writing()``.

    Raises ProtectedError when one of them has changes that nobody committed, or the tag is taken; what a commit raises.
    """
    ctx.require_no_merge()
    ctx.git.identity()
    notes: list[str] = []
    extra = renewals(ctx, current.commit, notes)
    for path in noted.files:
        _require_untouched(ctx, current, path)
    if noted.tag is not None:
        require_free_tag(ctx, noted.tag)
    with ctx.locked() as lock:
        set_room_aside(ctx)
        entry = ctx.journal.write(_entry(ctx, current, noted, extra))
        try:
            _write(ctx, noted.files)
            for path, (_, new) in extra.items():
                replace_flushed(ctx.working.root / path, new.encode("utf-8", "surrogateescape"))
            with lock.paused():
                text = f"{current.dataset.name} {noted.summary}\n"
                commit = ctx.git.commit(entry.paths, text, expected_parent=current.commit)
        except BaseException as error:
            if settle(ctx, entry) and isinstance(error, KeyboardInterrupt):
                raise stopped_late(entry) from None
            raise
        closed, problem = finish(ctx, entry, commit)
    notes += [problem] if problem is not None else []
    return NotedAt(commit=commit, tag=closed.tag, notes=(*notes, *told_of_no_branch(ctx)))


def _require_untouched(ctx: Context, current: Current, path: str) -> None:
    here = ctx.working.path(path)  # refuses links
    if ctx.git.read(current.commit, path) is None:
        if here.exists():
            raise ProtectedError(f"there is a file '{path}' that is not committed", hint=f"move it away: mv '{path}' .")
    elif not here.exists() or ctx.git.changed_in_worktree(path):
        raise ProtectedError(
            f"'{path}' was changed here, and that is not committed",
            hint=f"put it back: git restore --staged --worktree '{path}'",
        )


def require_free_tag(ctx: Context, tag: str) -> None:
    """Raise ProtectedError for a tag that is there, or that git would not take."""
    if too_long(tag, _MOST_BYTES) is not None:
        raise UsageError(f"the name of the tag would have more than {_MOST_BYTES} bytes", hint="choose a shorter name")
    if not ctx.git.valid_tag_name(tag):
        raise ProtectedError(f"git takes no tag '{tag}'", hint="choose another name: --name NAME")
    if ctx.git.tagged(tag) is not None:
        raise ProtectedError(f"there is a tag '{tag}' already", hint=f"choose another name, or: git tag -d '{tag}'")


def _write(ctx: Context, files: Mapping[str, bytes | None]) -> None:
    for path, data in files.items():
        if data is None:
            ctx.working.path(path).unlink(missing_ok=True)
        else:
            replace_flushed(ctx.working.path(path), data)


def _entry(ctx: Context, current: Current, noted: Noted, extra: dict[str, tuple[str | None, str]]) -> Entry:
    dataset = current.dataset
    base = ctx.working.base(dataset.path)
    return Entry(
        number=ctx.journal.next_number(),
        verb=noted.verb,
        state="open",
        at=ctx.clock().isoformat(),
        dataset={"name": dataset.name, "path": dataset.path, "kind": dataset.kind},
        summary=noted.summary,
        parent=current.commit,
        version=current.manifest.id,
        tag=noted.tag,
        paths=(*noted.files, *committable(ctx, extra)),
        extra=extra,
        base_before=base.to_json() if base else None,
        base_after=base.to_json() if base else None,
        untagged=_untagged(ctx, noted.untag),
        facts={path: _sha256(data) for path, data in noted.files.items()},
    )


def _untagged(ctx: Context, tag: str | None) -> tuple[str, str] | None:
    commit = ctx.git.tagged(tag) if tag is not None else None
    return (tag, commit) if tag is not None and commit is not None else None


def _sha256(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


__all__ = ["Noted", "NotedAt", "current_of", "note", "require_free_tag"]
