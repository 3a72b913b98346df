"""What counts tokens: an estimate, or a tokenizer whose vocabulary comes with its package (``dsvc[tokens]``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError
from dsvc.statistics.features import tokens

if TYPE_CHECKING:
    from collections.abc import Callable

ESTIMATE: Final = "estimate"
TOKENIZERS: Final = (ESTIMATE, "cl100k", "o200k")
"""``cl100k`` and ``o200k`` are those of OpenAI's models."""


def counter(name: str) -> Callable[[str], int]:
    """What counts the tokens of a text. Raises UsageError for a name that is not known, or a package that is missing.

    Texts that look like a tokenizer's own marks (``<|endoftext|>``) are counted as the text that they are.
    """
    if name == ESTIMATE:
        return tokens
    if name not in TOKENIZERS:
        raise UsageError(f"there is no tokenizer '{name}'", hint=f"one of: {', '.join(TOKENIZERS)}")
    try:
        from rs_bpe import openai
    except ImportError:
        raise UsageError(
            f"the tokenizer '{name}' needs a package that is not installed", hint="pip install 'dsvc[tokens]'"
        ) from None
    encoding = openai.cl100k_base() if name == "cl100k" else openai.o200k_base()

    def count(text: str) -> int:
        try:
            found: int = encoding.count(text)
        except UnicodeEncodeError:  # half of a pair of surrogates, which UTF-8 does not have
            found = encoding.count(text.encode("utf-8", "replace").decode())
        return found

    return count
