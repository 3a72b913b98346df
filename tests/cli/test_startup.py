"""What starts quickly must not import what is slow."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.cli.reference import paths

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

HEAVY = ("dvc", "textual", "rich", "datasets", "deepdiff", "pandas", "pyarrow", "pydantic", "pygit2")
ARRAYS = ("numpy", "rapidfuzz", "xxhash", "orjson")
SELDOM = (
    "wcwidth",  # 30 ms: tables for characters that do not stand alone
    "dsvc.render.misleading",  # 20 ms: expressions over all of Unicode
    "dataclasses",  # 1 ms for each class that it generates; msgspec's structs take 0.03
    "importlib.metadata",
    "difflib",
    "traceback",
    "tomllib",
    "platformdirs",
    "zc.lockfile",
    "flufl.lock",
    "dsvc.pipeline",
    "dsvc.store.object_writer",
    "dsvc.store.transfer",
)
PROCESSES = ("subprocess",) if sys.version_info >= (3, 11) else ()
"""Python 3.10 imports it for ``uuid``, which click needs."""
RUN = "from dsvc.cli import main; main()"


def imported(code: str, *arguments: str) -> set[str]:
    """The names of all modules that are loaded when the code has run, and of the packages they lie in."""
    report = "import sys, atexit; atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))"
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
    assert imported("import dsvc").isdisjoint((*HEAVY, *ARRAYS, *SELDOM, "click", "msgspec", "pathlib"))


def test_the_version_is_that_of_the_distribution() -> None:
    assert dsvc.__version__ == version("dsvc")


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_the_command_alone(arguments: tuple[str, ...]) -> None:
    own = {"dsvc.repository", "dsvc.store", "dsvc.record", "dsvc.manifest"}
    assert imported(RUN, *arguments).isdisjoint((*HEAVY, *ARRAYS, *SELDOM, *own, *PROCESSES, "msgspec", "hashlib"))


@pytest.mark.parametrize("path", [*paths()], ids=" ".join)
def test_the_help_of_a_verb(path: tuple[str, ...]) -> None:
    loaded = imported(RUN, *path, "--help")
    assert loaded.isdisjoint((*HEAVY, "numpy", "rapidfuzz", *SELDOM[:2], *PROCESSES))
    if path[0] not in ("import", "export"):  # which list their formats
        assert loaded.isdisjoint((*ARRAYS, *SELDOM, "msgspec", "dsvc.repository", "dsvc.store", "hashlib"))


def test_the_log_needs_the_ledger_only(bank: Shell) -> None:
    writing = {
        "dsvc.repository.writing.recovery",
        "dsvc.repository.committing.commit",
        "dsvc.repository.numbers.renumber",
    }
    assert imported(RUN, "log").isdisjoint((*HEAVY, *ARRAYS, *SELDOM, *writing))
    assert imported(RUN, "log", "--json").isdisjoint((*HEAVY, "numpy", "rapidfuzz", *SELDOM[:2], *writing))


def test_the_status_of_an_unchanged_file_needs_no_arrays(bank: Shell) -> None:
    imported(RUN, "status")  # the first look may read the file
    assert imported(RUN, "status").isdisjoint((*HEAVY, *ARRAYS, *SELDOM, "dsvc.repository.writing.recovery"))


def test_everyday_looks(bank: Shell) -> None:
    assert imported(RUN, "describe").isdisjoint((*HEAVY, *SELDOM[:2]))


def test_the_diff_of_two_versions_scans_no_file(edited: Shell) -> None:
    edited("commit", "--source", "bank manual 2025", "-m", "second version", "data/bank.jsonl")
    scanning = {"dsvc.matching", "dsvc.following", "dsvc.repository.scan", "dsvc.repository.comparison"}
    assert imported(RUN, "diff", "bank@v1.0", "bank@v1.1").isdisjoint((*HEAVY, *SELDOM[:2], *scanning))


def test_the_first_rows_of_a_file_need_no_arrays_and_no_other_screen(tmp_path: Path) -> None:
    """The terminal UI up to its first drawing: numpy alone would double what is imported beside Textual."""
    path = tmp_path / "m.jsonl"
    path.write_text('{"q": "账单"}\n')
    shown = """
import asyncio, sys
from pathlib import Path
from dsvc_tui.app import DsvcApp
from dsvc_tui.messages import Open, Target
from dsvc_tui.session import Session

async def look():
    app = DsvcApp(Session(Path(sys.argv[1]).parent), Open("browse", Target(revision=sys.argv[1])))
    async with app.run_test() as pilot:
        await pilot.pause(0.3)
        assert app.screen.records.count == 1

asyncio.run(look())
"""
    others = {f"dsvc_tui.screens.{name}" for name in ("commit", "diff", "history", "home")}
    assert imported(shown, str(path)).isdisjoint(("numpy", "rapidfuzz", "deepdiff", "dsvc.snapshot", *others))


def test_the_first_rows_of_a_working_file_wait_for_no_repository(bank: Shell) -> None:
    """What was changed in it, and whether its records have a history, is looked up when they are drawn."""
    drawn = """
import asyncio, sys
from pathlib import Path
from dsvc_tui.app import DsvcApp
from dsvc_tui.messages import Open, Target
from dsvc_tui.session import Session
from dsvc_tui.widgets.record_list import RecordList

early = set()
line = RecordList.line

def noted(self, index, width):
    early.update(() if early else sys.modules)
    return line(self, index, width)

RecordList.line = noted

async def look():
    app = DsvcApp(Session(Path.cwd()), Open("browse", Target(revision=sys.argv[1])))
    async with app.run_test() as pilot:
        while app.screen.changes is None:
            await pilot.pause(0.05)

asyncio.run(look())
late = {"dsvc.store.git_history", "dsvc.store.dvc_packs", "dsvc.repository.repository", "dsvc.diff", "numpy"}
assert late <= sys.modules.keys(), late - sys.modules.keys()
assert "dsvc_tui.screens.browse" in early
assert not late & early, late & early
"""
    imported(drawn, "data/bank.jsonl")
