"""What one reviewer said of the records of a review: ``dsvc.verdicts/1`` (``docs/format.md`` section 13).

A line is added for each verdict, and for each that is taken back; it is on disk before anybody is told. What holds is
found by reading the lines in order, so a review goes on where it stopped, also after a crash.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from contextlib import contextmanager
from datetime import datetime  # noqa: TC003 - msgspec needs it at run time
from typing import TYPE_CHECKING, Any, Final, Literal

from dsvc.durable import flush_folder, make_folders
from dsvc.errors import CorruptError
from dsvc.manifest import Facts, Id, read_facts
from dsvc.origin import Annotator  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

VERDICTS_FORMAT: Final = "dsvc.verdicts/1"

Kind = Literal["accept", "reject", "edit", "skip"]


class Head(Facts, frozen=True, kw_only=True):
    """The first line: whose verdicts these are, and on which review."""

    format: Literal["dsvc.verdicts/1"] = VERDICTS_FORMAT
    review: Id
    reviewer: Annotator


class Verdict(Facts, frozen=True, kw_only=True):
    """What a reviewer said of a record; ``undo`` takes the last verdict on it back that was not taken back.

    ``corrected`` is the record as it should be, written as JSON text; ``answer`` the annotator whose answer was taken.
    """

    record: str
    verdict: Literal["accept", "reject", "edit", "skip", "undo"]
    at: datetime
    comment: str = ""
    corrected: str | None = None
    answer: str | None = None

    @property
    def judges(self) -> bool:
        """Whether it says that the record is right or wrong."""
        return self.verdict in ("accept", "reject", "edit")


class Verdicts:
    """The verdicts that hold, by record, in the order in which they were given."""

    def __init__(self) -> None:
        self.by_record: dict[str, Verdict] = {}
        self.counts: Counter[str] = Counter()
        """How many of each kind hold."""
        self.touched: list[str] = []
        """The records that something was said of, in order: who keeps more than this looks only at what is new."""
        self._given: list[str] = []
        self._before: dict[str, list[Verdict]] = {}
        self._said: set[Verdict] = set()

    def add(self, verdict: Verdict) -> str:
        """Take a verdict in, or the last one on its record back; the record."""
        record = verdict.record
        self._said.add(verdict)
        self.touched.append(record)
        now = self.by_record.pop(record, None)
        if now is not None:
            self.counts[now.verdict] -= 1
        if verdict.verdict != "undo":
            if now is not None:
                self._before.setdefault(record, []).append(now)
            self._given.append(record)
            self._hold(verdict)
        elif now is not None:
            given = self._given
            del given[next(at for at in range(len(given) - 1, -1, -1) if given[at] == record)]
            if earlier := self._before.get(record):
                self._hold(earlier.pop())
        return record

    def _hold(self, verdict: Verdict) -> None:
        self.by_record[verdict.record] = verdict
        self.counts[verdict.verdict] += 1

    @property
    def last(self) -> str | None:
        """The record of the verdict that an undo would take back."""
        return self._given[-1] if self._given else None

    def newer_in(self, other: Verdicts) -> list[Verdict]:
        """The verdicts of another place that were never given here, on records without one or with an older one."""
        found = (verdict for verdict in other.by_record.values() if verdict not in self._said)
        return [each for each in found if (here := self.by_record.get(each.record)) is None or here.at < each.at]


def read_verdicts(data: bytes, name: str) -> tuple[Head, Verdicts]:
    """Read a file of verdicts. A last line that was cut short does not count. Raises CorruptError.

    A merge of git's may have brought the first line in twice.
    """
    lines = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
    if not lines:
        raise CorruptError(f"'{name}' holds no verdicts", hint=f"git log -p -- '{name}'")
    found = Verdicts()
    for number, line in enumerate(lines[1:], 2):
        if line != lines[0]:
            found.add(_verdict(line, f"{name}:{number}"))
    return read_facts(lines[0], f"{name}:1", VERDICTS_FORMAT, Head), found


def _verdict(line: bytes, name: str) -> Verdict:
    import msgspec

    try:
        return msgspec.convert(json.loads(line), Verdict)
    except (ValueError, msgspec.ValidationError) as error:
        raise CorruptError(f"cannot read '{name}': {error}", hint="the verdicts above it are whole") from error


class VerdictLog:
    """The file that a reviewer's verdicts go to. Several processes may write to it; each sees what the others wrote."""

    def __init__(self, path: Path, head: Head) -> None:
        self.path = path
        self.verdicts = Verdicts()
        self._head = head
        self._first = b""
        self._read = 0
        if path.exists():
            with self._open() as file:
                self._catch_up(file)

    def append(self, verdict: Verdict) -> str | None:
        """Write a verdict, flushed; the record that it is about.

        An ``undo`` is about the last verdict, whatever record it names; None: there is none. Raises CorruptError, and
        any OSError.
        """
        with self._open() as file:
            self._catch_up(file)
            if verdict.verdict == "undo":
                if (last := self.verdicts.last) is None:
                    return None
                verdict = Verdict(record=last, verdict="undo", at=verdict.at)
            self._add(file, [verdict])
        return verdict.record

    def take_in(self, committed: bytes, name: str) -> None:
        """Add what the reviewer said in another place, as far as it is newer: ``committed`` is the file from there."""
        with self._open() as file:
            self._catch_up(file)
            if committed and not self._read:
                _write(file, committed)
                os.fsync(file)
                self._catch_up(file)
            elif newer := self.verdicts.newer_in(read_verdicts(committed, name)[1]):
                self._add(file, newer)

    def _add(self, file: int, verdicts: Sequence[Verdict]) -> None:
        lines = [*([] if self._read else [self._head.to_json()]), *map(_fields, verdicts)]
        data = b"".join(map(_line, lines))
        os.ftruncate(file, self._read)  # a line that a crash cut short
        _write(file, data)
        os.fsync(file)
        self._read += len(data)
        for verdict in verdicts:
            self.verdicts.add(verdict)

    def refresh(self) -> None:
        """See what another process has written since."""
        if self.path.exists():
            with self._open() as file:
                self._catch_up(file)

    def content(self) -> bytes:
        """The whole lines of the file."""
        data = self.path.read_bytes()
        return data[: data.rfind(b"\n") + 1]

    @contextmanager
    def _open(self) -> Iterator[int]:
        is_new = not self.path.exists()
        if is_new:
            make_folders(self.path.parent)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)
        if is_new:
            flush_folder(self.path.parent)

    def _catch_up(self, file: int) -> None:
        os.lseek(file, self._read, os.SEEK_SET)
        data = b"".join(iter(lambda: os.read(file, 1 << 20), b""))
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.split(b"\n")[:-1]:
            if self._read == 0:
                self._require_own(read_facts(line, f"{self.path}:1", VERDICTS_FORMAT, Head))
                self._first = line
            elif line != self._first:
                self.verdicts.add(_verdict(line, str(self.path)))
            self._read += len(line) + 1

    def _require_own(self, head: Head) -> None:
        if head.review != self._head.review:
            raise CorruptError(f"'{self.path}' is of another review", hint=f"move it away: mv '{self.path}' .")


def _fields(verdict: Verdict) -> Mapping[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in verdict.to_json().items() if value not in (None, "")}


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _write(file: int, data: bytes) -> None:
    os.lseek(file, 0, os.SEEK_END)
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def verdict_counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many of each kind."""
    counts: dict[str, int] = {"accept": 0, "reject": 0, "edit": 0, "skip": 0}
    for verdict in verdicts:
        counts[verdict.verdict] += 1
    return counts
