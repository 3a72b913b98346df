"""Files without a single record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place


class _NoRecords:
    """``files``: the paths of all files, also of those of which there is no record to take."""

    def __init__(self) -> None:
        self.files: Sequence[str] = ()
        self._seen: set[str] = set()

    def take(self, places: Sequence[Place], summary: Any) -> None:
        self._seen.update(place.file for place in places[:1])

    def finish(self) -> Iterator[Finding]:
        for path in self.files:
            if path not in self._seen:
                yield Finding("", "error", f"'{path}' holds no records", fix="write it anew, or take the file away")


def _nothing(records: Sequence[Checked]) -> None:
    """A block is there; more need not be known."""


def _no_records(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(_nothing, _NoRecords)


RULES: Final = (
    Rule(
        id="no-records",
        topic="structure",
        severity="error",
        title="a file without a record",
        why="It is what a converter that failed leaves behind. A gate that counts findings would pass it: where "
        "nothing is, nothing is wrong. `datasets` ends with StopIteration at such a file, or says that a split has no "
        "data.",
        example=Example(bad=(), good=('{"instruction": "q", "output": "a"}',)),
        make=_no_records,
        sources=("`datasets.load_dataset('json', data_files=…)` of an empty file, tried",),
    ),
)
