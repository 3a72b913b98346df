"""Licences of the sources: what may be released, and together with what."""

from __future__ import annotations

import re
from functools import lru_cache
from shlex import quote
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place, Severity

    Licensed = tuple[str, str | None]

_NC: Final = re.compile(r"-NC(?:-|$)|^CC-BY-NC|NON-?COMMERCIAL", re.IGNORECASE)
_ND: Final = re.compile(r"-ND(?:-|$)", re.IGNORECASE)
_SHARE_ALIKE: Final = re.compile(r"-SA(?:-|$)|^(?:A|L)?GPL-|^ODbL|^CDLA-Sharing|^EUPL|^OSL", re.IGNORECASE)
_UNKNOWN: Final = frozenset({"", "unknown", "none", "other", "noassertion"})


class Licences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``commercial``: whether the model, or the set, is for business; then NC is told. ``release``: whether the set is
    given away; then what hinders that is told."""

    commercial: bool = True
    release: bool = True


class Terms(msgspec.Struct, frozen=True):
    """What a licence asks: not for business (``nc``), no changes (``nd``), the same licence for what is made of it."""

    nc: bool = False
    nd: bool = False
    alike: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def terms_of(expression: str) -> Terms | None:
    """The terms of an SPDX expression; of ``A OR B`` the easier ones, of ``A AND B`` both. None: it cannot be read."""
    from license_expression import ExpressionError, get_spdx_licensing

    licensing = get_spdx_licensing()
    try:
        parsed = licensing.parse(expression, validate=False)
    except (ExpressionError, TypeError, ValueError):
        return None
    if parsed is None or any(not key.startswith("LicenseRef-") for key in licensing.unknown_license_keys(parsed)):
        return None
    return _terms(parsed)


def _terms(node: object) -> Terms:
    parts = [_terms(each) for each in getattr(node, "args", ())]
    if not parts:
        key = str(getattr(node, "key", node))
        alike = frozenset({key}) if _SHARE_ALIKE.search(key) else frozenset()
        return Terms(_NC.search(key) is not None, _ND.search(key) is not None, alike)
    if type(node).__name__ == "OR":
        return min(parts, key=lambda each: (each.nd, each.nc, len(each.alike)))
    alike = frozenset(key for each in parts for key in each.alike)
    return Terms(any(each.nc for each in parts), any(each.nd for each in parts), alike)


class _Sources:
    """Told the sources of the version by the runner."""

    def __init__(self, options: Licences) -> None:
        self._options = options
        self.sources: tuple[Licensed, ...] = ()

    def take(self, places: Sequence[Place], summary: None) -> None:
        pass

    def finish(self) -> Iterator[Finding]:
        alike: dict[str, str] = {}
        for name, licence in self.sources:
            if (licence or "").strip().lower() in _UNKNOWN:
                fix = f"find out, and say it: dsvc commit --source {quote(name)} --license SPDX"
                yield _finding("warning", f"nobody knows the licence of the source '{name}'", fix)
                continue
            terms = terms_of(licence or "")
            if terms is None:
                told = f"the licence '{licence}' of '{name}' is no SPDX expression"
                yield _finding("warning", told, "write it as one")
                continue
            yield from self._told(name, licence or "", terms)
            for key in terms.alike:
                alike.setdefault(key, name)
        if len(alike) > 1 and self._options.release:
            named = " and ".join(f"{key} ('{name}')" for key, name in sorted(alike.items())[:3])
            yield _finding(
                "error", f"{named} ask for different licences of the whole", "keep them in sets of their own"
            )
        elif alike and self._options.release:
            key = next(iter(alike))
            yield _finding("note", f"what is released must have the licence {key}, for '{alike[key]}'", "")

    def _told(self, name: str, licence: str, terms: Terms) -> Iterator[Finding]:
        if terms.nd and self._options.release:
            told = f"'{name}' ({licence}) may be passed on only as it is, and a set made of it is not"
            yield _finding("error", told, "leave it out of what is released, or ask its authors")
        if terms.nc and self._options.commercial:
            yield _finding("warning", f"'{name}' ({licence}) is not for business", "leave it out, or ask its authors")


def _finding(severity: Severity, told: str, fix: str) -> Finding:
    return Finding("", severity, told, fix=fix)


def _nothing(records: Sequence[Checked]) -> None:
    return None


RULES: Final = (
    Rule(
        id="licence",
        topic="content",
        severity="warning",
        title="a source whose licence stands in the way",
        why="A set is released under terms that all its sources allow. Not for business (NC), no changes (ND), and two "
        "licences that each ask for the whole are told, and sources of which nobody knows. Looked at are the sources "
        "that the version's records come from, whichever version took them in. No legal advice.",
        example=Example(
            bad=('{"a": 1}',),
            good=('{"a": 1}',),
            bad_sources=(("forum", "CC-BY-NC-4.0"), ("a book", "CC-BY-ND-4.0"), ("web", None)),
            good_sources=(("manual", "CC-BY-4.0"), ("code", "MIT OR GPL-3.0-only")),
        ),
        make=lambda options: DatasetCheck(_nothing, lambda: _Sources(options)),
        options=Licences,
        sources=("SPDX License List", "Creative Commons, license compatibility chart"),
    ),
)
