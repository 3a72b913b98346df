"""Keeping what would be lost: uncommitted edits and undone versions, on local tags that nothing else holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.manifest import DatasetInfo, Manifest, Number, Person, StoreInfo
from dsvc.origin import Annotator, LayoutId, Origin
from dsvc.repository.committing.new_version import changes_of, counts_of, file_info
from dsvc.repository.comparison import OldVersion
from dsvc.repository.datasets import new_version_id
from dsvc.repository.going_back.kept import keep_tag
from dsvc.repository.scan import scanned
from dsvc.repository.writing.version_writer import NewFile, VersionWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset


def save_edits(ctx: Context, dataset: Dataset, paths: Sequence[str], base: LedgerEntry | None) -> str:
    """Store the working files as they are (records or not) and give the local tag that holds them."""
    import numpy as np

    snapshot = ctx.versions.snapshot(dataset, base) if base is not None else None
    old = OldVersion.of(snapshot, ctx.state / "cache" / "lines")
    reading = old.along(dataset, ctx.progress)
    with scanned(ctx.working, paths, reading) as files, ctx.locked():
        matched = old.match(files)
        version = new_version_id()
        origin = Origin(version, None, (Annotator("dsvc", "script"),))
        new = [NewFile(f, m, np.zeros(len(m.new_lines()), dtype=np.int64)) for f, m in zip(files, matched, strict=True)]
        known = (ctx.versions.layout(base), ctx.versions.store(base)) if base is not None else None
        stored = VersionWriter(ctx.packs, known).write(new, [origin], check=False)
        layouts = stored.layout.layout.files
        manifest = Manifest(
            id=version,
            number=base.number if base is not None else Number("v0.0"),
            dataset=DatasetInfo(name=dataset.name, path=dataset.path, kind=dataset.kind),
            parents=(base.id,) if base is not None else (),
            kind="save",
            authored_at=ctx.clock(),
            author=Person(name="dsvc"),
            recorded_at=ctx.clock(),
            recorded_by=Person(name="dsvc"),
            reason="uncommitted edits, saved before they were overwritten",
            annotators=(),
            sources=(),
            files=tuple(file_info(file) for file in layouts),
            counts=counts_of(layouts),
            changes=changes_of(None, ()),
            store=StoreInfo(
                dir=stored.directory, layout=LayoutId(stored.layout.id), bytes=stored.bytes, files=stored.files
            ),
        )
        pointer = ctx.packs.pointer_bytes(stored.directory, size=stored.bytes, nfiles=stored.files)
        commit = ctx.git.commit_detached(
            {
                dataset.manifest_path: manifest.encode(),
                dataset.ledger_path: manifest.ledger_entry().encode(),
                dataset.pointer_path: pointer,
            },
            f"{dataset.name}: saved edits\n\nDsvc-Version: {version}\n",
            parent=ctx.git.head(),
        )
        tag = keep_tag(dataset.name, f"{ctx.clock():%Y%m%dT%H%M%S}", version)
        ctx.git.tag(tag, commit, "", annotated=False)
        return tag
