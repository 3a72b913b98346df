"""What is split, where its parts go, and by which rule: from what was said and what is remembered."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import ProtectedError, UsageError
from dsvc.repository import content
from dsvc.repository.datasets import SUFFIX, Dataset, check_name, name_from, require_apart, split_of
from dsvc.repository.revisions import PlainFile, Version, require_whole
from dsvc.repository.splits.memory import Origin, made_from, memory_of
from dsvc.repository.versions import find_dataset, require_dataset
from dsvc.repository.writing.replacing import working_state
from dsvc.splitting.rule import NearDuplicates, Rule, Share, checked
from dsvc.splitting.table import NO_SIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.revisions import Working

_TAKEN = (".git", ".dvc", ".dsvc")


class SplitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a split; None: as the last split of the same folder was, else the default.

    ``group_by``: a field or several; it may be empty: no groups. ``output``: the folder for the parts (repository
    path); None: the folder that is split, or the one that has the parts already. ``add``: files whose records are
    put on sides as well. ``anew``: records do not keep their sides. ``force``: changes that were committed in the
    parts, and that their source does not have, are taken back, and so are parts of another dataset, or of a newer
    version.
    """

    shares: tuple[Share, ...] | None = None
    seed: str | None = None
    stratify: tuple[str, ...] | None = None
    group_by: str | tuple[str, ...] | None = None
    near_duplicates: NearDuplicates | None = None
    output: str | None = None
    add: tuple[str, ...] = ()
    anew: bool = False
    force: bool = False

    def rule(self, before: Rule | None) -> Rule:
        """The rule; what was not said is as before. Raises UsageError for one that makes no sense."""
        shares = self.shares if self.shares is not None else before.shares if before is not None else None
        if shares is None:
            raise UsageError(
                "no rule of a split is known here: how large shall the parts be?",
                hint="say it: --train 0.8 --validation 0.1 --test 0.1",
            )
        said = {name: getattr(self, name) for name in ("seed", "stratify", "group_by", "near_duplicates")}
        given = {name: value for name, value in said.items() if value is not None}
        if self.group_by is not None:
            given["group_by"] = _one_or_several(self.group_by)
        if before is not None:
            return checked(msgspec.structs.replace(before, shares=shares, **given))
        return checked(Rule(shares=shares, **given))


def _one_or_several(fields: str | tuple[str, ...]) -> str | tuple[str, ...] | None:
    """As a rule has it: None for no field, and one field as it is."""
    if isinstance(fields, str):
        return fields or None
    named = tuple(dict.fromkeys(name for name in fields if name))
    return named if len(named) > 1 else next(iter(named), None)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is read (``revision``), and the folder that is written. ``current``: whether HEAD has a version of it."""

    revision: str
    folder: Dataset
    in_place: bool
    current: bool
    key: tuple[str, ...]
    origin: Origin | None


def side_named(path: str, names: Sequence[str]) -> int:
    """The side that a file of a folder stands for, ``NO_SIDE`` when it is none of them."""
    stem = split_of(path)
    return names.index(stem) if stem in names else NO_SIDE


def find_target(ctx: Context, named: str | None, request: SplitRequest) -> Target:
    """What is meant. Raises UsageError or ProtectedError when the parts have no place."""
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    if named is None:
        named = require_dataset(datasets, None).name
    source = content.side_of(ctx, named)
    own = _own_folder(ctx, source, datasets)
    if own is not None and (request.output is None or request.output.rstrip("/") in (own.path, own.name)):
        require_whole(own, named, f"dsvc split {own.name}")
        return _in_place(ctx, own, request)
    folder = _folder_for(ctx, named, source, request.output, datasets)
    current = ctx.versions.current(folder, head)
    _require_ours(ctx, folder)
    return Target(
        revision=named,
        folder=folder,
        in_place=False,
        current=current is not None,
        key=_key(ctx, source),
        origin=_origin(ctx, source),
    )


def _own_folder(ctx: Context, source: Version | Working | PlainFile, datasets: Sequence[Dataset]) -> Dataset | None:
    """The folder that a source is, which may hold its own parts: a dataset, or one that was not committed yet."""
    if isinstance(source, Version):
        return None
    if not isinstance(source, PlainFile):
        return source.dataset if source.dataset.kind == "folder" else None
    path = PurePosixPath(source.path)
    if path.is_absolute() or ".." in path.parts or not (ctx.working.root / path).is_dir():
        return None
    return _new_folder(str(path), datasets)


def _in_place(ctx: Context, dataset: Dataset, request: SplitRequest) -> Target:
    """A folder whose files are the parts. A file that a version has, and that is none of them, is no new one."""
    current = ctx.versions.current(dataset, ctx.git.head())
    memory = memory_of(ctx, dataset)
    names = request.rule(memory.rule if memory is not None else None).parts
    for file in current.manifest.files if current is not None else ():
        exists = ctx.working.path(file.path).exists()
        if side_named(file.path, names) == NO_SIDE and exists and not request.anew:
            stem = split_of(file.path)
            raise ProtectedError(
                f"'{file.path}' is none of the parts ({', '.join(names)}), and split would take it away",
                hint=f"name it, too: --share {stem}=0.1; or put all records on sides anew: --anew",
            )
    return Target(
        revision=dataset.path,
        folder=dataset,
        in_place=True,
        current=current is not None,
        key=current.manifest.key if current is not None else (),
        origin=memory.origin if memory is not None else None,
    )


def _folder_for(
    ctx: Context,
    named: str,
    source: Version | Working | PlainFile,
    output: str | None,
    datasets: Sequence[Dataset],
) -> Dataset:
    if output is None:
        origin = _plain_name(source) if isinstance(source, PlainFile) else source.dataset.name
        known = made_from(ctx, origin)
        if len(known) == 1:
            return known[0]
        place = PurePosixPath(source.path if isinstance(source, PlainFile) else source.dataset.path)
        if known:
            told = ", ".join(f"'{folder.path}'" for folder in known)
            raise UsageError(f"'{named}' has parts in several folders: {told}", hint=f"name one: -o {known[0].path}")
        raise UsageError(
            f"'{named}' is one file; its parts need a folder of their own",
            hint=f"name a new one: -o {quote(str(place).removesuffix(SUFFIX) + '_split')}",
        )
    return _named_folder(ctx, output.rstrip("/"), datasets)


def _named_folder(ctx: Context, output: str, datasets: Sequence[Dataset]) -> Dataset:
    known = find_dataset(datasets, output)
    path = ctx.working.path(known.path if known is not None else output)
    if (known is not None and known.kind == "file") or (path.exists() and not path.is_dir()):
        raise UsageError(
            f"'{output}' is a file; the parts need a folder",
            hint=f"name a new one: -o {quote(output.removesuffix(SUFFIX) + '_split')}",
        )
    if known is not None:
        return known
    return _new_folder(output, datasets)


def _new_folder(path: str, datasets: Sequence[Dataset]) -> Dataset:
    if path.split("/", 1)[0] in _TAKEN:
        raise UsageError(f"'{path}' lies in a folder of git, DVC or dsvc itself", hint="name another one: -o FOLDER")
    folder = Dataset(check_name(name_from(path)), path, "folder")
    for other in datasets:
        require_apart(folder, other)
    return folder


def _require_ours(ctx: Context, folder: Dataset) -> None:
    """Raise ProtectedError when the folder has records that no split put there."""
    path = ctx.working.path(folder.path)
    if not path.is_dir() or memory_of(ctx, folder) is not None:
        return
    files = ctx.working.list_folder(folder.path)
    if files:
        raise ProtectedError(
            f"'{folder.path}' has files that no split wrote ('{files[0]}')",
            hint=f"name a new folder: -o {quote(f'{folder.path}_split')}",
        )


def _plain_name(source: PlainFile) -> str:
    """How a file is written down that is no dataset: where it lies on this machine concerns nobody else."""
    path = PurePosixPath(source.path)
    return path.name if path.is_absolute() or ".." in path.parts else source.path


def _key(ctx: Context, source: Version | Working | PlainFile) -> tuple[str, ...]:
    if isinstance(source, PlainFile):
        return ()
    current = ctx.versions.current(source.dataset, ctx.git.head())
    return current.manifest.key if current is not None else ()


def _origin(ctx: Context, source: Version | Working | PlainFile) -> Origin:
    if isinstance(source, PlainFile):
        return Origin(path=_plain_name(source), sha256=_file_sha256(ctx.working.root / source.path))
    dataset = source.dataset
    if isinstance(source, Version):
        return Origin(path=dataset.path, dataset=dataset.name, version=source.entry.id, number=source.entry.number)
    state = working_state(ctx, dataset)
    entry, sha256 = state.entry, _sha256(state.sha256) if state.edited else ""
    if entry is None:
        return Origin(path=dataset.path, dataset=dataset.name, sha256=sha256)
    return Origin(path=dataset.path, dataset=dataset.name, version=entry.id, number=entry.number, sha256=sha256)


def _file_sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _sha256(sums: Mapping[str, str]) -> str:
    if len(sums) == 1:
        return next(iter(sums.values()))
    return hashlib.sha256("".join(f"{sums[path]}\n" for path in sorted(sums)).encode()).hexdigest()
