"""One line may be a hundred megabytes: what is made of its text goes in stretches, and gives the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.validators import exchange, near_signing
from dsvc.validators.exchange import squeezed
from dsvc.validators.near_signing import signatures_of


@given(st.text(st.sampled_from("ab费 \n\t\u3000\x1c\x85"), max_size=60), st.integers(1, 9))
def test_white_space_is_squeezed_in_stretches_as_at_once(text: str, stretch: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "_STRETCH", stretch)
        assert squeezed(text) == " ".join(text.split())


@given(st.lists(st.text("ab费 ", min_size=1, max_size=600), max_size=12), st.integers(1, 900))
def test_texts_are_signed_in_portions_as_at_once(texts: list[str], at_once: int) -> None:
    whole = signatures_of(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_signing, "_CHARACTERS_AT_ONCE", at_once)
        assert signatures_of(texts) == whole


def test_of_a_very_long_text_the_beginning_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_signing, "SIGNED", 1000)
    text = " ".join(f"word{number}" for number in range(200))
    assert len(text) > 1000
    assert signatures_of([text]).words == signatures_of([text[:1000]]).words
    assert signatures_of([text]).words != signatures_of([text[:900]]).words
