"""What a record asks: the same question on two sides is told, as the rule ``split-leak`` finds it later."""

from __future__ import annotations

import xxhash

from dsvc.validators.conversation import conversations_of
from dsvc.validators.exchange import PAIRS, exchange_of, squeezed


def question_digest(value: object) -> int:
    """A digest of 64 bits of a record's prompt, white space apart; 0 where it has none, or several may have one."""
    if not isinstance(value, dict) or not PAIRS.isdisjoint(value):
        return 0
    found = exchange_of(value, conversations_of(value))
    prompt = squeezed(found.prompt) if found is not None else ""
    return xxhash.xxh3_64_intdigest(prompt.encode("utf-8", "surrogatepass")) if prompt else 0
