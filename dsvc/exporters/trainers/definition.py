"""What a trainer is to an export: the shapes that it reads, what it ignores silently, and the files beside the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsvc.formats import Conversion
    from dsvc.formats.canonical import Kind
    from dsvc.formats.demands import Demands


class DataFile(msgspec.Struct, frozen=True):
    """A file of records; ``split`` is None when the dataset is one file, ``columns`` are the fields in it."""

    name: str
    split: str | None
    records: int
    columns: frozenset[str] = frozenset()


class Handed(msgspec.Struct, frozen=True):
    """Records that were written for a trainer. ``folder`` is the folder as the user will call it.

    ``seen`` holds what the demands of the trainer met in the records (``weight``, ``tools`` …).
    """

    dataset: str
    folder: str
    files: tuple[DataFile, ...]
    conversion: Conversion
    seen: frozenset[str] = frozenset()
    reasoning: str | None = None

    @property
    def shape(self) -> str:
        """The shape that was written."""
        return self.conversion.target.name

    def split(self, *names: str) -> DataFile | None:
        """The file of the first of these splits that there is; the dataset's only file counts as ``train``."""
        for name in names:
            for file in self.files:
                if (file.split or "train").lower() == name:
                    return file
        return None

    @property
    def train(self) -> DataFile:
        """What is trained on: the split ``train``, or the first one."""
        return self.split("train", "training") or self.files[0]

    @property
    def validation(self) -> DataFile | None:
        """What is looked at while training."""
        return self.split("validation", "valid", "val", "dev", "eval")

    def path(self, file: DataFile) -> str:
        """The file as the user will call it."""
        return f"{self.folder.rstrip('/')}/{file.name}"


class Trainer(msgspec.Struct, frozen=True, kw_only=True):
    """One trainer.

    ``reads`` are the shapes that it reads as they are, the preferred one first; ``targets`` the shape that records of
    another shape become, by their kind (what is not there it cannot hold). ``demands`` gives, for a shape, what it asks
    beyond that; the set is for what it meets. ``beside`` gives the files beside the data, by name; ``start`` how to
    begin with them, line by line. ``source`` says where all this is documented.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    targets: Mapping[Kind, str]
    source: str
    demands: Callable[[str, set[str]], Demands]
    beside: Callable[[Handed], dict[str, bytes]]
    start: Callable[[Handed], list[str]]
    file_name: Callable[[str, str | None], str] = lambda _dataset, split: f"{split or 'train'}.jsonl"

    @property
    def shapes(self) -> tuple[str, ...]:
        """All shapes that it can be given."""
        return tuple(dict.fromkeys((*self.reads, *self.targets.values())))
