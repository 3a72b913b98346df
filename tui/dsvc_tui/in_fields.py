"""Messages that name options of the command line, in the words of a form: which field, and what to write into it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMAND: Final = re.compile(r"dsvc import (?:(?!--(?:update|into)\b|;).)*?(?=--(?:from|records)\b)")
"""The command before an option that is a field, in ``name it: dsvc import 'a.bin' --from json|jsonl``."""
_OPTION: Final = re.compile(
    r"(?P<command>\b(?:dsvc|git|dvc) [^;]*)"
    r"|(?<![\w-])(?P<option>--?[a-z][a-z-]*)"
    r"(?: (?:(?P<blank>(?:NAME|FIELD|VALUE|SHAPE|SPDX|KEY)\b|'where from')|'(?P<quoted>[^']*)'"
    r"|(?P<value>[^\s;,()'-][^\s;,()]*(?=$|[;,)]| or ))))?"
)
"""A command; or an option with what stands behind it: for any value, one in quotes, or one that ends its part."""


def in_fields(text: str, fields: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """The text with fields for options: ``fields`` take a value, ``answers`` are fields that say yes, both by option.

    Other options stay as they are, because only the command line has them; so do whole commands.
    """

    def said(found: re.Match[str]) -> str:
        if found["command"] is not None:
            return found[0]
        behind = found[0][len(found["option"]) :]
        if found["option"] in answers:
            return f"yes in the field '{answers[found['option']]}'{behind}"
        name = fields.get(found["option"])
        if name is None:
            return found[0]
        value = found["quoted"] or found["value"]
        return f"{value} in the field '{name}'" if value else f"the field '{name}'"

    return _OPTION.sub(said, _COMMAND.sub("", text) if "--from" in fields else text)
