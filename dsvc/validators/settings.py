"""``[validate]`` in ``dsvc.toml``: what a team agrees on about checks."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from dsvc.validators.finding import Severity  # noqa: TC001 - msgspec needs it at run time

if TYPE_CHECKING:
    from pathlib import Path

BASELINE: Final = "dsvc-baseline-{dataset}.jsonl"
_STANDARD_INPUT: Final = "/dev/stdin"
_PIPES: Final = "/dev/fd"
_LONGEST: Final = 150
"""Bytes of a file's path in the name of its baseline."""


class DatasetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[validate.datasets.NAME]``: what is said here stands in place of what ``[validate]`` says.

    ``severity`` and ``options`` are put together, rule by rule.
    """

    profile: tuple[str, ...] | UnsetType = UNSET
    ignore: tuple[str, ...] | UnsetType = UNSET
    also: tuple[str, ...] | UnsetType = UNSET
    severity: dict[str, Severity] = {}
    options: dict[str, dict[str, Any]] = {}
    baseline: str | UnsetType = UNSET
    patterns: tuple[str, ...] | UnsetType = UNSET
    schema: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    refuse: tuple[str, ...] | UnsetType = UNSET


class ValidateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[validate]`` in ``dsvc.toml``; everything has a default."""

    profile: tuple[str, ...] = ()
    """Consumers whose rules run as well (``llamafactory``, ``trl`` …)."""
    ignore: tuple[str, ...] = ()
    """Rules that do not run."""
    also: tuple[str, ...] = ()
    """Rules that run although they do not by default."""
    severity: dict[str, Severity] = {}
    """Another severity for a rule."""
    options: dict[str, dict[str, Any]] = {}
    """Options of rules, by rule."""
    baseline: str = BASELINE
    """The file of findings that are known and accepted; used where it is there. ``{dataset}``: the dataset's name; of
    a file that is none what :func:`name_of_file` says."""
    patterns: tuple[str, ...] = ()
    """Files of own rules (:mod:`dsvc.validators.patterns`)."""
    schema: str = ""
    """A file with a JSON Schema that each record must fit."""
    model: str = ""
    """A pydantic model that each record must fit: ``module:Class``, importable by Python."""
    refuse: tuple[str, ...] | None = None
    """Rules that make ``commit`` and ``import`` refuse new lines in which they find something; ``structure``: in which
    those of that topic find errors.

    Where nothing is said, ``commit`` refuses those of ``structure``, and ``import`` none."""
    datasets: dict[str, DatasetSettings] = {}
    """What is different for a dataset, by its name."""


def settings_of(settings: ValidateSettings, dataset: str | None, file: str = "file") -> ValidateSettings:
    """The settings that hold for a dataset (None: for a file that is none, with what stands for its name)."""
    own = settings.datasets.get(dataset) if dataset is not None else None
    general = replace(settings, datasets={}, baseline=settings.baseline.replace("{dataset}", dataset or file))
    if own is None:
        return general
    given = {name: value for name in own.__struct_fields__ if (value := getattr(own, name)) is not UNSET}
    options = {rule: {**settings.options.get(rule, {}), **values} for rule, values in own.options.items()}
    given["severity"] = {**settings.severity, **own.severity}
    given["options"] = {**settings.options, **options}
    return replace(general, **given)


def name_of_file(path: Path, folder: Path) -> str:
    """What stands for a file that is no dataset in the name of its baseline, so that each has its own: ``file-`` and
    its path in ``folder``; with a digest where it lies elsewhere, or where that would be too long for a name. What is
    piped in has no name of its own, whatever the shell reads it from."""
    if str(path) == _STANDARD_INPUT or str(path.parent) == _PIPES:
        return "standard-input"
    place, base = path.resolve(), folder.resolve()
    inside = place.is_relative_to(base)
    told = "__".join(place.relative_to(base).parts) if inside else place.name
    if not told:  # the folder itself
        return f"folder-{place.name}"
    told = told.removesuffix(".jsonl")
    if inside and len(told.encode()) <= _LONGEST:
        return f"file-{told}"
    digest = sha256((told if inside else str(place)).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"file-{told.encode()[:_LONGEST].decode(errors='ignore')}-{digest}"


def located(settings: ValidateSettings, root: Path) -> ValidateSettings:
    """With whole paths of the files of own rules, so that any process finds them; they are given from ``root``."""
    return replace(
        settings,
        baseline=str(root / settings.baseline),
        patterns=tuple(str(root / path) for path in settings.patterns),
        schema=str(root / settings.schema) if settings.schema else "",
    )
