"""One ``git cat-file --batch`` process, which stays for as long as its repository is used.

A question costs a trip through a pipe (microseconds), where a process of its own costs milliseconds. git itself looks
the objects up, so packed, shared (alternates), replaced and lazily fetched ones (partial clones) are found as
everywhere in git; names such as ``HEAD`` are looked up anew for each question.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from dsvc.store.git_process import GitRefusedError

if TYPE_CHECKING:
    import subprocess

    from dsvc.store.git_process import GitProcess


class GitObject(NamedTuple):
    """An object of git: its full id; ``commit``, ``tree``, ``blob`` or ``tag``; its bytes."""

    id: str
    kind: str
    data: bytes


class GitBatch:
    """The objects of one repository, by name. Started with the first question; safe to be asked by several threads."""

    def __init__(self, git: GitProcess) -> None:
        self._git = git
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def get(self, name: bytes) -> GitObject | None:
        """The object that a revision names (one line), or None when there is none.

        Raises GitRefusedError for an object that is damaged or cannot be fetched, and when git is ended by force.
        """
        with self._lock:
            # It may be gone: Ctrl-C reaches it too, and a damaged object ends it.
            for _ in range(2):
                child = self._child or self._start()
                try:
                    return _answer(child, name)
                except (EOFError, BrokenPipeError):
                    self._stop()
                except BaseException:
                    self._stop()  # half an answer may be in the pipe
                    raise
        self._git.output("cat-file", "-p", os.fsdecode(name))  # says what is wrong with it
        raise GitRefusedError("git ended without an answer", output="", hint="try again")

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = self._git.start("cat-file", "--batch")
        self._end = weakref.finalize(self, _end_child, self._child)
        return self._child

    def _stop(self) -> None:
        self._child = None
        self._end()


def _answer(child: subprocess.Popen[bytes], name: bytes) -> GitObject | None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(name + b"\n")
    child.stdin.flush()
    line = child.stdout.readline()
    if not line:
        raise EOFError
    words = line.split()
    if not words[-1].isdigit():  # "missing", "ambiguous"
        return None
    size = int(words[2])
    data = child.stdout.read(size + 1)  # and a line feed
    if len(data) <= size:
        raise EOFError
    return GitObject(words[0].decode(), words[1].decode(), data[:-1])


def _end_child(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(BrokenPipeError):
        child.stdin.close()
    child.stdout.close()
    child.wait()
