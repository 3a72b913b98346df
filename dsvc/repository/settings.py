"""Shared settings of a repository: ``dsvc.toml``, or ``[tool.dsvc]`` in ``pyproject.toml``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dsvc.errors import UsageError
from dsvc.validators.gates import GateSettings, example_of, wrong_bound
from dsvc.validators.settings import ValidateSettings

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.validators.wrong_values import Wrong


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
        return _parse(_load(own), own.name)
    project = root / "pyproject.toml"
    if project.is_file() and b"[tool.dsvc" in project.read_bytes():
        return _parse(_load(project).get("tool", {}).get("dsvc", {}), project.name)
    return Settings()


def _load(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        settings: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read '{path.name}': {error}", hint="mend the file and try again") from error
    return settings


def _parse(data: dict[str, Any], name: str) -> Settings:
    known = {key: value for key, value in data.items() if key in Settings.__struct_fields__}
    unknown = sorted(set(data) - set(known))
    if unknown:
        from dsvc.validators.wrong_values import nearest

        hint = nearest(unknown[0], Settings.__struct_fields__)
        raise UsageError(f"'{name}' has an unknown setting '{unknown[0]}'", hint=hint)
    try:
        settings = msgspec.convert(known, Settings)
    except msgspec.ValidationError as error:
        from dsvc.validators.wrong_values import in_words

        raise _wrong(name, in_words(error, known, Settings)) from error
    wrong = wrong_bound(settings.gates)
    if wrong is not None:
        gate, (what, _, hint) = wrong[0], wrong[1].partition("; ")
        raise UsageError(f"'{name}' has a wrong setting: 'gates.{gate}': {what}", hint=hint)
    return settings


def _wrong(name: str, wrong: Wrong) -> UsageError:
    if wrong.is_unknown:
        return UsageError(f"'{name}' has an unknown setting '{wrong.place}'", hint=wrong.hint)
    table, _, gate = wrong.place.removesuffix(".bound").partition(".")
    hint = (example_of(gate) if table == "gates" else None) or wrong.hint
    return UsageError(f"'{name}' has a wrong setting: '{wrong.place}' {wrong.told}", hint=hint)
