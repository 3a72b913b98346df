"""Licences of sources: SPDX expressions of licences on its list, or of ``LicenseRef-`` names for all others."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPDX = [
    "Apache-2.0",
    "MIT",
    "AFL-3.0",
    "Artistic-2.0",
    "BSL-1.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "C-UDA-1.0",
    "CC0-1.0",
    "CC-BY-2.0",
    "CC-BY-2.5",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-2.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-2.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CDLA-Sharing-1.0",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
    "WTFPL",
    "ECL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "etalab-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "AGPL-3.0",
    "GPL-2.0",
    "GPL-3.0",
    "LGPL-2.1",
    "LGPL-3.0",
    "ISC",
    "LPPL-1.3c",
    "MS-PL",
    "MPL-2.0",
    "ODC-By-1.0",
    "ODbL-1.0",
    "OSL-3.0",
    "PostgreSQL",
    "OFL-1.1",
    "NCSA",
    "Unlicense",
    "Zlib",
    "PDDL-1.0",
    "LGPLLR",
    "DbCL-1.0",
]
_TAGS = {
    **{licence.lower(): licence for licence in _SPDX},
    "apache 2.0": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "mit license": "MIT",
    "c-uda": "C-UDA-1.0",
    "cc0": "CC0-1.0",
    "cc0: public domain": "CC0-1.0",
    "odc-by": "ODC-By-1.0",
    "odbl": "ODbL-1.0",
    "pddl": "PDDL-1.0",
    "lgpl-lr": "LGPLLR",
    "unknown": "unknown",
    "": "unknown",
}
"""What hubs call licences (https://huggingface.co/docs/hub/repositories-licenses), as SPDX does."""

_PIECE = re.compile(r"[()]|[^\s()]+")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+-]*")
_OPERATORS = ("AND", "OR", "WITH")
_NOTHING_SAID = ("none", "noassertion")
"""What SPDX documents write where nobody knows."""


def check_licence(text: str) -> str:
    """The licence as SPDX writes it, or UsageError when it is neither ``unknown`` nor an SPDX expression.

    SPDX specification, annex "SPDX license expressions": identifiers joined by AND, OR, WITH, and parentheses; those
    that its list lacks begin with ``LicenseRef-``. A single tag of a hub (``apache-2.0``, ``cc-by-4.0``) is one too.
    """
    _require_written(text)
    known = _TAGS.get(text.lower())
    if known is None and text.lower() not in _NOTHING_SAID and (strangers := _not_listed(text)):
        own = _with_references(text, strangers)
        raise UsageError(
            f"'{strangers[0]}' is not on SPDX's list of licences",
            hint=f"{_near(strangers[0])}a licence of another name: --license {quote(own)}",
        )
    return known or text


def _not_listed(text: str) -> list[str]:
    """The names in an expression that are not on SPDX's list, nor say that they are not."""
    from license_expression import ExpressionError, get_spdx_licensing

    licensing = get_spdx_licensing()
    try:
        names = licensing.unknown_license_keys(licensing.parse(text))
    except ExpressionError:
        raise _not_written(text) from None
    return [name for name in names if not name.startswith(("LicenseRef-", "DocumentRef-"))]


def _near(name: str) -> str:
    """What might have been meant, as the beginning of a hint."""
    from difflib import get_close_matches

    found = get_close_matches(name.lower(), [*_TAGS], n=1, cutoff=0.7)
    return f"perhaps --license {quote(_TAGS[found[0]])}; " if found else ""


def _require_written(text: str) -> None:
    """Raise UsageError for what is not written like an expression."""
    depth, operand_next = 0, True
    for piece in _PIECE.findall(text):
        if piece == "(" and operand_next:
            depth += 1
        elif piece == ")" and not operand_next and depth:
            depth -= 1
        elif piece in _OPERATORS and not operand_next:
            operand_next = True
        elif operand_next and piece not in _OPERATORS and _TOKEN.fullmatch(piece):
            operand_next = False
        else:
            depth = -1
            break
    if depth or operand_next:
        raise _not_written(text)


def _not_written(text: str) -> UsageError:
    return UsageError(
        f"'{text}' is not a licence as SPDX writes it",
        hint="write --license CC-BY-4.0, --license 'MIT OR Apache-2.0' or --license unknown; "
        "for one of your own --license LicenseRef-internal",
    )


def _with_references(text: str, strangers: Sequence[str]) -> str:
    """An expression in which names that the list lacks say so."""
    for name in strangers:
        text = re.sub(rf"(?<![\w.+-]){re.escape(name)}(?![\w.+-])", _reference(name), text)
    return text


def spdx(tags: str) -> str:
    """The SPDX expression for a hub's tag, or several of them, one a line: then all of them hold.

    A tag that SPDX does not know (``other``, ``llama3``) becomes a ``LicenseRef-``, which is how SPDX writes
    licences that are not on its list. What is an expression already stays.
    """
    return " AND ".join(dict.fromkeys(_one(tag.strip()) for tag in tags.split("\n")))


def _one(tag: str) -> str:
    known = _TAGS.get(re.sub(r"\s+", " ", tag.lower().replace("_", "-")))
    if known is not None:
        return known
    if tag.startswith("LicenseRef-"):
        return tag
    if " " in tag and _is_expression(tag):
        return _with_references(tag, _not_listed(tag))
    return _reference(tag)


def _reference(tag: str) -> str:
    return "LicenseRef-" + (re.sub(r"[^A-Za-z0-9.-]+", "-", tag.replace("+", "-plus")).strip("-") or "other")


def _is_expression(text: str) -> bool:
    try:
        _require_written(text)
        _not_listed(text)
    except UsageError:
        return False
    return any(piece in _OPERATORS for piece in text.split())
