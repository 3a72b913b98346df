"""Where a verb takes records from: a file that import can read, or the files of a revision."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dsvc.cli import diagnostics
from dsvc.errors import BadDataError, DsvcError, NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dsvc.snapshot import Snapshot


OTHER_FORMATS_HINT: Final = (
    "name tables so that their names tell: FILE.csv, FILE.tsv (docs/import.md: all that is read)"
)


class RecordFile(NamedTuple):
    """One file's lines; ``counted`` tells what their numbers are in messages: lines of it, or records."""

    name: str
    lines: Iterable[bytes]
    counted: str


def record_files(source: str, tell: Callable[[str], None] = diagnostics.note) -> Iterator[RecordFile]:
    """The files that ``source`` stands for: what import reads (``-``: standard input), else a revision of a dataset.

    What reading decides on its own goes to ``tell``. Raises NotFoundError, UsageError, and while the lines are read
    BadDataError.
    """
    path = Path(source)
    if source != "-" and "://" not in source and (not path.exists() or _has_jsonl(path)):
        snapshot = _snapshot(source, path)
        for file in snapshot.layout.files:
            called = f"{file.path}@{snapshot.name.rpartition('@')[2]}" if "@" in snapshot.name else file.path
            yield RecordFile(called, snapshot.lines(file), "line")
        return
    from dsvc.importers.opening import opened
    from dsvc.importers.source import Wanted

    with ExitStack() as stack:
        try:
            found = stack.enter_context(opened(source, path, Wanted()))
        except UsageError as error:
            raise _unreadable(error) from None
        told = 0
        for part in found.parts:
            yield RecordFile(part.called, part.lines(), part.counted)
            for sentence in found.told[told:]:
                tell(sentence)
            told = len(found.told)


def _has_jsonl(path: Path) -> bool:
    """Whether it is a folder of JSONL, as a dataset of several files is."""
    from dsvc.own_files import is_baseline

    if not path.is_dir() or (path / "README.md").exists():
        return False
    return any(not is_baseline(file) for file in path.glob("*.jsonl"))


def _unreadable(error: UsageError) -> DsvcError:
    if not error.message.startswith("cannot tell the format"):
        return error
    return BadDataError(error.message, hint=OTHER_FORMATS_HINT)


def _snapshot(source: str, path: Path) -> Snapshot:
    import dsvc

    if path.exists():  # a folder; of what cannot be read as records it says so
        return dsvc.open_file(path)
    try:
        repository = dsvc.open()
    except NotFoundError:
        if "@" in source:
            raise
        raise NotFoundError(f"there is no file '{source}'", hint="versions of datasets are in a repository") from None
    return repository.snapshot(source)
