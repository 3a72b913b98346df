"""``split`` of a file or a folder that lies in no repository: into a new folder, and nothing is remembered."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError, UsageError
from dsvc.exporters.new_folder import new_folder
from dsvc.repository.content import open_path
from dsvc.repository.datasets import Dataset
from dsvc.repository.splits.files import SnapshotLines, parts_anew
from dsvc.repository.splits.memory import Memory, Origin
from dsvc.repository.splits.split import Split
from dsvc.splitting.plan import plan
from dsvc.splitting.table import Input, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repository.splits.target import SplitRequest


def split_path(
    source: Path,
    output: Path | None,
    request: SplitRequest,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Split:
    """Write the parts of a file into a new folder, all of them or none. Raises what ``splitting.split`` raises."""
    if output is None:
        raise UsageError(
            f"'{source}' is in no repository; its parts need a new folder",
            hint=f"name one: -o {quote(f'{source.parent / source.stem}_split')}",
        )
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ProtectedError(f"'{output}' exists already", hint=f"name a new folder: -o {quote(f'{output}_new')}")
    rule = request.rule(None)
    with ExitStack() as stack:
        files: list[SnapshotLines] = []
        for path in (source, *map(Path, request.add)):
            snapshot = stack.enter_context(open_path(path))
            files += [SnapshotLines(snapshot, file) for file in snapshot.layout.files]
        decided = plan(read_table([Input(file) for file in files], rule, (), progress), rule)
        out = parts_anew(decided, ".", files)
        if not dry_run:
            with new_folder(output, force=False) as folder:
                for file in out:
                    with (folder / file.path).open("xb") as written:
                        written.writelines(file.chunks())
        return Split(
            dataset=Dataset(output.name, str(output), "folder"),
            plan=decided,
            memory=Memory(rule, Origin(path=str(source))),
            files={f"{output}/{Path(file.path).name}": file.lines for file in out},
            changed=() if dry_run else tuple(f"{output}/{Path(file.path).name}" for file in out),
        )
