"""Who keeps a dataset today (plain DVC, git, git-lfs), and what it was in older commits: what ``adopt`` takes over."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

import msgspec

from dsvc.durable import make_folders
from dsvc.errors import MissingObjectError, NotFoundError, ProtectedError, UsageError
from dsvc.line_table import CHUNK_BYTES
from dsvc.repository.datasets import SUFFIX
from dsvc.repository.writing.recovery import read_text
from dsvc.store.dvc_outputs import DvcOutputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.store.git_values import CommitId, CommitInfo

Keeper = Literal["dvc", "git", "git-lfs"]
_POINTER: Final = re.compile(rb"version https://git-lfs[^\n]*\n(?:[^\n]+\n)*?oid sha256:([0-9a-f]{64})\n")
"""A git-lfs pointer file: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""
_POINTER_BYTES: Final = 1024
_MD5: Final = re.compile(r"^\s*-?\s*md5:\s*([0-9a-f]{32})\s*$", re.MULTILINE)


class Tracking(msgspec.Struct, frozen=True):
    """Who keeps ``path``; ``untracked`` is what git must forget, ``retired`` the files that go, with their text."""

    keeper: Keeper
    path: str
    kind: Literal["file", "folder"]
    untracked: tuple[str, ...]
    retired: dict[str, str]


class State(msgspec.Struct, frozen=True):
    """What a commit made of the dataset."""

    info: CommitInfo
    keeper: Keeper
    path: str
    """What it was called then."""
    content: str
    """Equal for states with the same content, as far as the keeper tells without reading it."""


def tracking_of(ctx: Context, path: str) -> Tracking:
    """Who keeps a file or folder at HEAD.

    Raises NotFoundError when nobody does, ProtectedError when that is not committed, or more than JSONL would lose
    its keeper, UsageError for a file of another format.
    """
    head = ctx.git.head()
    file = ctx.working.path(path)
    pointer = f"{path}.dvc"
    if ctx.working.path(pointer).is_file():
        is_new = head is None or ctx.git.read(head, pointer) is None
        if is_new or ctx.git.changed_in_worktree(pointer) or ctx.git.is_staged(pointer):
            raise ProtectedError(
                f"'{pointer}' has changes that are not committed",
                hint=f"git add '{pointer}' && git commit -m 'data', then dsvc adopt '{path}'",
            )
        kind: Literal["file", "folder"] = (
            "folder" if _is_folder_pointer(read_text(ctx.working.path(pointer))) else "file"
        )
        if kind == "file":
            _require_jsonl(path)
        return Tracking("dvc", path, kind, (pointer,), {pointer: read_text(ctx.working.path(pointer))})
    for parent in (str(each) for each in PurePosixPath(path).parents if each.name):
        if ctx.working.path(f"{parent}.dvc").is_file():
            raise UsageError(f"'{path}' is a part of '{parent}', which DVC keeps whole", hint=f"dsvc adopt '{parent}'")
    if file.is_dir():
        names = [f"{path}/{each.name}" for each in sorted(file.iterdir()) if each.name.endswith(SUFFIX)]
        kept = tuple(name for name in names if ctx.git.is_tracked(name))
        if kept:
            _require_committed(ctx, kept)
            return Tracking(_git_keeper(ctx, kept[0]), path, "folder", kept, {})
    elif ctx.git.is_tracked(path):
        _require_jsonl(path)
        _require_committed(ctx, [path])
        return Tracking(_git_keeper(ctx, path), path, "file", (path,), {})
    if not file.exists():
        raise NotFoundError(f"there is no '{path}', and no '{pointer}'", hint="git status")
    datasets = ctx.versions.datasets(ctx.git.head())
    inside = next((each for each in datasets if file in ctx.working.path(each.path).parents), None)
    if inside is not None:
        raise NotFoundError(
            f"'{path}' is a folder in which dsvc keeps '{inside.path}' already: there is nothing to take over",
            hint=f"dsvc status {quote(inside.name)}",
        )
    raise NotFoundError(
        f"neither DVC nor git keeps '{path}': there is nothing to take over",
        hint=f"dsvc commit '{path}' --source 'where from' -m 'why'",
    )


def states(ctx: Context, tracking: Tracking, *, history: bool) -> list[State]:
    """What commits made of the dataset, oldest first, HEAD's last; without ``history`` only HEAD's.

    A history with branches is told in the order of its commits. Neighbours of the same content are told once. A file is
    followed back over its renamings, a folder is not (:func:`renamed_folder`).
    """
    head = ctx.git.head()
    assert head is not None
    by_dvc = _followed(ctx, tracking, head, f"{tracking.path}.dvc")
    by_git = _followed(ctx, tracking, head, tracking.path)
    commits = list({info.id: (info, path) for info, path in (*by_git, *by_dvc)}.values())
    if by_dvc and by_git:
        commits.sort(key=lambda each: each[0].authored_at)
    found: list[State] = []
    for info, path in commits:
        state = _state(ctx, tracking, info, path.removesuffix(".dvc"))
        if state is not None and (not found or found[-1].content != state.content):
            found.append(state)
    last = _state(ctx, tracking, ctx.git.info(head), tracking.path)
    assert last is not None
    if not found or found[-1].content != last.content:
        found.append(last)
    return found if history else found[-1:]


def _followed(ctx: Context, tracking: Tracking, head: CommitId, path: str) -> list[tuple[CommitInfo, str]]:
    """The commits that changed what is at ``path`` now, oldest first, each with what it was called then."""
    found: list[tuple[CommitInfo, str]] = []
    start: CommitId | None = head
    while start is not None:
        walked = list(ctx.git.walk(start, path))
        found += [(info, path) for info in walked]
        first = walked[-1] if walked and tracking.kind == "file" else None
        before = ctx.git.renamed_from(first.id, path) if first is not None else None
        if first is None or before is None or PurePosixPath(before).suffix != PurePosixPath(path).suffix:
            break
        start, path = first.parents[0], before
    return found[::-1]


def renamed_folder(ctx: Context, tracking: Tracking, oldest: State) -> str | None:
    """What a folder was called before its first commit as it is called now, where it was a renaming."""
    if tracking.kind == "file":
        return None
    path = f"{tracking.path}.dvc" if oldest.keeper == "dvc" else next(iter(_paths_in_git(ctx, tracking, oldest)), None)
    before = ctx.git.renamed_from(oldest.info.id, path) if path is not None else None
    if before is None:
        return None
    return before.removesuffix(".dvc") if oldest.keeper == "dvc" else str(PurePosixPath(before).parent)


def _state(ctx: Context, tracking: Tracking, info: CommitInfo, path: str) -> State | None:
    pointer = ctx.git.read(info.id, f"{path}.dvc")
    if pointer is not None:
        lines = pointer.decode("utf-8", "replace").split("\n")
        return State(info, "dvc", path, "\n".join(line for line in lines if not line.strip().startswith("path:")))
    here = State(info, "git", path, "")
    blobs = [(name, ctx.git.blob(info.id, name)) for name in _paths_in_git(ctx, tracking, here)]
    held = [blob if name == path else f"{name} {blob}" for name, blob in blobs if blob is not None]
    return msgspec.structs.replace(here, content="git " + " ".join(held)) if held else None


def _paths_in_git(ctx: Context, tracking: Tracking, state: State) -> list[str]:
    commit = state.info.id
    if tracking.kind == "file":
        return [state.path]
    return [f"{tracking.path}/{name}" for name in ctx.git.files_in(commit, tracking.path) if name.endswith(SUFFIX)]


def write_state(ctx: Context, tracking: Tracking, state: State, folder: Path) -> Keeper:
    """Write the dataset's files of a state below ``folder``, at their paths in the repository, and say who kept them.

    Raises MissingObjectError when the bytes are gone, ProtectedError for a folder with other files than JSONL.
    """
    if state.keeper == "dvc":
        _write_from_dvc(ctx, tracking, state, folder)
        return "dvc"
    keeper: Keeper = "git"
    for path in _paths_in_git(ctx, tracking, state):
        data = ctx.git.read(state.info.id, path)
        if data is None:
            continue
        pointer = _POINTER.match(data) if len(data) < _POINTER_BYTES else None
        if pointer is not None:
            keeper, data = "git-lfs", _lfs_object(ctx, path, pointer[1].decode())
        _beside(folder, tracking.path if tracking.kind == "file" else path).write_bytes(data)
    return keeper


def _write_from_dvc(ctx: Context, tracking: Tracking, state: State, folder: Path) -> None:
    here = ctx.working.path(tracking.path)
    wanted = _MD5.search(state.content)
    if tracking.kind == "file" and wanted and here.is_file() and _md5(here) == wanted[1]:
        _copy(here, _beside(folder, tracking.path))
        return
    outputs = DvcOutputs(ctx.working.root, state.info.id)
    names = outputs.files(state.path)
    if not names:
        raise MissingObjectError(f"DVC does not find '{state.path}' of commit {state.info.id[:10]}")
    if tracking.kind == "file":
        outputs.write(names[0], _beside(folder, tracking.path))
        return
    depth = tracking.path.count("/") + 1
    other = next((name for name in names if not name.endswith(SUFFIX) or name.count("/") != depth), None)
    if other is not None:
        raise ProtectedError(
            f"'{other}' lies in '{tracking.path}' too, which would have no keeper any more",
            hint="move it elsewhere first: dvc move works on whole outputs, so dvc remove, mv, dvc add, git commit",
        )
    for name in names:
        outputs.write(name, _beside(folder, name))


def is_pointer(file: Path) -> bool:
    """Whether a file is what git-lfs puts in the place of a content that was not fetched."""
    return file.is_file() and file.stat().st_size < _POINTER_BYTES and _POINTER.match(file.read_bytes()) is not None


def _lfs_object(ctx: Context, path: str, oid: str) -> bytes:
    stored = ctx.git.git_dir / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    here = ctx.working.path(path)
    for file in (stored, here):
        if file.is_file():
            data = file.read_bytes()
            if hashlib.sha256(data).hexdigest() == oid:
                return data
    raise MissingObjectError(f"git-lfs does not have '{path}' ({oid[:10]}) here", hint="git lfs fetch --all")


def _require_committed(ctx: Context, paths: Sequence[str]) -> None:
    head = ctx.git.head()
    for path in paths:
        if head is None or ctx.git.blob(head, path) is None:
            raise ProtectedError(
                f"'{path}' is staged in git, and no commit has it: there is nothing to take over",
                hint=f"git rm --cached '{path}', then dsvc commit '{path}' --source 'where from' -m 'why'",
            )
        if ctx.git.is_staged(path):  # the index would forget them, and undo could not bring them back
            raise ProtectedError(
                f"'{path}' has staged changes",
                hint=f"commit them first; or: git restore --staged '{path}' (the file keeps its own edits)",
            )


def _git_keeper(ctx: Context, path: str) -> Keeper:
    return "git-lfs" if ctx.git.attribute(path, "filter") == "lfs" else "git"


def _is_folder_pointer(text: str) -> bool:
    return re.search(r"md5:\s*[0-9a-f]{32}\.dir\b", text) is not None


def _require_jsonl(path: str) -> None:
    if not path.endswith(SUFFIX):
        raise UsageError(
            f"'{path}' is not a JSONL file by its name",
            hint=f"its records: dsvc import '{path}' --as '{PurePosixPath(path).with_suffix(SUFFIX)}' "
            "--source 'where from'; its old versions stay where they are",
        )


def _beside(folder: Path, path: str) -> Path:
    make_folders((folder / path).parent)
    return folder / path


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as write:
        for chunk in _chunks(read):
            write.write(chunk)


def _md5(file: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as read:
        for chunk in _chunks(read):
            digest.update(chunk)
    return digest.hexdigest()
