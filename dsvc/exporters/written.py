"""What came of writing records in another format."""

from __future__ import annotations

import msgspec


class Written(msgspec.Struct, frozen=True):
    """How many records were written, and what the format cannot keep.

    ``json_fields`` became JSON text, because it has texts only; ``absent_fields`` some records lack, where it has an
    empty text; ``repeated_fields`` stand twice in a record, and only the last value was written; ``joined`` are the
    files of a folder that were put behind one another.
    """

    records: int
    json_fields: tuple[str, ...] = ()
    absent_fields: tuple[str, ...] = ()
    repeated_fields: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    unnamed_classes: tuple[str, ...] = ()
    """Columns with numbers that none of the known names of classes is for: they stay numbers."""
