"""What came of writing records in another format."""

from __future__ import annotations

import msgspec


class Written(msgspec.Struct, frozen=True):
    """How many records were written, and what the format cannot keep.

    ``json_fields`` became JSON text, because it has texts only, and so did the numbers and truth values in
    ``typed_fields``; ``absent_fields`` some records lack (or have null in), where CSV has an empty text and a typed
    column null; ``filled`` has by field the paths of keys that some objects inside of it lack, which a typed column
    fills with null; ``repeated_fields`` stand twice in a record, and only the last value was written; of
    ``rounded_fields`` some numbers have more digits than a column keeps; texts of ``broken_fields`` hold half of a
    surrogate pair, which is written as an escape; ``joined`` are the files of a folder that were put behind one
    another.
    """

    records: int
    json_fields: tuple[str, ...] = ()
    typed_fields: tuple[str, ...] = ()
    absent_fields: tuple[str, ...] = ()
    filled: dict[str, tuple[str, ...]] = {}
    repeated_fields: tuple[str, ...] = ()
    rounded_fields: tuple[str, ...] = ()
    broken_fields: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    unnamed_classes: tuple[str, ...] = ()
    """Columns with numbers that none of the known names of classes is for: they stay numbers."""
