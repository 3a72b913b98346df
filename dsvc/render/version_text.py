"""A version, or one record of it, as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsvc.render.json_text import json_text
from dsvc.render.log_text import annotators_text, changes_text
from dsvc.render.numbers import minute, plural, size
from dsvc.render.safe_text import safe
from dsvc.render.style import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsvc.manifest import LedgerEntry, Manifest, Source
    from dsvc.record import Json

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|, |: |[^"{}\[\], :]+')


def version_lines(
    name: str,
    entry: LedgerEntry,
    manifest: Manifest | None,
    *,
    style: Style = PLAIN,
    parents: Iterable[str] = (),
    called: str | None = None,
) -> Iterator[str]:
    """The facts about a version; ``called`` and ``parents``: its number and theirs, told from others with the same.

    Without a manifest only what the ledger knows.
    """
    yield style("heading", f"version {safe(name)}@{called or entry.number}")
    yield from _facts(
        {
            "id": entry.id,
            "parents": ", ".join(parents),
            "kind": entry.kind,
            "authored": f"{minute(entry.authored_at)}  {_person(entry.author.name, entry.author.email)}",
            "recorded": f"{minute(entry.recorded_at)}  {_person(entry.recorded_by.name, entry.recorded_by.email)}"
            if (entry.recorded_at, entry.recorded_by) != (entry.authored_at, entry.author)
            else "",
            "annotators": annotators_text(entry.annotators),
            "records": f"{entry.counts.records:,} in {plural(entry.counts.files, 'file')}, {size(entry.counts.bytes)}",
            "changes": changes_text(entry.changes) or "none",
        }
    )
    yield ""
    yield from (f"    {line}" for line in safe(entry.reason.strip(), newline="keep").split("\n"))
    if manifest is not None:
        yield from _manifest_lines(manifest, style)


def _manifest_lines(manifest: Manifest, style: Style) -> Iterator[str]:
    yield from _block(
        "files", [f"{safe(f.path)}  {plural(f.records, 'record')}, {size(f.bytes)}" for f in manifest.files]
    )
    if manifest.sources:
        yield from _block("sources", [_source(source) for source in manifest.sources])
    details = {"format": manifest.record_format or "", "key": ", ".join(map(safe, manifest.key))}
    if any(details.values()):
        yield ""
        yield from _facts(details)
    if manifest.validation is not None and manifest.validation["findings"]:
        counts = ", ".join(f"{safe(rule)} {count:,}" for rule, count in manifest.validation["findings"].items())
        allowed = manifest.validation.get("allowed")
        kept = [f"kept because: {safe(str(allowed))}"] if allowed is not None else []
        yield from _block("found in the lines that were new", [counts, *kept])
    if manifest.metadata:
        told = {name: _short(value) for name, value in manifest.metadata.items()}
        yield from _block("metadata", [f"{safe(k)}  {safe(json_text(v))}" for k, v in told.items()])


def _short(value: Json) -> Json:
    """Without the long list of what a review did, record by record."""
    return {k: v for k, v in value.items() if k != "applied"} if isinstance(value, dict) else value


def pretty_record(value: Json) -> Iterator[str]:
    """A record's value over several lines, two spaces of indent, every line safe."""
    # By tokens, not recursive: a record may be nested more deeply than Python's stack allows.
    parts = _TOKEN.findall(json_text(value))
    line, depth, before = "", 0, ""
    for part, behind in zip(parts, [*parts[1:], ""], strict=True):
        if part == ", ":
            yield safe(f"{line},")
            line = "  " * depth
        elif part in ("{", "[") and behind not in ("}", "]"):
            yield safe(line + part)
            depth += 1
            line = "  " * depth
        elif part in ("}", "]") and before not in ("{", "["):
            yield safe(line)
            depth -= 1
            line = "  " * depth + part
        else:
            line += part
        before = part
    yield safe(line)


def _facts(facts: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name:<11} {text}" for name, text in facts.items() if text)


def _block(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"    {line}" for line in lines)


def _person(name: str, email: str) -> str:
    return safe(f"{name} <{email}>" if email else name)


def _source(source: Source) -> str:
    taken = plural(source.records, "record") + " taken" if source.records else ""
    parts = (safe(source.name), safe(source.uri or ""), f"licence {safe(source.licence)}", taken)
    return "  ".join([part for part in parts if part])
