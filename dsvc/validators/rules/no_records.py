"""Files without a single record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place


class _NoRecords:
    """``files``: how many records each file has; no record need be looked at."""

    def __init__(self) -> None:
        self.files: Mapping[str, int] = {}

    def take(self, places: Sequence[Place], summary: None) -> None:
        """Whatever the records are, nothing is to be known of them."""

    def finish(self) -> Iterator[Finding]:
        for path, records in self.files.items():
            if not records:
                yield Finding("", "error", f"'{path}' holds no records", fix="write it anew, or take the file away")


def _nothing(records: Sequence[Checked]) -> None:
    """Nothing is to be known of records."""


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
