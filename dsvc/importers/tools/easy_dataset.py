"""easy-dataset (https://github.com/ConardLi/easy-dataset): its exports are records already, in any of its files.

JSON, JSONL, and the objects behind one another of its LLaMA-Factory button are read as they are written; what it calls
ShareGPT are messages, which ``dsvc formats`` tells. In its CSV lists are JSON text: they become lists again when the
user says that it is its CSV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.importers.tools import record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.importers.source import Part, RecordSource

TITLE: Final = "easy-dataset"
_LISTS: Final = ("messages", "conversations", "images", "other")
_THINKING: Final = frozenset(("reasoning_language", "developer", "user", "analysis", "final", "messages"))


def looks(record: dict[str, Any]) -> bool:
    """Whether a record has the fields of its multilingual-thinking export; the others look like anybody's."""
    return record.keys() >= _THINKING


def as_records(source: RecordSource) -> RecordSource:
    """The source, with the lists in the cells of tables as lists."""
    if source.read_as not in ("csv", "tsv"):
        return source
    return replace(source, parts=tuple(replace(part, lines=_reader(part, source)) for part in source.parts))


def _reader(part: Part, source: RecordSource) -> Callable[[], Iterator[bytes]]:
    def lines() -> Iterator[bytes]:
        from dsvc.formats.json_text import line_of

        changed: dict[str, None] = {}
        for number, line in enumerate(part.lines(), 1):
            record = record_of(line, part.called, number)
            for name in _LISTS:
                text = record.get(name)
                value = _list_in(text) if isinstance(text, str) else None
                if value is not None:
                    record[name] = value
                    changed[name] = None
            yield line_of(record)
        sentence = f"JSON text in the cells of {', '.join(changed)} of '{part.called}' became lists"
        if changed and sentence not in source.told:
            source.told.append(sentence)

    return lines


def _list_in(text: str) -> list[Any] | None:
    """The list that a cell holds as JSON text; None: it holds another text."""
    from dsvc.formats.json_text import inner_value

    if not text.startswith("["):
        return None
    try:
        value = inner_value(text).value
    except ValueError:
        return None
    return value if isinstance(value, list) else None
