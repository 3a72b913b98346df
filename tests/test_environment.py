"""The tests' own ground: nothing of the machine's configuration may reach them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.git_repo import GitRepo


def test_only_the_test_identity_is_known_to_git(git_repo: GitRepo) -> None:
    origins = git_repo.git("config", "--list", "--show-origin")
    assert "ann@example.com" in origins
    assert {line.split("\t")[0] for line in origins.splitlines()} == {
        f"file:{os.environ['GIT_CONFIG_GLOBAL']}",
        "file:.git/config",
    }


def test_home_is_a_temporary_folder(hermetic_environment: Path) -> None:
    assert Path.home() == hermetic_environment


def test_commits_of_the_builder_are_reproducible(git_repo: GitRepo) -> None:
    first = git_repo.commit("start", {"a.txt": "a\n"})
    assert first == "5a2b0fb2e393372e35e548b10134cb2456fd0eae"
