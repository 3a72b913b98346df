"""Datasets on hubs: ``hf://``, ``modelscope://``, ``kaggle://``, ``opendatalab://``, ``aistudio://``.

Each comes through its hub's own client: https://huggingface.co/docs/datasets, https://www.modelscope.cn/docs
(``dataset_snapshot_download``), https://github.com/Kaggle/kagglehub (``dataset_download``), the program ``openxlab``
(https://pypi.org/project/openxlab, ``dataset get``), the program ``aistudio`` (https://pypi.org/project/aistudio-sdk,
``download --dataset``). What they leave on disk is read as a folder. The last two are programs because they need old
versions of packages that DVC needs newer ones of: they can be installed apart (``pipx``).
"""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shlex import quote
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.importers.source import RecordSource, Wanted


_GET: Final = {
    "https": "curl -fL {} -o {}",
    "http": "curl -fL {} -o {}",
    "s3": "aws s3 cp {} {}",
    "gs": "gcloud storage cp {} {}",
}
"""What gets a file from addresses that are no hub's."""


@contextmanager
def opened(scheme: str, rest: str, wanted: Wanted) -> Iterator[RecordSource]:
    """A dataset on a hub; ``rest`` is ``USER/SET``, with ``@REVISION`` behind it where it is not the newest."""
    path, _, revision = rest.partition("@")
    if scheme in _HUBS:
        yield _HUBS[scheme](path, revision or None, wanted)
    elif scheme in _PROGRAMS:
        with ExitStack() as until_read:
            yield _PROGRAMS[scheme](path, revision or None, wanted, until_read)
    else:
        known = ", ".join(f"{each}://" for each in (*_HUBS, *_PROGRAMS))
        get = _GET.get(scheme)
        address, name = quote(f"{scheme}://{rest}"), quote(rest.rpartition("/")[2] or "FILE")
        fetch = f"get the file first: {get.format(address, name)} && dsvc import {name}; " if get is not None else ""
        raise UsageError(f"'{scheme}://' is not known", hint=f"{fetch}one of: {known}")


def _hugging_face(path: str, revision: str | None, wanted: Wanted) -> RecordSource:
    from dsvc.importers.hugging_face import from_hub

    if path.startswith(("./", "../", "/")) and not Path(path).exists():
        raise NotFoundError(f"there is no folder '{path}'", hint="of the Hub it is hf://USER/SET")
    source = from_hub(path, wanted, revision)
    if Path(path).exists():
        return replace(source, uri=path)
    licence, commit = _hub_facts(path, revision)
    return replace(
        source,
        source=path,
        uri=f"https://huggingface.co/datasets/{path}",
        licence=source.licence or licence,
        revision=commit or revision,
        tool="huggingface",
    )


def _hub_facts(path: str, revision: str | None) -> tuple[str | None, str | None]:
    """Licence and commit of a dataset, as far as the Hub tells: the records are here, so nothing depends on it."""
    try:
        import huggingface_hub

        info = huggingface_hub.dataset_info(path, revision=revision)
        tags = info.card_data.get("license") if info.card_data is not None else None
    except Exception:  # offline with a filled cache, for instance
        return None, None
    if isinstance(tags, list):
        tags = "\n".join(map(str, tags))
    return tags or None, info.sha


def _modelscope(path: str, revision: str | None, wanted: Wanted) -> RecordSource:
    try:
        from modelscope.hub.snapshot_download import dataset_snapshot_download
    except ImportError:
        raise _not_installed("modelscope", f"git clone https://www.modelscope.cn/datasets/{path}.git") from None
    options: dict[str, Any] = {"revision": revision} if revision is not None else {}
    folder = _downloaded(lambda: dataset_snapshot_download(path, **options), "modelscope", path)
    return _of_folder(folder, path, f"https://www.modelscope.cn/datasets/{path}", revision, "modelscope", wanted)


def _kaggle(path: str, revision: str | None, wanted: Wanted) -> RecordSource:
    try:
        import kagglehub
    except ImportError:
        raise _not_installed("kagglehub", f"kaggle datasets download -d {path} --unzip -p FOLDER") from None
    handle = f"{path}/versions/{revision}" if revision is not None else path
    folder = _downloaded(lambda: kagglehub.dataset_download(handle), "kaggle", path)
    return _of_folder(folder, path, f"https://www.kaggle.com/datasets/{path}", revision, "kaggle", wanted)


def _opendatalab(path: str, revision: str | None, wanted: Wanted, until_read: ExitStack) -> RecordSource:
    _require_name(path, "opendatalab")
    if revision is not None:
        raise UsageError(f"OpenDataLab gives the newest version only, not '@{revision}'", hint=f"opendatalab://{path}")
    folder = Path(until_read.enter_context(TemporaryDirectory(prefix="dsvc-")))
    command = ["openxlab", "dataset", "get", f"--dataset-repo={path}"]
    _run([*command, f"--target-path={folder}"], "opendatalab", path, f"{' '.join(command)} --target-path=FOLDER")
    _refuse_links_out(folder, "opendatalab", path)
    inside = folder / path.replace("/", "___")
    uri = f"https://opendatalab.com/{path}"
    return _of_folder(inside if inside.is_dir() else folder, path, uri, None, "opendatalab", wanted)


def _aistudio(path: str, revision: str | None, wanted: Wanted, until_read: ExitStack) -> RecordSource:
    _require_name(path, "aistudio")
    folder = Path(until_read.enter_context(TemporaryDirectory(prefix="dsvc-")))
    command = ["aistudio", "download", f"--dataset={path}", *([f"--revision={revision}"] if revision else [])]
    _run([*command, f"--local_dir={folder}"], "aistudio", path, f"{' '.join(command)} --local_dir=FOLDER")
    _refuse_left_over(folder / "._tmp", path)
    _refuse_links_out(folder, "aistudio", path)
    return _of_folder(folder, path, f"https://git.aistudio.baidu.com/{path}", revision, "aistudio", wanted)


def _require_name(path: str, hub: str) -> None:
    """Raise UsageError for what is no ``USER/SET``: the name becomes a part of a path."""
    user, slash, name = path.partition("/")
    if not slash or not user or not name or "/" in name or {user, name} & {".", ".."}:
        raise UsageError(f"'{path}' names no dataset", hint=f"{hub}://USER/SET")


def _refuse_links_out(folder: Path, hub: str, path: str) -> None:
    """A link in a download that leads out of it would bring in files of this machine."""
    inside = folder.resolve()
    for each in folder.rglob("*"):
        if each.is_symlink() and not each.resolve().is_relative_to(inside):
            raise NotFoundError(
                f"'{each.name}' of '{hub}://{path}' is a link to somewhere else",
                hint="download it, and look at it first",
            )


def _refuse_left_over(unfinished: Path, path: str) -> None:
    """``aistudio`` ends well where files failed; those it had begun stay in a folder of their own."""
    left = sorted(each.relative_to(unfinished).as_posix() for each in unfinished.rglob("*") if each.is_file())
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise NotFoundError(
            f"'aistudio://{path}' was not downloaded whole: '{left[0]}'{more} failed", hint="try it again"
        )


def _run(command: list[str], hub: str, path: str, otherwise: str) -> None:
    """Run a hub's program; what it prints last is the reason when it fails."""
    program = which(command[0])
    if program is None:
        package = {"aistudio": "aistudio-sdk"}.get(command[0], command[0])
        raise UsageError(
            f"the program '{command[0]}' is not installed",
            hint=f"pipx install {package}; or download it yourself and import the folder: {otherwise}",
        )
    told = subprocess.run(
        [program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},  # its last words come last
        check=False,
    )
    if told.returncode != 0:
        lines = told.stdout.decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), f"it ended with {told.returncode}")
        raise NotFoundError(
            f"'{hub}://{path}' cannot be downloaded: {last}", hint="look at its name, the network and the login"
        )


def _downloaded(download: Callable[[], Any], hub: str, path: str) -> Path:
    from dsvc.importers.hugging_face import reason

    try:
        return Path(download())
    except Exception as error:  # each client has its own, and those of the network
        raise NotFoundError(
            f"'{hub}://{path}' cannot be downloaded: {reason(error)}",
            hint="look at its name, the network and the login",
        ) from None


def _of_folder(folder: Path, path: str, uri: str, revision: str | None, tool: str, wanted: Wanted) -> RecordSource:
    from dsvc.importers.opening import of_folder

    source = of_folder(folder, f"{tool}://{path}", wanted)
    return replace(
        source, name=path.split("/")[-1], source=path, uri=uri, revision=revision or source.revision, tool=tool
    )


def _not_installed(package: str, otherwise: str) -> UsageError:
    return UsageError(
        f"the Python package '{package}' is not installed",
        hint=f"pip install {package}; or download it yourself and import the folder: {otherwise}",
    )


_HUBS: Final = {
    "hf": _hugging_face,
    "modelscope": _modelscope,
    "kaggle": _kaggle,
}
_PROGRAMS: Final = {
    "opendatalab": _opendatalab,
    "aistudio": _aistudio,
}
