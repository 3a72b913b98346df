"""Whether parts may be made of what is split now: of the same dataset, and of no less than they have."""

from __future__ import annotations

from pathlib import PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError
from dsvc.render.numbers import plural
from dsvc.repository.datasets import SUFFIX

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.repository.splits.memory import Memory, Origin
    from dsvc.repository.splits.target import Target


def require_same_origin(target: Target, memory: Memory | None) -> None:
    """Raise ProtectedError where a folder has the parts of something else, which would be replaced."""
    if memory is None or target.in_place or target.origin is None:
        return
    before, now = memory.origin, target.origin
    if before is not None and (before.path == now.path or (before.dataset and before.dataset == now.dataset)):
        return
    held = f"the parts of '{_name(before)}'" if before is not None else "parts that were not made from another dataset"
    place = now.path.removesuffix(SUFFIX) + "_split"
    place = place if place != target.folder.path else f"{place}_new"
    raise ProtectedError(
        f"'{target.folder.path}' holds {held}; split would replace them with those of '{_name(now)}'",
        hint=f"name another folder: -o {quote(place)}; or replace them: --force",
    )


def require_not_less(ctx: Context, target: Target, memory: Memory | None, gone: int) -> None:
    """Raise ProtectedError where records would leave the parts because a content is split that is no successor of the
    one that they came from: an older version, or the same one without the edits that were split.
    """
    before, now = memory.origin if memory is not None else None, target.origin
    if not gone or before is None or now is None or not (before.version and now.version):
        return
    if before.version == now.version:
        if now.sha256 or not before.sha256:
            return
        was = f"edits of {_name(before)} {before.number} that it does not have any more"
    elif _comes_from(ctx, now, before):
        return
    else:
        was = f"{_name(before)} {before.number}, which is no older version than '{target.revision}'"
    raise ProtectedError(
        f"'{target.folder.path}' was made from {was}: {plural(gone, 'record')} would leave the parts",
        hint="split a version that has them; or let them go: --force",
    )


def _comes_from(ctx: Context, now: Origin, before: Origin) -> bool:
    """Whether a version was made from another one."""
    head = ctx.git.head()
    dataset = next((one for one in ctx.versions.datasets(head) if one.name == now.dataset), None)
    known = ctx.versions.all_known(dataset, head) if dataset is not None else []
    parents: dict[str, tuple[str, ...]] = {each.id: tuple(each.parents) for each in known}
    waiting, seen = [now.version], set[str]()
    while waiting:
        each = waiting.pop()
        if each == before.version:
            return True
        if each not in seen:
            seen.add(each)
            waiting += parents.get(each, ())
    return False


def _name(origin: Origin) -> str:
    return origin.dataset or PurePosixPath(origin.path).name
