"""Shared settings of a repository: ``dsvc.toml``, or ``[tool.dsvc]`` in ``pyproject.toml``."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from dsvc.errors import DsvcError, UsageError
from dsvc.validators.gates import GateSettings, example_of, wrong_bound
from dsvc.validators.settings import ValidateSettings

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.validators.wrong_values import Wrong


_PLACE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
"""How ``tomllib`` tells what is wrong, and where."""


class TuiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terminal UI."""

    keys: dict[str, str] = {}
    """Other keys for actions: the action's name to keys, separated by commas."""


class Settings(msgspec.Struct, frozen=True):
    """What a team agrees on; everything has a default."""

    tags: Literal["all", "releases", "none"] = "all"
    """Which versions get a git tag: all, those with a new first number (``v2.0``), or none."""
    tui: TuiSettings = TuiSettings()
    validate: ValidateSettings = ValidateSettings()
    gates: GateSettings = GateSettings()


def read_settings(root: Path) -> Settings:
    """The settings of the repository at ``root``. Raises UsageError naming the file and the setting that is wrong."""
    own = root / "dsvc.toml"
    if own.is_file():
        return _parse(_load(own), own)
    project = root / "pyproject.toml"
    if project.is_file() and b"[tool.dsvc" in project.read_bytes():
        return _parse(_load(project).get("tool", {}).get("dsvc", {}), project, "tool", "dsvc")
    return Settings()


def settings_problem(root: Path) -> DsvcError | None:
    """What :func:`read_settings` would raise, for those who need no setting; None where all is well."""
    try:
        read_settings(root)
    except DsvcError as error:
        return error
    return None


def _load(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    data = path.read_bytes()
    try:
        settings: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"byte 0x{data[error.start]:02x} is not UTF-8", *_end(data[: error.start])) from error
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.fullmatch(str(error))
        told = found[1] if found is not None else str(error)
        place = (int(found[2]), int(found[3])) if found is not None and found[2] else _end(data.rstrip(b"\n"))
        raise _unreadable(path, told, *place) from error
    return settings


def _end(data: bytes) -> tuple[int, int]:
    """Line and column (from 1) behind what is there."""
    return data.count(b"\n") + 1, len(data.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1


def _unreadable(path: Path, told: str, line: int, column: int) -> UsageError:
    return UsageError(
        f"cannot read '{path.name}:{line}': {told[:1].lower()}{told[1:]}, column {column}",
        hint=f"mend line {line} of '{path.name}'",
    )


def _parse(data: dict[str, Any], path: Path, *table: str) -> Settings:
    """The settings that stand in a table of a file."""
    known = {key: value for key, value in data.items() if key in Settings.__struct_fields__}
    unknown = sorted(set(data) - set(known))
    if unknown:
        from dsvc.validators.wrong_values import nearest

        hint = nearest(unknown[0], Settings.__struct_fields__)
        raise UsageError(f"{_where(path, (*table, unknown[0]))} has an unknown setting '{unknown[0]}'", hint=hint)
    try:
        settings = msgspec.convert(known, Settings)
    except msgspec.ValidationError as error:
        from dsvc.validators.wrong_values import in_words

        wrong = in_words(error, known, Settings)
        raise _wrong(_where(path, (*table, *wrong.steps)), wrong) from error
    bound = wrong_bound(settings.gates)
    if bound is not None:
        gate, (what, _, hint) = bound[0], bound[1].partition("; ")
        where = _where(path, (*table, "gates", gate))
        raise UsageError(f"{where} has a wrong setting: 'gates.{gate}': {what}", hint=hint)
    return settings


def _where(path: Path, steps: tuple[str, ...]) -> str:
    """``'dsvc.toml:12'``, where the setting begins."""
    from dsvc.repository.setting_line import line_of

    line = line_of(path.read_text("utf-8"), steps)
    return f"'{path.name}:{line}'" if line is not None else f"'{path.name}'"


def _wrong(where: str, wrong: Wrong) -> UsageError:
    if wrong.is_unknown:
        return UsageError(f"{where} has an unknown setting '{wrong.place}'", hint=wrong.hint)
    table, _, gate = wrong.place.removesuffix(".bound").partition(".")
    hint = (example_of(gate) if table == "gates" else None) or wrong.hint
    return UsageError(f"{where} has a wrong setting: '{wrong.place}' {wrong.told}", hint=hint)
