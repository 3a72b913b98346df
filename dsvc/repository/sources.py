"""The sources that lines of a version, or of a working file, come from, with their licences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dsvc.diff.summary import SourceChange
from dsvc.record import is_blank
from dsvc.repository.revisions import PlainFile, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.origin import Origin
    from dsvc.repository.content import Side
    from dsvc.repository.context import Context
    from dsvc.snapshot import Snapshot


def licences_by_source(ctx: Context, side: Side, snapshot: Snapshot) -> dict[str, str | None]:
    """The licences by the names of the sources that lines come from, whichever version took them in.

    None: no licence is known of that name. Of a plain file there are none; of a working file with lines that are edited
    or new also the sources of HEAD's version, because edited lines keep theirs. Where a version's own manifest is not
    here (a shallow clone) that of HEAD tells what it knows, and a name that it lacks is left out.
    """
    if isinstance(side, PlainFile):
        return {}
    head = ctx.git.head()
    own = ctx.versions.manifest_of(side.dataset, side.entry, head) if isinstance(side, Version) else None
    current = ctx.versions.current(side.dataset, head) if own is None else None
    manifest = own or (current.manifest if current is not None else None)
    known = {source.name: source.licence for source in manifest.sources} if manifest is not None else {}
    origins = _origins(snapshot)
    if current is not None and any(not origin.version for origin in origins):
        origins += _origins(ctx.versions.snapshot(side.dataset, current.entry))
    names = {origin.source for origin in origins if origin.source is not None}
    unlisted = sorted(names - known.keys()) if own is not None else []
    return {name: known.get(name) for name in (*(name for name in known if name in names), *unlisted)}


def records_by_source(snapshot: Snapshot) -> dict[str | None, int]:
    """How many records came from each source, in whichever version; None is a source that nobody wrote down.

    An edited record counts for the source that it came from.
    """
    sources = [pack.origin.source for pack in snapshot.layout.packs]
    found: Counter[str | None] = Counter()
    for file in snapshot.layout.files:
        pieces = file.pieces
        if file.lines == file.records:
            for pack, count in zip(pieces.pack.tolist(), pieces.lines.tolist(), strict=True):
                found[sources[pack]] += count
        else:
            packs = pieces.pack.repeat(pieces.lines).tolist()
            lines = snapshot.lines(file)
            found.update(sources[pack] for pack, line in zip(packs, lines, strict=True) if not is_blank(line))
    return dict(found)


def source_changes(
    ctx: Context, sides: tuple[Side, Side], snapshots: tuple[Snapshot, Snapshot]
) -> tuple[SourceChange, ...]:
    """Which sources only one of two versions has records of, or another licence of; none, unless both are versions."""
    if not all(isinstance(side, Version) and side.pilot is None for side in sides):
        return ()
    old, new = (licences_by_source(ctx, side, snapshot) for side, snapshot in zip(sides, snapshots, strict=True))
    return tuple(
        SourceChange(name, before, now)
        for name in {**new, **old}
        if (before := _licence(old, name)) != (now := _licence(new, name))
    )


def _licence(sources: Mapping[str, str | None], name: str) -> str | None:
    return (sources[name] or "unknown") if name in sources else None


def _origins(snapshot: Snapshot) -> list[Origin]:
    """What the lines of a snapshot came in with, each once."""
    packs = snapshot.layout.packs
    used = {piece.pack for file in snapshot.layout.files for piece in file.pieces.coalesced()}
    return list(dict.fromkeys(packs[pack].origin for pack in sorted(used)))
