"""Several files as one source: which of them hold records, and which of these are shards of one split."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.importers.compression import SUFFIXES as COMPRESSED
from dsvc.importers.registry import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ABOUT: Final = frozenset(
    (
        "dataset_info.json",  # saved-to-disk sets, and LLaMA-Factory's list of data sets
        "dataset_infos.json",
        "dataset_dict.json",
        "dataset-metadata.json",  # Kaggle
        "datapackage.json",
        "state.json",
        "configuration.json",  # ModelScope
        "package.json",
    )
)
"""Files that are about a dataset and hold no records of it."""
_SHARD: Final = re.compile(r"(?P<stem>.*?)[-_.]?(?P<at>\d+)-of-(?P<of>\d+)(?:-[0-9a-f]{16})?")
_NUMBERED: Final = re.compile(r"(?P<stem>part|.*-(?=\d{5}$)|)-?(?P<at>\d{4,5})")
"""Shards that do not say how many they are: ``part-00000``, ``train-00000``, ``0000`` (a year is none)."""
_PLACES: Final = ("data", "raw", "default")
"""Folders that say nothing about what is in them."""


class Group(msgspec.Struct, frozen=True):
    """Files that follow one another as one split."""

    split: str
    paths: tuple[str, ...]


def grouped(
    paths: Iterable[str], called: str, *, config: str | None, declared: Mapping[str, Sequence[str]] | None
) -> tuple[list[Group], list[str]]:
    """The splits that lie in a folder or zip, and the files that were left aside.

    ``declared``: the patterns of each split, where the README of a Hub repository says them. Raises NotFoundError when
    no file holds records, UsageError when two would be one split, BadDataError when a shard is missing.
    """
    everything = sorted(path for path in paths if not any(part.startswith(".") for part in PurePosixPath(path).parts))
    usable = [path for path in everything if _holds_records(path)]
    if declared is not None:
        groups = [Group(split, tuple(_matching(usable, patterns, called))) for split, patterns in declared.items()]
    else:
        if config is not None:
            usable = [path for path in usable if config in PurePosixPath(path).parts[:-1]]
        groups = _by_name(usable, called)
    if not groups:
        where = f"'{called}'" if config is None else f"'{config}' of '{called}'"
        raise NotFoundError(
            f"there is no file with records in {where}",
            hint=f"looked for names that end in {', '.join(SUFFIXES)}, or those with {', '.join(COMPRESSED)} behind",
        )
    taken = {path for group in groups for path in group.paths}
    return groups, [path for path in everything if path not in taken and not _is_about(path)]


def _holds_records(path: str) -> bool:
    name = PurePosixPath(path)
    while name.suffix.lower() in COMPRESSED and name.suffix.lower() != ".zip":
        name = name.with_suffix("")
    return name.suffix.lower() in SUFFIXES and name.name not in ABOUT


def _is_about(path: str) -> bool:
    name = PurePosixPath(path).name
    return name in ABOUT or name.upper().split(".")[0] in ("README", "LICENSE", "LICENCE", "METAFILE")


def _matching(paths: Sequence[str], patterns: Sequence[str], called: str) -> list[str]:
    found = [path for pattern in patterns for path in paths if fnmatchcase(path, pattern.removeprefix("./"))]
    if not found:
        raise NotFoundError(
            f"'{called}' has no file '{', '.join(patterns)}', which its README names",
            hint="it was not downloaded, or lies in git-lfs: git lfs pull",
        )
    return list(dict.fromkeys(found))


def _by_name(paths: Sequence[str], called: str) -> list[Group]:
    found: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for path in paths:
        place, split, at, of = _named(path)
        found.setdefault((place, split), []).append((at, of, path))
    groups = []
    owners: dict[str, str] = {}
    for (_, split), shards in found.items():
        files = [path for _, _, path in sorted(shards)]
        other = owners.setdefault(split.casefold(), files[0])
        if other != files[0] or (len(shards) > 1 and any(of < 0 for _, of, _ in shards)):
            raise _ambiguous(split, other, next(path for path in [*files, *files[1:]] if path != other), called)
        _require_all(split, shards, called)
        groups.append(Group(split, tuple(files)))
    return groups


def _named(path: str) -> tuple[str, str, int, int]:
    """Folder, split, and the number of the shard and of how many (-1: it is none, 0: nobody says) of a file."""
    name = PurePosixPath(path)
    while name.suffix.lower() in COMPRESSED:
        name = name.with_suffix("")
    match = _SHARD.fullmatch(name.stem) or _NUMBERED.fullmatch(name.stem)
    if match is None:
        return str(name.parent), name.stem, 0, -1
    stem = match["stem"].rstrip("-")
    if stem in ("", "part", "data"):
        stem = next((part for part in reversed(name.parent.parts) if part not in _PLACES), "train")
    return str(name.parent), stem, int(match["at"]), int(match.groupdict().get("of") or 0)


def _require_all(split: str, shards: Sequence[tuple[int, int, str]], called: str) -> None:
    counts = {of for _, of, _ in shards if of > 0}
    if not counts:
        return
    of = max(counts)
    first = min(at for at, _, _ in shards)
    missing = sorted(set(range(min(first, 1), min(first, 1) + of)) - {at for at, _, _ in shards})
    if len(counts) > 1 or missing or len(shards) != of:
        what = f"shard {missing[0]} of {of} is not there" if missing else "its shards do not belong together"
        raise BadDataError(f"cannot read '{split}' of '{called}': {what}", hint="download it again, whole")


def _ambiguous(split: str, one: str, other: str, called: str) -> UsageError:
    places = [str(PurePosixPath(path).parent) for path in (one, other)]
    if places[0] != places[1]:
        config = next((part for part in PurePosixPath(one).parts[:-1] if part not in _PLACES), places[0])
        hint = f"take the files of one folder: --config {config}"
    else:
        hint = f"take one of them: dsvc import '{called}/{one}'"
    return UsageError(f"'{one}' and '{other}' would both become '{split}.jsonl'", hint=hint)
