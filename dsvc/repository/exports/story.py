"""What a card tells of a version: its manifest, the versions before it, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, UsageError
from dsvc.exporters.story import Story
from dsvc.repository.found_by_commits import found_until
from dsvc.repository.revisions import Version, Working, resolve
from dsvc.repository.sources import records_by_source

if TYPE_CHECKING:
    from dsvc.exporters.provenance import Provenance
    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.snapshot import Snapshot


def story_of(ctx: Context, revision: str, snapshot: Snapshot, provenance: Provenance, request: ExportRequest) -> Story:
    """The story of the version that ``revision`` names.

    Raises UsageError when it is a file, which has none, NotFoundError when its manifest is not at hand.
    """
    found = resolve(ctx, revision)
    if not isinstance(found, Version):
        way = f"{found.dataset.name}@HEAD" if isinstance(found, Working) else "DATASET@v1.0"
        raise UsageError(f"'{revision}' is a file; a card tells of a version", hint=f"name a version: {way}")
    head = ctx.git.head()
    manifest = ctx.versions.manifest_of(found.dataset, found.entry, head)
    if manifest is None:
        raise NotFoundError(
            f"what is written down of '{snapshot.name}' is not in this clone", hint="git fetch --unshallow --tags"
        )
    known = {entry.id: entry for entry in ctx.versions.all_known(found.dataset, head)}
    line = [found.entry]
    while line[-1].parents and line[-1].parents[0] in known:
        line.append(known[line[-1].parents[0]])
    return Story(
        name=request.name or found.dataset.name,
        manifest=manifest,
        versions=tuple(line),
        snapshot=snapshot,
        provenance=provenance,
        records_by_source=records_by_source(snapshot),
        with_people=request.with_people,
        languages=request.languages,
        kept=tuple(told for told in found_until(ctx, found).by_commits if told.reason is not None),
    )
