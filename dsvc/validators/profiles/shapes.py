"""Files that a consumer is not set up to read, or not all rows of: one finding for a file, not one for a row."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from dsvc.exporters.trainers import trainer
from dsvc.formats import shape as shape_of
from dsvc.formats.fit import possible
from dsvc.validators.finding import Finding
from dsvc.validators.profiles.treatment import Treatment
from dsvc.validators.rule import DatasetCheck, Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

    Read = Callable[[Checked], str | None]
    """How a row is read, in a word that is the same for rows that one set-up reads; None when none reads it."""
    Seen = tuple[str | None, str | None]
    """How a row is read, and its shape."""


def about_files(consumer: str, read: Read, source: str, unreadable: str, mixed: Example) -> tuple[Treatment, ...]:
    """The treatments of files as a whole; ``unreadable`` is a record that the consumer does not read."""
    title = trainer(consumer).title
    readable = trainer(consumer).targets["conversation"]
    return (
        Treatment(
            "unreadable-shape",
            "aborts",
            f"a file has a shape that {title} is not set up to read",
            "No setting that an export writes reads it: the columns that are looked for are not there.",
            source,
            Example(bad=(unreadable,), good=tuple(_lines(readable))),
            partial(_check, consumer, read, _Unreadable),
        ),
        Treatment(
            "mixed-readings",
            "aborts",
            "rows of one file need different settings",
            "A file is read with one setting; columns that it names are missing in the other rows.",
            source,
            mixed,
            partial(_check, consumer, read, _Mixed),
        ),
    )


def _lines(shape: str) -> Iterator[str]:
    from dsvc.formats.json_text import line_of

    for example in shape_of(shape).examples:
        yield line_of(example).decode().rstrip("\n")


def _check(consumer: str, read: Read, conclusion: type[_Files], _options: Any) -> DatasetCheck:
    def summarise(records: Sequence[Checked]) -> dict[Seen, tuple[int, int]]:
        found: dict[Seen, tuple[int, int]] = {}
        for index, record in enumerate(records):
            how = read(record)
            seen = (how, record.shape if how is None else None)
            count, first = found.get(seen, (0, index))
            found[seen] = (count + 1, first)
        return found

    return DatasetCheck(summarise, partial(conclusion, consumer))


class _Files:
    """Counts how rows are read, file by file."""

    def __init__(self, consumer: str) -> None:
        self.trainer = trainer(consumer)
        self._counts: dict[str, Counter[Seen]] = {}
        self._first: dict[tuple[str, Seen], Place] = {}

    def take(self, places: Sequence[Place], summary: dict[Seen, tuple[int, int]]) -> None:
        for seen, (count, first) in summary.items():
            place = places[first]
            self._counts.setdefault(place.file, Counter())[seen] += count
            self._first.setdefault((place.file, seen), place)

    def finish(self) -> Iterator[Finding]:
        for file, counts in self._counts.items():
            yield from self.look(file, counts)

    def look(self, file: str, counts: Counter[Seen]) -> Iterator[Finding]:
        raise NotImplementedError

    def first(self, file: str, seen: Sequence[Seen]) -> Place:
        """The first row that is read so."""
        return min(self._first[file, one] for one in seen)


class _Unreadable(_Files):
    def look(self, file: str, counts: Counter[Seen]) -> Iterator[Finding]:
        bad = [seen for seen in counts if seen[0] is None]
        if not bad:
            return
        rows, total = sum(counts[seen] for seen in bad), counts.total()
        shapes = " and ".join([f"of shape {name}" if name else "of no known shape" for _, name in bad])
        who = "all" if rows == total else f"{rows:,} of"
        yield Finding(
            "",
            "error",
            f"{who} {total:,} rows of '{file}' are {shapes}, which {self.trainer.title} is not set up to read",
            None if rows == total else self.first(file, bad),
            fix=self._fix(counts, bad),
            outcome="aborts",
        )

    def _fix(self, counts: Counter[Seen], bad: Sequence[Seen]) -> str:
        shape = max(bad, key=lambda seen: counts[seen])[1]
        target = None if shape is None else self._target(shape)
        if target is None:
            return "see which shapes there are: dsvc formats"
        return f"dsvc convert FILE --to {target}, or dsvc export DATASET --to {self.trainer.name}"

    def _target(self, shape: str) -> str | None:
        kind = shape_of(shape).kind
        if kind in self.trainer.targets:
            return self.trainer.targets[kind]
        return next((target for other, target in self.trainer.targets.items() if possible(kind, other)), None)


class _Mixed(_Files):
    def look(self, file: str, counts: Counter[Seen]) -> Iterator[Finding]:
        ways: Counter[str] = Counter()
        for (how, _), count in counts.items():
            if how is not None:
                ways[how] += count
        if len(ways) < 2:
            return
        most = ways.most_common(1)[0][0]
        rare = [seen for seen in counts if seen[0] is not None and seen[0] != most]
        told = ", ".join([f"{count:,} as {how}" for how, count in ways.most_common()])
        yield Finding(
            "",
            "error",
            f"'{file}' has rows for {len(ways)} settings: {told}",
            self.first(file, rare),
            fix=f"one file for each, or bring all into one shape: dsvc export DATASET --to {self.trainer.name}",
            outcome="aborts",
        )
