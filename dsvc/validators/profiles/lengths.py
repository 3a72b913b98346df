"""How many tokens a row may have: an estimate without the model's tokenizer, and only where a length is given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.validators.rule import Found, RecordCheck

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Outcome

_WIDE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS_A_TOKEN: Final = 4
"""Of Latin text, as OpenAI says of its tokenizers; a Chinese character is most often one token."""


class Length(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``tokens``: the longest row that is trained, as in the training's configuration; 0: the rule finds nothing."""

    tokens: int = 0


def estimated_tokens(record: Checked) -> int:
    """About how many tokens the texts of a row are."""
    wide = letters = 0
    for _, text in record.texts:
        found = len(_WIDE.findall(text))
        wide += found
        letters += len(text) - found
    return wide + letters // _LETTERS_A_TOKEN


def too_long(outcome: Outcome) -> Any:
    """Makes the check of a consumer that does this to rows that are too long."""

    def make(options: Length) -> RecordCheck:
        def look(record: Checked) -> Iterator[Found]:
            # a token has at least one byte, most have more: most rows need no count
            if len(record.content) > options.tokens and (count := estimated_tokens(record)) > options.tokens:
                yield Found(
                    f"about {count:,} tokens, more than {options.tokens:,}",
                    fix="cut it into several, or raise the length",
                    outcome=outcome,
                )

        return RecordCheck(look if options.tokens else lambda _record: ())

    return make
