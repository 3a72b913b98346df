"""Running the ``git`` command in one work tree, and turning its refusals into dsvc's errors.

Writes go through the command (and not through libgit2) so that hooks, signing and the user's
configuration hold. Every call carries ``-c core.fsync=all``: by default git flushes neither loose
objects nor references, and a power cut after a commit could take the commit with it.

**Environment.** The repository is the one that was opened by its path. The variables by which git
names *another* repository, index or object store (``GIT_DIR``, ``GIT_INDEX_FILE`` ...) are
therefore not handed on, whether a git hook left them behind (``post-checkout`` runs with
``GIT_DIR`` set, ``pre-commit`` with a temporary ``GIT_INDEX_FILE``) or the user set them on purpose:
DVC does not look at them either, and reading one repository while writing another would
be worse than ignoring them. So are the switches that change the meaning of path arguments. All the
rest is inherited: identity, dates, ``GIT_CONFIG_*`` (and with it ``git -c key=value``), ``GIT_SSH``,
agents for signing.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from select import PIPE_BUF
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO

from dsvc.errors import HookError, LockedError, NotFoundError
from dsvc.store.repository_path import inside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

NOT_HANDED_ON = frozenset(
    {
        # `git rev-parse --local-env-vars`, but for the two that carry `git -c` settings
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
        # the meaning of path arguments
        "GIT_GLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_LITERAL_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
    }
)


_FULL = 1 << 20
"""Below so many free bytes a failure of git is put down to that: git often does not say it."""
_LOCK_FILE = re.compile(rb"Unable to create '([^']+\.lock)': File exists")
"""What git says when another git process holds a file, or was killed while it did: the index, a branch, a tag."""
_NOT_OURS = re.compile(rb"Unable to create '([^']+)': (?:Permission denied|Read-only file system)")
"""What git says when the folder is read-only, or belongs to somebody else."""


_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg")
"""Those that can refuse a commit before it is made."""
_SAID_NO = 1
"""How git ends when a hook said no; when git itself did, it is 128."""


class GitRefusedError(HookError):
    """The git command failed: a hook, signing or git itself said no.

    ``output`` is everything it wrote (stderr, then stdout), for the user to read; the message
    holds the first line only. ``who`` is what refused, in words: ``git commit failed``.
    """

    def __init__(self, message: str, *, output: str, hint: str | None = None, who: str = "") -> None:
        super().__init__(message, hint=hint)
        self.output = output
        self.who = who


class GitProcess:
    """The git command, run at the top of one work tree.

    ``git_dir`` is the git directory of that work tree; it is only named to git where git would
    not find it by itself (``core.worktree``).
    """

    def __init__(self, root: Path, git_dir: Path) -> None:
        self.root = root
        self.git_dir = git_dir

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run ``git ARGS`` whatever its exit status. ``env`` is added to the inherited environment.

        Raises NotFoundError when there is no git command.
        """
        return run_git(self.root, *args, stdin=stdin, env=self._named() | dict(env or {}))

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """Start ``git ARGS`` to talk with through pipes; what it complains of is heard by nobody."""
        return start_git(self.root, *args, env=self._named(), complaints=subprocess.DEVNULL)

    def _named(self) -> dict[str, str]:
        if (self.root / ".git").exists():
            return {}
        return {"GIT_DIR": str(self.git_dir), "GIT_WORK_TREE": str(self.root)}

    def output(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run ``git ARGS`` and return its stdout.

        Raises GitRefusedError when it fails, and LockedError when it failed because another git
        process holds the index or a reference (or died holding it).
        """
        done = self.run(*args, stdin=stdin, env=env)
        if done.returncode == 0:
            return done.stdout
        for name in _LOCK_FILE.findall(done.stderr):
            lock = os.fsdecode(name)
            if os.path.lexists(self.root / lock):
                raise LockedError(
                    f"another git process is writing to '{self.root}'",
                    hint=f"wait for it; if none is running: rm -f '{self.root / lock}'",
                )
        from shutil import disk_usage

        error = refusal(args[0], done, self._hooks() if args[0] == "commit" and done.returncode == _SAID_NO else ())
        if error.hint is None and (found := _NOT_OURS.search(done.stderr)):
            error.hint = f"see who may write there: ls -ld {quote(str((self.root / os.fsdecode(found[1])).parent))}"
        if error.hint is None and (b"No space left" in done.stderr or disk_usage(self.git_dir).free < _FULL):
            error.hint = "the disk is full: make room there, then run the command again"
        raise error

    def _hooks(self) -> list[str]:
        """The hooks of this repository that a commit asks."""
        folder = self.root / os.fsdecode(self.run("rev-parse", "--git-path", "hooks").stdout.rstrip(b"\n"))
        return [name for name in _HOOKS if os.access(folder / name, os.X_OK)]


def run_git(
    folder: Path, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git in ``folder`` with the inherited environment, cleaned, and ``env`` added."""
    with ExitStack() as stack:
        source: BinaryIO | None = None
        if len(stdin) > PIPE_BUF:
            source = stack.enter_context(_in_memory(stdin))
        child = stack.enter_context(start_git(folder, *args, env=env, source=source))
        try:
            stdout, stderr = child.communicate(stdin if source is None else None)
        except BaseException:
            child.terminate()  # not kill: git takes its lock files away before it goes
            child.wait()
            raise
    return subprocess.CompletedProcess(child.args, child.returncode, stdout, stderr)


def _in_memory(data: bytes) -> BinaryIO:
    """A file with these bytes. git takes the end of a pipe for the end of its input, also when who wrote it was killed.

    What fits into a pipe at once (``PIPE_BUF``) arrives whole or not at all.
    """
    if hasattr(os, "memfd_create"):
        file: BinaryIO = os.fdopen(os.memfd_create("dsvc"), "w+b")  # needs no room on a full disk
    else:
        from tempfile import TemporaryFile

        file = TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(data)
    file.seek(0)
    return file


def start_git(
    folder: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    complaints: int = subprocess.PIPE,
    source: BinaryIO | None = None,
) -> subprocess.Popen[bytes]:
    """Start git in ``folder`` with pipes to talk through (or ``source`` as its input).

    Raises NotFoundError when there is no git command.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
    command, pipe = ["git", "-c", "core.fsync=all", *args], subprocess.PIPE
    try:
        return subprocess.Popen(
            command, cwd=folder, env=inherited | dict(env or {}), stdin=source or pipe, stdout=pipe, stderr=complaints
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise
        raise NotFoundError("there is no 'git' command on this machine", hint="install git") from error


def refusal(verb: str, done: subprocess.CompletedProcess[bytes], hooks: Sequence[str] = ()) -> GitRefusedError:
    """The error for a git command that failed; its message holds the first line that git wrote.

    ``hooks``: those of which one said no.
    """
    output = (done.stderr + done.stdout).decode("utf-8", "replace").strip()
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = lines[0] if lines else f"exit status {done.returncode}, and not a word why{'' if hooks else ' (a hook?)'}"
    said = said.removeprefix("fatal: ").removeprefix("error: ")
    hint = None if lines else "try the hooks by hand: git config core.hooksPath, or .git/hooks"
    who = f"a git hook ({' or '.join(hooks)}) refused the commit" if hooks else f"git {verb} failed"
    return GitRefusedError(f"{who}: {said}", output=output, hint=hint, who=who)


def pathspecs(paths: Collection[str]) -> list[str]:
    """The arguments that mean exactly these paths, with the ``--`` before them.

    The magic word goes with each path and not into ``--literal-pathspecs``: git would hand that
    switch on to the hooks, whose own patterns would then stop to match.
    """
    assert paths, "to git, no path at all means every path"
    return ["--", *(f":(literal){inside(path)}" for path in paths)]
