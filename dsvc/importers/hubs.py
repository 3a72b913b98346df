"""Datasets on hubs: ``hf://``, ``modelscope://`` and ``kaggle://``, each through its own client.

Clients: https://huggingface.co/docs/datasets, https://www.modelscope.cn/docs (``dataset_snapshot_download``),
https://github.com/Kaggle/kagglehub (``dataset_download``). What the last two leave on disk is read as a folder.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.importers.source import RecordSource, Wanted


@contextmanager
def opened(scheme: str, rest: str, wanted: Wanted) -> Iterator[RecordSource]:
    """A dataset on a hub; ``rest`` is ``USER/SET``, with ``@REVISION`` behind it where it is not the newest."""
    if scheme not in _HUBS:
        raise UsageError(f"'{scheme}://' is not known", hint=f"one of: {', '.join(f'{each}://' for each in _HUBS)}")
    path, _, revision = rest.partition("@")
    yield _HUBS[scheme](path, revision or None, wanted)


def _hugging_face(path: str, revision: str | None, wanted: Wanted) -> RecordSource:
    from dsvc.importers.hugging_face import from_hub

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
