"""The log as text: versions newest first, with the graph of their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.render.numbers import change_counts, minute, plural
from dsvc.render.safe_text import cell_width, safe
from dsvc.render.style import PLAIN, Style
from dsvc.render.wrapping import Segment, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dsvc.manifest import Changes, LedgerEntry
    from dsvc.origin import Annotator, VersionId
    from dsvc.validators.by_commits import FoundByCommit


class LogLine(msgspec.Struct, frozen=True):
    """One version to list: the entry, its git tags, whether HEAD has it and whether the working file comes from it."""

    entry: LedgerEntry
    tags: tuple[str, ...] = ()
    current: bool = False
    called: str | None = None
    """Its number, told apart from another version with the same; None: the number."""
    licences: Mapping[str, str] = {}
    """Of its sources by name, as far as they are known."""
    kept: FoundByCommit | None = None
    """Errors that its commit kept for a reason."""


def log_lines(versions: Sequence[LogLine], *, style: Style = PLAIN, columns: int = 100) -> Iterator[str]:
    """Versions, newest first and parents behind their children, as a graph with two lines each; a third one tells of
    errors that were kept for a reason."""
    graph = Graph()
    for version in versions:
        texts = [_first_line(version), _second_line(version)]
        texts += [_third_line(version.kept)] if version.kept is not None else []
        for drawing, text in graph.rows(version.entry.id, version.entry.parents, len(texts)):
            room = columns - cell_width(drawing) - 2
            shown = "" if text is None else "  " + "".join(wrap(texts[text], room, style=style, limit=1))
            yield (drawing + shown).rstrip()


class Graph:
    """Draws the lines between versions, row by row; each column waits for one version."""

    def __init__(self) -> None:
        self._columns: list[VersionId] = []

    def rows(
        self, version: VersionId, parents: Sequence[VersionId], texts: int = 2
    ) -> Iterator[tuple[str, int | None]]:
        """The rows of a version: the drawing, and which of its lines of text stands beside it (None: none)."""
        yield from self._joins(version)
        if version not in self._columns:
            self._columns.append(version)
        at = self._columns.index(version)
        yield self._drawing(at, "*"), 0
        if not parents:
            yield from ((self._drawing(at, " "), text) for text in range(1, texts))
            del self._columns[at]
            if at < len(self._columns):
                yield "| " * at + " /" * (len(self._columns) - at), None
            return
        self._columns[at] = parents[0]
        yield from ((self._drawing(at, "|"), text) for text in range(1, texts))
        for parent in parents[1:]:
            if parent not in self._columns:
                self._columns.insert(at + 1, parent)
                yield "| " * at + "|\\" + " |" * (len(self._columns) - at - 2), None

    def _joins(self, version: VersionId) -> Iterator[tuple[str, int | None]]:
        while self._columns.count(version) > 1:
            at = len(self._columns) - 1 - self._columns[::-1].index(version)
            del self._columns[at]
            yield "| " * (at - 1) + "|/" + " |" * (len(self._columns) - at), None

    def _drawing(self, at: int, node: str) -> str:
        return " ".join([node if index == at else "|" for index in range(len(self._columns))])


def changes_text(changes: Changes) -> str:
    """Counts of changes in short: ``+12 -3 ~40 (2 moved too)``."""
    return change_counts(
        added=changes.added,
        removed=changes.removed,
        modified=changes.modified,
        moved=changes.moved,
        reformatted=changes.reformatted,
        modified_moved=changes.modified_moved or 0,
        reformatted_moved=changes.reformatted_moved or 0,
    )


def counts_text(found: FoundByCommit) -> str:
    """``column-type 31, missing-field 1``."""
    return ", ".join(f"{safe(rule)} {count:,}" for rule, count in found.findings.items())


def annotators_text(annotators: Iterable[Annotator]) -> str:
    """Names, with what they are unless persons: ``a1, qwen3 (model)``."""
    return ", ".join([safe(a.name) if a.kind == "person" else f"{safe(a.name)} ({a.kind})" for a in annotators])


def _first_line(version: LogLine) -> list[Segment]:
    entry = version.entry
    marks = [*(["HEAD"] if version.current else []), *(f"tag {safe(tag)}" for tag in version.tags)]
    line: list[Segment] = [("strong", version.called or entry.number)]
    if marks:
        line += [(None, " "), ("moved", f"({', '.join(marks)})")]
    counts = changes_text(entry.changes) or ("no change of records" if entry.parents else "no records")
    reason = safe(entry.reason.strip().partition("\n")[0])
    return [*line, (None, "  "), ("changed", counts), (None, f"  {reason}")]


def _second_line(version: LogLine) -> list[Segment]:
    entry = version.entry
    parts = [minute(entry.authored_at), annotators_text(entry.annotators) or safe(entry.author.name)]
    if entry.sources:
        parts.append("from " + ", ".join([_source(name, version.licences.get(name)) for name in entry.sources]))
    if entry.kind != "commit":
        parts.append(entry.kind)
    return [("dim", " · ".join([*parts, plural(entry.counts.records, "record")]))]


def _third_line(kept: FoundByCommit) -> list[Segment]:
    return [("warning", f"kept on purpose: {counts_text(kept)}"), (None, f" (because: {safe(kept.reason or '')})")]


def _source(name: str, licence: str | None) -> str:
    return safe(name) if licence is None else f"{safe(name)} ({safe(licence)})"
