"""Git-style version control for fine-tuning datasets, record by record, on git and DVC.

    import dsvc

    repo = dsvc.open("path/to/repository")
    for record in repo.snapshot("medical@v1.0"):
        print(record.value)

Importing this package is cheap; numpy, DVC and the rest are imported by what needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dsvc.diff import Diff
    from dsvc.repository import Repository
    from dsvc.repository.results import InitResult
    from dsvc.snapshot import Snapshot

__version__ = "0.1.0"


def open(path: str | Path = ".", *, progress: Callable[[int], None] | None = None) -> Repository:  # noqa: A001
    """Open the repository that ``path`` lies in. ``progress`` is told the bytes that long steps have done.

    Raises NotFoundError where there is no git work tree with DVC in it.
    """
    from dsvc.repository import Repository

    return Repository.open(path, progress=progress)


def init(path: str | Path = ".") -> InitResult:
    """Make git, DVC and dsvc ready at ``path``; what exists is left as it is."""
    from pathlib import Path

    from dsvc.repository.init import init

    return init(Path(path))


def diff_paths(old: str | Path, new: str | Path, *, key: Sequence[str] = ()) -> Diff:
    """The changes between two JSONL files, or folders of them; no repository is needed."""
    from pathlib import Path

    from dsvc.repository import content

    return content.diff_paths(Path(old), Path(new), key)


def open_file(path: str | Path) -> Snapshot:
    """The content of a JSONL file, or a folder of them, anywhere.

    The file stays open until ``close``, the end of a ``with`` block, or the last reference.
    """
    from pathlib import Path

    from dsvc.repository import content

    return content.open_path(Path(path))
