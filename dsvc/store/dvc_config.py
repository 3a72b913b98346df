"""DVC's settings and the files of ``dvc init``, without importing DVC (0.4 s).

The levels, the precedence (local over repository over user over system), relative paths and ``~``
are those of ``dvc.config.Config``; files are read with configobj, as DVC does, so that quoting means
the same. The user's and the system's folder are found as ``dvc.dirs`` finds them, including DVC's two
environment variables: reading other files than ``dvc`` would put objects where it does not look.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dsvc.errors import BadDataError, NotFoundError

DVC_FOLDER = ".dvc"
_CONFIG = "config"
_CONFIG_LOCAL = "config.local"
_CORRECT = "correct that file, then check it with: dvc config --list"
_MOVES_CONFIG = ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "ANDROID_DATA")
"""Where none of these is set on Linux, the folders are known without importing platformdirs."""
_IGNORED = "/config.local\n/tmp\n/cache\n"
_DVCIGNORE = (
    "# Add patterns of files dvc should ignore, which could improve\n"
    "# the performance. Learn more at\n"
    "# https://dvc.org/doc/user-guide/dvcignore\n"
)


class DvcConfig(msgspec.Struct, frozen=True):
    """The settings of DVC that matter here; ``None`` and ``()`` where nothing is configured."""

    cache_dir: Path | None = None
    cache_types: tuple[str, ...] = ()
    shared: bool = False
    remote: str | None = None
    hardlink_lock: bool = False


def read_config(root: Path) -> DvcConfig:
    """Return the settings in force in the repository at ``root``.

    ``BadDataError`` when a settings file cannot be read.
    """
    merged: dict[str, object] = {}
    for path in (*_machine_configs(), root / DVC_FOLDER / _CONFIG, root / DVC_FOLDER / _CONFIG_LOCAL):
        merged.update(_read_level(path))
    types = merged.get("cache.type", ())
    return DvcConfig(
        cache_dir=_path_or_none(merged.get("cache.dir")),
        cache_types=tuple(_words(types)),
        shared=merged.get("cache.shared") == "group",
        remote=_text_or_none(merged.get("core.remote")),
        hardlink_lock=str(merged.get("core.hardlink_lock", "")).lower() == "true",
    )


def init_files(root: Path) -> list[str]:
    """Make what ``dvc init`` makes; nothing where ``.dvc/config`` exists, and never over a file.

    Returns the paths made, relative to ``root``, to be committed.
    """
    folder = root / DVC_FOLDER
    if (folder / _CONFIG).exists():
        return []
    folder.mkdir(exist_ok=True)
    wanted = {f"{DVC_FOLDER}/.gitignore": _IGNORED, ".dvcignore": _DVCIGNORE, f"{DVC_FOLDER}/{_CONFIG}": ""}
    return sorted(name for name, text in wanted.items() if _create(root / name, text))


def require_dvc(root: Path) -> None:
    """Raise ``NotFoundError`` unless ``root`` is a DVC repository."""
    if not (root / DVC_FOLDER).is_dir():
        raise NotFoundError(f"no DVC repository at '{root}'", hint="dsvc init")


def set_local_cache_dir(root: Path, cache_dir: Path) -> None:
    """Set ``cache.dir`` in the git-ignored ``.dvc/config.local``, keeping the other settings there."""
    from configobj import ConfigObj

    path = root / DVC_FOLDER / _CONFIG_LOCAL
    config = ConfigObj(path.read_text(encoding="utf-8").splitlines() if path.exists() else [])
    config.setdefault("cache", {})["dir"] = str(cache_dir)
    partial = path.with_name(_CONFIG_LOCAL + ".part")
    partial.write_text("".join(f"{line}\n" for line in config.write()), encoding="utf-8")
    partial.replace(path)


def _read_level(path: Path) -> dict[str, object]:
    """Return ``section.option`` -> value for one file, paths made absolute against its folder."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadDataError(f"cannot read '{path}': {error}", hint=_CORRECT) from error
    settings = {
        f"{section}.{option}".lower(): value
        for section, options in _parse(path, text).items()
        if isinstance(options, Mapping)
        for option, value in options.items()
    }
    if isinstance(directory := settings.get("cache.dir"), str):
        settings["cache.dir"] = _resolve(path.parent, directory)
    return settings


def _parse(path: Path, text: str) -> Mapping[str, object]:
    if not text.strip():
        return {}
    from configobj import ConfigObj, ConfigObjError

    try:
        parsed: dict[str, object] = ConfigObj(text.splitlines()).dict()
    except ConfigObjError as error:
        raise BadDataError(f"cannot read '{path}': {error}", hint=_CORRECT) from error
    return parsed


def _resolve(folder: Path, value: str) -> Path:
    return Path(os.path.abspath(folder / os.path.expanduser(value)))  # noqa: PTH100, PTH111


def _machine_configs() -> tuple[Path, Path]:
    """Return the system's and the user's settings file, the weakest first."""
    system = os.environ.get("DVC_SYSTEM_CONFIG_DIR")
    user = os.environ.get("DVC_GLOBAL_CONFIG_DIR")
    if sys.platform == "linux" and not any(map(os.environ.get, _MOVES_CONFIG)):
        system = system or "/etc/xdg/dvc"
        user = user or os.path.expanduser("~/.config/dvc")  # noqa: PTH111 - as platformdirs does
    if not system or not user:
        import platformdirs

        system = system or platformdirs.site_config_dir("dvc", "iterative")
        user = user or platformdirs.user_config_dir("dvc", "iterative")
    return Path(system) / _CONFIG, Path(user) / _CONFIG


def _create(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _words(value: object) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    return [str(part).strip() for part in parts] if isinstance(parts, (list, tuple)) else []


def _text_or_none(value: object) -> str | None:
    return value.lower() if isinstance(value, str) else None


def _path_or_none(value: object) -> Path | None:
    return value if isinstance(value, Path) else None
