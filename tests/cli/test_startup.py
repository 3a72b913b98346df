"""What starts quickly must not import what is slow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

HEAVY = ("dvc", "textual", "rich", "datasets", "deepdiff", "rapidfuzz", "pandas", "pyarrow")


def imported(code: str, *arguments: str) -> set[str]:
    """Top-level names of all modules that are loaded when the code has run."""
    names = "' '.join({name.split('.')[0] for name in sys.modules})"
    report = f"import sys, atexit; atexit.register(lambda: sys.stderr.write({names}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{report}\n{code}", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_package_alone() -> None:
    assert imported("import dsvc").isdisjoint((*HEAVY, "numpy", "click", "pydantic", "pygit2"))


RUN = "from dsvc.cli import main; main()"


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("log", "--help")])
def test_help(arguments: tuple[str, ...]) -> None:
    assert imported(RUN, *arguments).isdisjoint((*HEAVY, "numpy", "pydantic", "pygit2"))


@pytest.mark.parametrize("arguments", [("log",), ("log", "--json")])
def test_the_log_needs_the_ledger_only(bank: Shell, arguments: tuple[str, ...]) -> None:
    assert imported(RUN, *arguments).isdisjoint((*HEAVY, "numpy", "pydantic"))


def test_the_status_of_an_unchanged_file_needs_no_arrays(bank: Shell) -> None:
    imported(RUN, "status")  # the first look may read the file
    assert imported(RUN, "status").isdisjoint((*HEAVY, "numpy", "pydantic"))


def test_everyday_looks(bank: Shell) -> None:
    assert imported(RUN, "describe").isdisjoint((*HEAVY, "pydantic"))
