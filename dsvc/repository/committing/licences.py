"""Licences of sources: are they written as SPDX expressions? Whether there is such a licence is not looked up."""

from __future__ import annotations

import re

from dsvc.errors import UsageError

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


def check_licence(text: str) -> str:
    """The licence as SPDX writes it, or UsageError when it is neither ``unknown`` nor written like an SPDX expression.

    SPDX specification, annex "SPDX license expressions": identifiers joined by AND, OR, WITH, and parentheses.
    A single tag of a hub (``apache-2.0``, ``cc-by-4.0``) is one too.
    """
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
        raise UsageError(
            f"'{text}' is not a licence as SPDX writes it",
            hint="write --license CC-BY-4.0, --license 'MIT OR Apache-2.0' or --license unknown",
        )
    return _TAGS.get(text.lower(), text)


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
    if tag.startswith("LicenseRef-") or (" " in tag and _is_expression(tag)):
        return tag
    return "LicenseRef-" + (re.sub(r"[^A-Za-z0-9.-]+", "-", tag.replace("+", "-plus")).strip("-") or "other")


def _is_expression(text: str) -> bool:
    try:
        return any(piece in _OPERATORS for piece in text.split()) and bool(check_licence(text))
    except UsageError:
        return False
