"""What every test stands on: an environment of its own, and git repositories made on the spot."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.git_repo import GitRepo
from tests.schemas import published as published

if TYPE_CHECKING:
    from collections.abc import Iterator

# A busy machine makes examples slowly; that is no fault of the code.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# New examples at each run find what nobody thought of; the same ones tell whether a change is to blame.
settings.register_profile("dsvc", settings.get_profile("search"), derandomize=True)
settings.load_profile("dsvc")

GIT_CONFIG = """\
[user]
	name = Ann Otter
	email = ann@example.com
[init]
	defaultBranch = main
[advice]
	detachedHead = false
[gc]
	auto = 0
[maintenance]
	auto = false
[protocol "file"]
	allow = always
"""


@pytest.fixture(scope="session", autouse=True)
def hermetic_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nothing of the machine's or the user's configuration reaches a test, and nothing goes back."""
    home = tmp_path_factory.mktemp("home")
    git_config = home / "gitconfig"
    git_config.write_text(GIT_CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("GIT_", "DVC_", "DSVC_")):
                patch.delenv(name)
        for name in (
            "NO_COLOR",
            "FORCE_COLOR",
            "TEXTUAL_THEME",
            "TEXTUAL",
            "EMAIL",
            "PAGER",
            "EDITOR",
            "VISUAL",
        ):
            patch.delenv(name, raising=False)
        # The dsvc and dvc of this environment are found by git hooks, by shells and by hints that are followed.
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        patch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
        patch.setenv("GIT_CONFIG_GLOBAL", str(git_config))
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_TERMINAL_PROMPT", "0")
        patch.setenv("GIT_EDITOR", "false")
        patch.setenv("DVC_NO_ANALYTICS", "1")
        for kind in ("SITE_CACHE", "GLOBAL_CONFIG", "SYSTEM_CONFIG"):
            patch.setenv(f"DVC_{kind}_DIR", str(home / f"dvc-{kind.lower()}"))
        patch.setenv("COLUMNS", "100")
        patch.setenv("LINES", "30")
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield home
    time.tzset()


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepo:
    """An empty git repository (branch ``main``, nothing committed yet), driven by the git command."""
    return GitRepo.create(tmp_path / "repo")
