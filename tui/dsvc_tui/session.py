"""Where the terminal UI works: a folder, its repository if there is one, and what it remembers."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Final

from dsvc.errors import NotFoundError, UsageError
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.diff import Diff
    from dsvc.editing.session import EditSession
    from dsvc.repository import Repository
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.editing import Kept
    from dsvc.repository.going_back.kept_edits import KeptEdits
    from dsvc.statistics import Statistics
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import Selection
    from dsvc.validators.settings import ValidateSettings
    from dsvc_tui.records.row_findings import RowFindings
    from dsvc_tui.records.source import RecordSource


class Session:
    """Opens what screens ask for. Its methods may block: they belong into a worker thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._open = local()
        self.root, self._git_dir = _worktree(self.folder)
        """The top of the worktree; the folder itself where there is none."""
        self._checked: dict[object, RowFindings] = {}
        self._checked_names: set[str] = set()
        self.state = State(self.state_folder / "tui.json" if self.state_folder is not None else None)

    @property
    def state_folder(self) -> Path | None:
        """Where dsvc keeps what belongs to this worktree; None outside of any."""
        return self._git_dir / "dsvc" if self._git_dir is not None else None

    @property
    def cache(self) -> Path | None:
        """Where found offsets of records are kept; may be deleted at any time."""
        return self.state_folder / "cache" / "rows" if self.state_folder is not None else None

    @property
    def repository(self) -> Repository:
        """The repository, one for each thread. Raises NotFoundError where there is none."""
        found: Repository | None = getattr(self._open, "repository", None)
        if found is None:
            import dsvc

            found = self._open.repository = dsvc.open(self.folder)
        return found

    def keep_findings(self, revision: str, identity: object, findings: RowFindings) -> None:
        """Remember what was found in this content, until the program ends; the last few of them."""
        self._checked.pop(identity, None)
        self._checked[identity] = findings
        self._checked_names.add(revision)
        while len(self._checked) > _CHECKED:
            del self._checked[next(iter(self._checked))]

    def findings_in(self, identity: object) -> RowFindings | None:
        """What the last validation of exactly this content found; None when there was none."""
        return self._checked.get(identity) if identity is not None else None

    def was_checked(self, revision: str) -> bool:
        """Whether anything of this name was validated, with whatever content."""
        return revision in self._checked_names

    def identity(self, revision: str) -> object:
        """What tells the content of a revision now; None where it is not shown record by record."""
        try:
            source = self.source(revision)
        except UsageError:
            return None
        try:
            return source.identity
        finally:
            source.close()

    def diff(self, old: str | None, new: str | None) -> Diff:
        """The changes between two revisions; outside of a repository between two files or folders."""
        if self.state_folder is None and old is not None and new is not None:
            import dsvc

            return dsvc.diff_paths(self.folder / old, self.folder / new)
        return self.repository.diff(old, new)

    def validation(self, revision: str, asked: Selection) -> Validation:
        """The rules over what a revision names; outside of a repository over a file or a folder."""
        if self.state_folder is None:
            import dsvc
            from dsvc.repository.validating import plain_validation

            return plain_validation(dsvc.open_file(self._plain(revision)), asked)
        return self.repository.validate(revision, asked)

    def validate_settings(self, revision: str) -> ValidateSettings:
        """The settings that these rules go by; paths are whole."""
        if self.state_folder is None:
            from dsvc.repository.validating import plain_settings

            return plain_settings(self.folder / revision, self.folder)
        return self.repository.validate_settings(revision)[0]

    def statistics(self, revision: str) -> Statistics:
        """What the records that a revision names are made of."""
        if self.state_folder is None:
            import dsvc
            from dsvc.statistics import measure

            return measure(dsvc.open_file(self._plain(revision)))
        return self.repository.statistics(revision)

    def _plain(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise NotFoundError(f"there is no file '{name}'", hint="name one: dsvc tui FILE")
        return path

    def dataset(self, revision: str) -> Dataset | None:
        """The dataset that a revision is of, None for a plain file."""
        if self.state_folder is None:
            return None
        name = revision.rpartition("@")[0] or revision
        datasets = self.repository.datasets()
        path = self._in_repository(name)
        return next((found for found in datasets if name == found.name or path == found.path), None)

    def source(self, revision: str) -> RecordSource:
        """The records of a version, of a working file or of any JSONL file."""
        path = self.folder / revision
        if path.suffix.lower() in _OTHER_FORMATS and path.is_file():
            raise UsageError(
                f"'{revision}' is {_OTHER_FORMATS[path.suffix.lower()]}, which is not shown record by record",
                hint=f"bring it in: dsvc import '{revision}'; or compare it: dsvc diff '{revision}' OTHER",
            )
        if path.exists():
            return FileSource(files_at(path), name=revision)
        dataset = self.dataset(revision) if "@" not in revision else None
        if dataset is not None and dataset.name == revision:
            return FileSource(files_at(self.repository.root / dataset.path), name=revision)
        from dsvc_tui.records.version_source import VersionSource  # brings in numpy, which files need not wait for

        return VersionSource(self.repository.snapshot(revision))

    def edit(self, revision: str, *, kept: Kept = "continue") -> EditSession:
        """Begin to edit a working file, in a repository of its own: more than one thread will use it."""
        import dsvc

        return dsvc.open(self.folder).edit(revision, kept=kept)

    def kept_edits(self, revision: str) -> KeptEdits | None:
        """Edits of a working file that are kept from before."""
        edits = self.state_folder / "edits" if self.state_folder is not None else None
        if edits is None or not edits.is_dir() or not any(edits.glob("*.edits")):
            return None
        try:
            return self.repository.kept_edits(revision)
        except UsageError:  # a file outside of the repository
            return None

    def _in_repository(self, path: str) -> str:
        try:
            return str((self.folder / path).relative_to(self.repository.root))
        except ValueError:
            return path


_CHECKED: Final = 4
"""Validations that are remembered: of a million records one takes a megabyte and its findings."""
_OTHER_FORMATS: Final = {".json": "a JSON document", ".csv": "CSV", ".tsv": "TSV"}


def files_at(path: Path) -> list[Path]:
    """A file, or the JSONL files of a folder by name."""
    if path.is_dir():
        return sorted(found for found in path.glob("*.jsonl") if found.is_file() and not found.name.startswith("."))
    return [path]


def _worktree(folder: Path) -> tuple[Path, Path | None]:
    """The worktree with DVC in it that a folder lies in, and its git directory.

    Found without starting git: the first screen waits for it.
    """
    for place in (folder, *folder.parents):
        found = place / ".git"
        if found.is_file():
            found = place / found.read_text("utf-8", "replace").strip().removeprefix("gitdir: ")
        if found.is_dir():
            return (place, found) if (place / ".dvc").is_dir() else (folder, None)
    return folder, None
