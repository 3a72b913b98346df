"""What is the same for peers that are Python packages: a child process in their environment runs a small program."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from benchmarks.measure import CommandError, Job, prepare
from benchmarks.peers.contender import Setting, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path


def job(setting: Setting, cwd: Path, program: str, *arguments: str) -> Job:
    """Run *program* (Python source; arguments in ``sys.argv[1:]``) in the peers' environment."""
    return Job((str(setting.python), "-c", textwrap.dedent(program), *arguments), cwd, setting.env)


def run_now(setting: Setting, cwd: Path, program: str, *arguments: str) -> str:
    """The same, at once and untimed; its output."""
    task = job(setting, cwd, program, *arguments)
    return prepare(task.argv, task.cwd, task.env)


def package_version(setting: Setting, package: str, module: str) -> str:
    """Version of an installed package. Imports it, so that no measured run pays for the first, cold import.

    Raises UnavailableError.
    """
    program = f"import sys, {module}; from importlib.metadata import version; print(version(sys.argv[1]))"
    try:
        return run_now(setting, setting.home, program, package).strip()
    except (CommandError, OSError) as error:
        raise UnavailableError(f"'{package}' is not installed; run: python -m benchmarks --install-peers") from error
