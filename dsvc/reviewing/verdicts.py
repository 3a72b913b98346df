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
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from msgspec import Meta
from msgspec.structs import replace

from dsvc.durable import flush_folder, make_folders
from dsvc.errors import CorruptError, storage_error
from dsvc.manifest import Facts, Id, RecordName, read_facts
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

    record: RecordName
    verdict: Literal["accept", "reject", "edit", "skip", "undo"]
    at: Annotated[datetime, Meta(tz=True)]
    comment: str = ""
    corrected: str | None = None
    answer: str | None = None

    @property
    def judges(self) -> bool:
        """Whether it says that the record is right or wrong."""
        return self.verdict in ("accept", "reject", "edit")


class Verdicts:
    """The verdicts that hold, by record, in the order in which they were given: that of ``at``."""

    def __init__(self, verdicts: Iterable[Verdict] = ()) -> None:
        self.by_record: dict[str, Verdict] = {}
        self.counts: Counter[str] = Counter()
        """How many of each kind hold."""
        self.touched: list[str] = []
        """The records that something was said of, in order: who keeps more than this looks only at what is new."""
        self.lines: list[Verdict] = []
        """All that was said, also what was taken back."""
        self._given: list[str] = []
        self._before: dict[str, list[Verdict]] = {}
        self._said: set[Verdict] = set()
        self.take(verdicts)

    def take(self, verdicts: Iterable[Verdict]) -> None:
        """Take in what was said, once each, wherever it stands: git may have put older lines behind newer ones."""
        new = sorted(self.unknown(verdicts), key=_order)
        if new and self.lines and _order(new[0]) < _order(self.lines[-1]):
            new = sorted([*self.lines, *new], key=_order)
            self.lines, self._given = [], []
            for known in (self.by_record, self.counts, self._before):
                known.clear()
        self.lines += new
        self._said.update(new)
        for verdict in new:
            self._replay(verdict)

    def unknown(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Those that were never given here."""
        return [each for each in dict.fromkeys(verdicts) if each not in self._said]

    def _replay(self, verdict: Verdict) -> None:
        record = verdict.record
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

    def _hold(self, verdict: Verdict) -> None:
        self.by_record[verdict.record] = verdict
        self.counts[verdict.verdict] += 1

    @property
    def last(self) -> str | None:
        """The record of the verdict that an undo would take back."""
        return self._given[-1] if self._given else None

    def later(self, at: datetime) -> datetime:
        """That time, or one just behind the last verdict where a clock stands still or goes back."""
        return max(at, self.lines[-1].at + timedelta(microseconds=1)) if self.lines else at


def _order(verdict: Verdict) -> tuple[datetime, str, str, str, str, str]:
    """By time; those of one moment by all that they say, so that every clone has them in one order."""
    return verdict.at, verdict.record, verdict.verdict, verdict.corrected or "", verdict.comment, verdict.answer or ""


def read_verdicts(data: bytes, name: str, review: str | None = None) -> tuple[Head, Verdicts]:
    """Read a file of verdicts: those on a review (None: that of the first line). Raises CorruptError.

    A merge of git's may have brought the first line in twice, or joined files of two reviews of one name: each such
    line begins what is of its review. A last line that was cut short does not count. Where nothing is of the review
    the first line is given, and no verdict.
    """
    first: Head | None = None
    found: Head | None = None
    verdicts: list[Verdict] = []
    for head, verdict in _said(data, name):
        first = first or head
        if head.review == (review or first.review):
            found = found or head
            verdicts += [verdict] if verdict is not None else []
    if first is None:
        raise CorruptError(f"'{name}' holds no verdicts", hint=f"git log -p -- '{name}'")
    return found or first, Verdicts(verdicts)


def _said(data: bytes, name: str) -> Iterator[tuple[Head, Verdict | None]]:
    """Each line with the head that it stands below; a head itself with no verdict."""
    head: Head | None = None
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].split(b"\n")[:-1], 1):
        if head is None or _is_head(line):
            head = read_facts(line, f"{name}:{number}", VERDICTS_FORMAT, Head)
            yield head, None
        else:
            yield head, _verdict(line, f"{name}:{number}")


def _is_head(line: bytes) -> bool:
    return line.startswith(b'{"format"')


def _verdict(line: bytes, name: str) -> Verdict:
    import msgspec

    try:
        found = msgspec.convert(json.loads(line), Verdict)
        if found.corrected is not None:
            _require_record(found.corrected)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise CorruptError(f"cannot read '{name}': {error}", hint="the verdicts above it are whole") from error
    return found


def _require_record(text: str) -> None:
    """Raise ValueError for a correction that is no record of one line."""
    if "\n" in text or "\r" in text or not isinstance(json.loads(text.encode()), dict):
        raise ValueError("what it corrects a record to is no JSON object in one line")


class VerdictLog:
    """The file that a reviewer's verdicts go to. Several processes may write to it; each sees what the others wrote."""

    def __init__(self, path: Path, head: Head) -> None:
        self.path = path
        self.verdicts = Verdicts()
        self._head = head
        self._read = 0
        if path.exists():
            with self._open() as file:
                self._catch_up(file)

    def append(self, verdict: Verdict) -> str | None:
        """Write a verdict, flushed; the record that it is about.

        An ``undo`` is about the last verdict, whatever record it names; None: there is none. Raises CorruptError, and
        StorageError when it cannot be written.
        """
        with self._open() as file:
            self._catch_up(file)
            if verdict.verdict == "undo":
                if (last := self.verdicts.last) is None:
                    return None
                verdict = Verdict(record=last, verdict="undo", at=verdict.at)
            verdict = replace(verdict, at=self.verdicts.later(verdict.at))
            self._add(file, [verdict])
        return verdict.record

    def take_in(self, committed: bytes, name: str) -> None:
        """Add what the reviewer said of this review in another place: ``committed`` is the file from there."""
        with self._open() as file:
            self._catch_up(file)
            review = self._head.review
            is_own = all(head.review == review for head, _ in _said(committed, name))
            if is_own and committed.endswith(b"\n") and not self._read:
                self._write(file, committed)
                self.verdicts.take(read_verdicts(committed, name)[1].lines)
                return
            head, found = read_verdicts(committed, name, review)
            if head.review == review and (new := self.verdicts.unknown(found.lines)):
                self._add(file, new)

    def _add(self, file: int, verdicts: Sequence[Verdict]) -> None:
        lines = [*([] if self._read else [self._head.to_json()]), *map(_fields, verdicts)]
        self._write(file, b"".join(map(_line, lines)))
        self.verdicts.take(verdicts)

    def _write(self, file: int, data: bytes) -> None:
        os.ftruncate(file, self._read)  # a line that a crash cut short
        _write(file, data)
        os.fsync(file)
        self._read += len(data)

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
        """The file, for this process alone. Raises StorageError in place of any OSError."""
        try:
            with self._locked() as file:
                yield file
        except OSError as error:
            raise storage_error(error) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
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
        found = []
        for line in whole.split(b"\n")[:-1]:
            if self._read == 0 or _is_head(line):
                self._require_own(read_facts(line, f"{self.path}:1", VERDICTS_FORMAT, Head))
            else:
                found.append(_verdict(line, str(self.path)))
            self._read += len(line) + 1
        self.verdicts.take(found)

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
