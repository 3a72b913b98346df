"""Datasets: their names, their paths, and where their versions are kept in the repository."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

import msgspec

from dsvc.errors import ProtectedError, UsageError
from dsvc.names import HINT, composed, is_name, named_like, too_long
from dsvc.splitting.naming import split_of as split_of

if TYPE_CHECKING:
    from dsvc.manifest import DatasetInfo
    from dsvc.origin import VersionId

STATE_FOLDER = ".dsvc"
SUFFIX = ".jsonl"
_OWN_NAMES = ("store", "store.dvc", "manifest.json", "versions.jsonl", "pilots", "reviews", ".gitignore")
"""What lies in a dataset's state folder: the state of another dataset may lie beside them, but not in one of them."""
_NUMBER = re.compile(r"v(\d+)\.(\d+)(?:\.(\d+))?")


class Dataset(msgspec.Struct, frozen=True):
    """A dataset: a name, the repository path of its working file or folder, and which of the two it is."""

    name: str
    path: str
    kind: Literal["file", "folder"]

    @staticmethod
    def of(info: DatasetInfo) -> Dataset:
        """The dataset that a manifest speaks of."""
        return Dataset(info.name, info.path, info.kind)

    @property
    def state_path(self) -> str:
        """The repository path of the folder that holds its manifest, ledger and store."""
        return f"{STATE_FOLDER}/{self.path.removesuffix(SUFFIX) if self.kind == 'file' else self.path}"

    @property
    def manifest_path(self) -> str:
        """Repository path of the manifest."""
        return f"{self.state_path}/manifest.json"

    @property
    def ledger_path(self) -> str:
        """Repository path of the ledger."""
        return f"{self.state_path}/versions.jsonl"

    @property
    def pointer_path(self) -> str:
        """Repository path of DVC's pointer to the store."""
        return f"{self.state_path}/store.dvc"

    @property
    def store_path(self) -> str:
        """Repository path of the store that DVC tracks."""
        return f"{self.state_path}/store"

    @property
    def ignore_path(self) -> str:
        """Repository path of the ignore file for the store."""
        return f"{self.state_path}/.gitignore"

    @property
    def pilots_path(self) -> str:
        """Repository path of the folder that holds its pilots."""
        return f"{self.state_path}/pilots"

    @property
    def reviews_path(self) -> str:
        """Repository path of the folder that holds its reviews."""
        return f"{self.state_path}/reviews"

    @property
    def agreements_path(self) -> str:
        """Repository path of the folder that holds how far annotators agreed."""
        return f"{self.state_path}/agreements"

    @property
    def working_ignore_path(self) -> str:
        """Repository path of the ignore file beside the working file or folder."""
        parent = PurePosixPath(self.path).parent
        return ".gitignore" if str(parent) == "." else f"{parent}/.gitignore"

    def tag(self, number: str) -> str:
        """The git tag of a version."""
        return f"{self.name}_{number}"


def name_from(path: str) -> str:
    """A dataset name made from a path: letters and digits of any script, ``_``, ``-`` and ``.``.

    Raises UsageError when the path has no letter or digit to make a name of.
    """
    name = named_like(PurePosixPath(path).name.removesuffix(SUFFIX))
    name = re.sub(r"\.{2,}", ".", name)
    if not name:
        raise UsageError(f"cannot make a dataset name from '{path}'", hint="name it: dsvc commit PATH --name NAME")
    return name


def check_name(name: str, what: str = "a dataset") -> str:
    """The name (NFC), or UsageError when it could not be part of a tag, a path and a revision; ``what`` it would name.

    What is kept with a dataset (pilots, reviews …) may not be called as its version is: ``HEAD``.
    """
    if (told := too_long(name)) is not None:
        raise UsageError(told, hint="choose a shorter one")
    name = composed(name)
    if not is_name(name) or ".." in name or name.endswith(".lock"):
        raise UsageError(f"'{name}' cannot name {what}", hint=HINT)
    if what != "a dataset" and fold(name) == "head":
        raise UsageError(f"'{name}' cannot name {what}: it means a version", hint="choose another name")
    return name


def fold(name: str) -> str:
    """A name as it is compared."""
    return unicodedata.normalize("NFC", name).casefold()


def require_apart(dataset: Dataset, other: Dataset) -> None:
    """Raise UsageError for two of one name, ProtectedError when a file or what dsvc keeps would belong to both."""
    if fold(dataset.name) == fold(other.name):
        raise UsageError(
            f"there is a dataset '{other.name}' already ('{other.path}')", hint="choose another one: --name NAME"
        )
    if fold(dataset.state_path) == fold(other.state_path):
        raise _colliding(dataset, other)
    for outer, inner in ((dataset, other), (other, dataset)):
        if outer.kind == "folder" and inner.kind == "file" and str(PurePosixPath(inner.path).parent) == outer.path:
            raise ProtectedError(
                f"'{inner.path}' lies inside '{outer.path}'; a file belongs to one dataset only",
                hint=f"move one of them: mv '{inner.path}' .",
            )
        below = fold(inner.state_path).removeprefix(f"{fold(outer.state_path)}/")
        if below != fold(inner.state_path) and below.split("/")[0] in _OWN_NAMES:
            raise _colliding(dataset, other)


def _colliding(dataset: Dataset, other: Dataset) -> ProtectedError:
    path = PurePosixPath(dataset.path)
    return ProtectedError(
        f"'{dataset.path}' and the dataset '{other.path}' would share one place in .dsvc/",
        hint=f"rename it: mv '{dataset.path}' '{path.with_name(f'new-{path.name}')}'",
    )


def parse_number(text: str) -> tuple[int, int, int]:
    """A version number as integers. Raises UsageError when it is not one."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise UsageError(f"'{text}' is not a version number", hint="write it like v1.2")
    major, minor, patch = match.groups()
    return int(major), int(minor), int(patch or 0)


def is_number(text: str) -> bool:
    """Whether a text can be the number of a version."""
    return _NUMBER.fullmatch(text) is not None


def next_number(taken: set[str], current: str | None, *, major: bool) -> str:
    """The next free number after ``current`` (``v1.0`` for a first version)."""
    if current is None:
        number = (1, 0)
    else:
        old = parse_number(current)
        number = (old[0] + 1, 0) if major else (old[0], old[1] + 1)
    while f"v{number[0]}.{number[1]}" in taken:
        number = (number[0] + 1, 0) if major else (number[0], number[1] + 1)
    return f"v{number[0]}.{number[1]}"


def new_version_id() -> VersionId:
    """A new random 128-bit identity."""
    import secrets

    from dsvc.origin import VersionId

    return VersionId(secrets.token_hex(16))
