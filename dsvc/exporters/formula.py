"""The ``'`` before texts that a spreadsheet would run as a formula: put there by export, taken away by import.

A text counts that begins with ``= + - @`` (of full width, too: spreadsheets of East Asia take them for the same), a tab
or a carriage return (see https://owasp.org/www-community/attacks/CSV_Injection), also behind quotes of its own, so that
every text comes back.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def harmless(text: str) -> str:
    """The text, with a ``'`` in front when a spreadsheet would run it."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_meant(text: str) -> str:
    """The text that :func:`harmless` made this one of."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text
