"""Names in any script, and how long they may be."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import UsageError
from dsvc.names import is_name, named_like, too_long
from dsvc.repository.datasets import check_name, name_from
from dsvc.repository.reviews.starting import ReviewRequest
from dsvc.sampling.rule import Rule as PilotRule
from dsvc.splitting.rule import Rule, Share, checked
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

HINDI, TAMIL, ARABIC = "परीक्षण", "சோதனை", "اِختبار"
DECOMPOSED = unicodedata.normalize("NFD", "été")


@pytest.mark.parametrize("name", ["a", "数据_v2", "a.b-c", HINDI, TAMIL, ARABIC, DECOMPOSED, "_a", "1"])
def test_letters_with_their_marks_are_names(name: str) -> None:
    assert is_name(name)
    assert check_name(name) == unicodedata.normalize("NFC", name)
    assert name_from(f"data/{name}.jsonl") == unicodedata.normalize("NFC", name).strip("_")


@pytest.mark.parametrize("name", ["", "-a", "a-", ".a", "a.", "a b", "\u0301a", "a-\u0301", "a\u200b", "a\n"])
def test_what_is_no_letter_is_none(name: str) -> None:
    assert not is_name(name)
    assert is_name(named_like(f"x{name}x"))


def test_a_name_has_so_many_bytes_at_most() -> None:
    assert too_long("长" * 66) is None
    assert "at most 200 bytes" in str(too_long("长" * 67))
    for name in ("a" * 250, "长" * 120):
        with pytest.raises(UsageError, match="at most 200 bytes"):
            check_name(name, "a pilot")
        with pytest.raises(UsageError, match="at most 100 bytes"):
            checked(Rule(shares=(Share(name, 0.5), Share("b", 0.5))))


def test_a_part_may_be_typed_decomposed() -> None:
    assert checked(Rule(shares=(Share(DECOMPOSED, 0.5), Share(HINDI, 0.5)))).parts == ("été", HINDI)


@pytest.mark.parametrize("name", [HINDI, DECOMPOSED])
def test_pilots_and_reviews_are_found_by_names_with_marks(tmp_path: Path, name: str) -> None:
    project = Project.start(tmp_path / "work")
    project.save("qa.jsonl", lines(*({"id": n} for n in range(20))))
    made = project.repo.pilots.create("qa", name, PilotRule(size="5"))
    assert made.tag == f"qa_v1.0_{unicodedata.normalize('NFC', name)}"
    assert [str(each.pilot.name) for each in project.repo.pilots.list()] == [unicodedata.normalize("NFC", name)]
    assert project.repo.pilots.show(name).listed.pilot.name == made.pilot.name
    project.repo.reviews.start("qa", ReviewRequest(name=name))
    assert project.git("status", "--porcelain").strip() == ""
    assert project.dvc("status").strip().endswith("up to date.")


def test_a_pilot_whose_tag_would_be_too_long_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    long = "数" * 60
    project.save("qa.jsonl", lines(*({"id": n} for n in range(20))), name=long)
    before = project.picture()
    for name in ("a" * 250, "长" * 120, "a" * 190):
        with pytest.raises(UsageError, match="bytes"):
            project.repo.pilots.create(long, name, PilotRule(size="5"))
    assert project.picture() == before
