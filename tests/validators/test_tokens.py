"""Lengths in tokens: rules that count them take the tokenizer that was asked for."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import UsageError
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from dsvc.validators.settings import ValidateSettings

if TYPE_CHECKING:
    from pathlib import Path

USUAL = [f"{'word ' * 40}{n}" for n in range(60)]
"""200 characters, some 40 tokens."""
CHINESE = "逾期九十天以上的客户应当怎样处理" * 30
"""480 characters, as many tokens or nearly."""


def told(folder: Path, asked: str, *texts: str, **settings: object) -> list[str]:
    file = folder / "data.jsonl"
    file.write_text("".join(json.dumps({"q": text}) + "\n" for text in texts))
    selection = Selection(
        ValidateSettings(options={"length-outlier": settings}), only=("length-outlier",), tokenizer=asked
    )
    return [finding.message for finding in Validation(dsvc.open_file(file), selection, processes=1)]


def test_chinese_and_english_are_measured_alike_in_tokens(tmp_path: Path) -> None:
    assert told(tmp_path, "", *USUAL, CHINESE) == [], "twice as many characters as the others"
    (message,) = told(tmp_path, "estimate", *USUAL, CHINESE)
    assert message == "about 480 tokens; half of the records have fewer than 51"


def test_a_tokenizer_counts_and_the_command_goes_before_the_settings(tmp_path: Path) -> None:
    pytest.importorskip("rs_bpe")
    (message,) = told(tmp_path, "o200k", *USUAL, CHINESE, tokenizer="estimate")
    assert message == "390 tokens; half of the records have fewer than 42"


def test_a_tokenizer_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tokenizer 'gpt'"):
        told(tmp_path, "", "a", tokenizer="gpt")


def test_the_command_line_has_an_option_for_it(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("".join(json.dumps({"q": text}) + "\n" for text in [*USUAL, CHINESE]))
    command = ["dsvc", "validate", "data.jsonl", "--only", "length-outlier"]

    def run(*more: str) -> str:
        done = subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True)
        return done.stdout + done.stderr

    assert "no findings" in run()
    assert "about 480 tokens" in run("--tokenizer", "estimate")
    assert "'gpt' is not one of 'estimate', 'cl100k', 'o200k'" in run("--tokenizer", "gpt")
