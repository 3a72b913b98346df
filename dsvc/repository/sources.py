"""The sources that lines of a version, or of a working file, come from, with their licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.diff.summary import SourceChange
from dsvc.repository.revisions import PlainFile, Version, Working

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.manifest import Manifest
    from dsvc.origin import Origin
    from dsvc.repository.content import Side
    from dsvc.repository.context import Context
    from dsvc.snapshot import Snapshot


def sources_of(ctx: Context, side: Side, snapshot: Snapshot) -> dict[str, str | None]:
    """The licences by the names of the sources that lines come from, whichever version took them in.

    None: no licence is known of that name. Of a working file with lines that are edited or new, all sources of HEAD's
    version: edited lines keep theirs. Of a plain file none.
    """
    manifest = _manifest(ctx, side)
    known: Mapping[str, str] = {source.name: source.licence for source in manifest.sources} if manifest else {}
    origins = _origins(snapshot) if not isinstance(side, PlainFile) else []
    if any(not origin.version for origin in origins):
        return dict(known)
    names = {origin.source for origin in origins if origin.source is not None}
    named = (*(name for name in known if name in names), *sorted(names - known.keys()))
    return {name: known.get(name) for name in named}


def sources_to_compare(ctx: Context, side: Side, snapshot: Snapshot) -> dict[str, str | None]:
    """Of a working file those of HEAD's version: what was edited keeps its source, what is new has none yet."""
    current = ctx.versions.current(side.dataset, ctx.git.head()) if isinstance(side, Working) else None
    if current is None:
        return sources_of(ctx, side, snapshot)
    version = Version(current.dataset, current.entry)
    return sources_of(ctx, version, ctx.versions.snapshot(version.dataset, version.entry))


def source_changes(
    ctx: Context, sides: tuple[Side, Side], snapshots: tuple[Snapshot, Snapshot]
) -> tuple[SourceChange, ...]:
    """Which sources only one of two versions has records of, or another licence of; none, unless both are versions."""
    if not all(isinstance(side, Version) and side.pilot is None for side in sides):
        return ()
    old, new = (sources_of(ctx, side, snapshot) for side, snapshot in zip(sides, snapshots, strict=True))
    return tuple(
        SourceChange(name, before, now)
        for name in {**new, **old}
        if (before := _licence(old, name)) != (now := _licence(new, name))
    )


def _licence(sources: Mapping[str, str | None], name: str) -> str | None:
    return (sources[name] or "unknown") if name in sources else None


def _manifest(ctx: Context, side: Side) -> Manifest | None:
    if isinstance(side, PlainFile):
        return None
    head = ctx.git.head()
    if isinstance(side, Version):
        return ctx.versions.manifest_of(side.dataset, side.entry, head)
    current = ctx.versions.current(side.dataset, head)
    return current.manifest if current is not None else None


def _origins(snapshot: Snapshot) -> list[Origin]:
    """What the lines of a snapshot came in with, each once."""
    packs = snapshot.layout.packs
    used = {number for file in snapshot.layout.files for number in file.pieces.coalesced().pack.tolist()}
    return list(dict.fromkeys(packs[pack].origin for pack in sorted(used)))
