"""TRL's own helpers say what becomes of a row; skipped where it is not installed (``pip install trl==1.16.0``)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsvc.validators.checked import Checked
from dsvc.validators.finding import Place
from dsvc.validators.profiles.trl import PROFILE
from dsvc.validators.profiles.trl_judge import judge


def part(name: str) -> Any:
    """A function of TRL; skips where it, or what it needs, is missing."""
    return getattr(pytest.importorskip("trl.data_utils", exc_type=ImportError), name)


def example(name: str) -> Any:
    return next(treatment.example for treatment in PROFILE.treatments if treatment.name == name)


def told(row: dict[str, Any]) -> set[str]:
    return {name for name, _ in judge(Checked(json.dumps(row).encode(), Place("x", 1, 1)))}


def test_an_empty_list_of_messages_ends_the_run() -> None:
    row = json.loads(example("empty-messages").bad[0])
    with pytest.raises(IndexError):
        part("is_conversational")(row)
    assert "empty-messages" in told(row)


@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_pictures_are_counted_alike(pictures: int) -> None:
    for line in (*example("image-count").good, *example("placeholders").bad, *example("placeholders").good):
        row = json.loads(line)
        row["images"] = ["1.png"] * pictures
        try:
            part("prepare_multimodal_messages")(row["messages"], row["images"])
            refused = False
        except ValueError:
            refused = True
        assert ("image-count" in told(row)) == refused


def test_a_placeholder_stays_in_the_text() -> None:
    row = json.loads(example("placeholders").bad[0])
    made = part("prepare_multimodal_messages")(row["messages"], row["images"])
    assert "<image>" in made[0]["content"][1]["text"]


def test_roles_of_sharegpt_stay() -> None:
    row = json.loads(example("unknown-role").bad[0])
    assert part("maybe_convert_to_chatml")(json.loads(example("unknown-role").bad[0]))["messages"][0]["role"] == "human"
    assert "unknown-role" in told(row)
