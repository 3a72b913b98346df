"""Licences of sources: are they written as SPDX expressions? Whether there is such a licence is not looked up."""

from __future__ import annotations

import re

from dsvc.errors import UsageError

_PIECE = re.compile(r"[()]|[^\s()]+")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+-]*")
_OPERATORS = ("AND", "OR", "WITH")


def check_licence(text: str) -> str:
    """The licence, or UsageError when it is neither ``unknown`` nor written like an SPDX expression.

    SPDX specification, annex "SPDX license expressions": identifiers joined by AND, OR, WITH, and parentheses.
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
    return text
