"""A dataset card: README.md with the header that the Hugging Face Hub reads, and the story of the version.

Fields of the header: https://github.com/huggingface/hub-docs/blob/main/datasetcard.md. What is not known is not
written: a language only when somebody says it, a task only where the shape of the records tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.exporters.hub_header import as_header, data_files
from dsvc.exporters.story import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.exporters.story import Story

_HUB: Final = "https://huggingface.co/datasets/"
_LICENCES: Final = frozenset(
    [
        "apache-2.0",
        "mit",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "bsd-3-clause-clear",
        "bsl-1.0",
        "isc",
        "unlicense",
        "wtfpl",
        "zlib",
        "cc0-1.0",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nd-4.0",
        "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0",
        "cc-by-nc-sa-4.0",
        "odc-by",
        "cdla-permissive-1.0",
        "cdla-permissive-2.0",
        "cdla-sharing-1.0",
        "gpl-2.0",
        "gpl-3.0",
        "lgpl-2.1",
        "lgpl-3.0",
        "agpl-3.0",
        "mpl-2.0",
        "epl-1.0",
        "epl-2.0",
        "eupl-1.1",
        "eupl-1.2",
        "ecl-2.0",
        "afl-3.0",
        "artistic-2.0",
        "ms-pl",
        "ncsa",
        "ofl-1.1",
        "osl-3.0",
        "postgresql",
        "pddl",
        "gfdl",
    ]
)
"""https://huggingface.co/docs/hub/repositories-licenses"""
_OTHER_NAMES: Final = {
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
    **{
        f"{name}-{ending}": name
        for name in ("gpl-2.0", "gpl-3.0", "lgpl-2.1", "lgpl-3.0", "agpl-3.0")
        for ending in ("only", "or-later")
    },
}
_SIZES: Final = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
_TASKS: Final = {
    "conversation": "text-generation",
    "preference": "text-generation",
    "unpaired": "text-generation",
    "text": "text-generation",
    "labels": "text-classification",
}


def card(story: Story, files: Sequence[tuple[str | None, str]] | None) -> bytes:
    """The card. ``files`` (split, path) are those beside it; None where they are not to be listed."""
    text = "\n".join(_body(story))
    return as_header(header(story, files)) + f"\n{text}\n".encode("utf-8", "replace")


def header(story: Story, files: Sequence[tuple[str | None, str]] | None) -> dict[str, Any]:
    """The fields of the header."""
    made: dict[str, Any] = {"pretty_name": story.name}
    if story.languages:
        made["language"] = list(story.languages)
    made.update(_licence(story.licences))
    made["size_categories"] = [_size(story.manifest.counts.records)]
    if task := _task(story):
        made["task_categories"] = [task]
    addresses = [source.uri or "" for source in story.sources]
    if extended := [uri.removeprefix(_HUB).rstrip("/") for uri in addresses if uri.startswith(_HUB)]:
        made["source_datasets"] = [f"extended|{name}" for name in extended]
    if files:
        made.update(data_files(files))
    return made


UNKNOWN: Final = "unknown"
HOW_TO_LICENSE: Final = (
    "The licence of a source was not written down. Put an SPDX name for 'unknown', here and in the header; "
    "records that are committed with dsvc commit --license NAME, or imported so, bring it along."
)
"""For whoever publishes the card; readers of the page do not see it."""


def _licence(licences: Sequence[str]) -> dict[str, Any]:
    """The licence as the Hub writes it: ``other`` where it has no name for what the sources say."""
    if not licences:
        return {}
    names = list(dict.fromkeys(_OTHER_NAMES.get(one.lower(), one.lower()) for one in licences))
    if all(name in _LICENCES or name == "unknown" for name in names):
        return {"license": names[0] if len(names) == 1 else names}
    return {"license": "other", "license_name": "; ".join(licences)}


def _size(records: int) -> str:
    return next((name for limit, name in _SIZES if records < limit), "1B<n<10B")


def _task(story: Story) -> str | None:
    """What the records are for, when all of them are of one known shape."""
    from dsvc.formats import shape
    from dsvc.formats.detection import Census, detect

    census = Census()
    for record in story.snapshot:
        census.add(detect(record.value).equal)
    kinds = {shape(name).kind if name is not None else None for name, _, _ in census.counts()}
    kind = kinds.pop() if len(kinds) == 1 else None
    return _TASKS.get(kind) if kind is not None else None


def _body(story: Story) -> Iterator[str]:
    manifest, provenance = story.manifest, story.provenance
    counts = manifest.counts
    yield f"# {_plain(story.name)}"
    yield ""
    yield f"Version {manifest.number}: {counts.records:,} records, {counts.bytes:,} bytes."
    yield ""
    yield from ("## The files of the version", "", "| file | split | records | sha256 |", "|---|---|---|---|")
    for file in manifest.files:
        yield f"| {_cell(file.path)} | {_cell(file.split or '')} | {file.records:,} | `{file.sha256}` |"
    yield from _sources(story)
    if UNKNOWN in story.licences:
        yield from (f"<!-- {HOW_TO_LICENSE} -->", "")
    yield from ("## How it was made", "", _annotators(story), "")
    yield (
        "| version | date | by | records | changes | reason |"
        if story.with_people
        else ("| version | date | records | changes | reason |")
    )
    yield "|---|---|---|---|---|---|" if story.with_people else "|---|---|---|---|---|"
    for entry in story.versions:
        changes = entry.changes
        told = " ".join(
            f"{sign}{count:,}"
            for sign, count in (("+", changes.added), ("-", changes.removed), ("~", changes.modified))
            if count
        )
        by = f" {_cell(entry.author.name)} |" if story.with_people else ""
        reason = _cell(story.text(entry.reason.strip().partition("\n")[0]))
        date = entry.authored_at.date().isoformat()
        yield f"| {entry.number} | {date} |{by} {entry.counts.records:,} | {told} | {reason} |"
    yield from ("", "`+` added, `-` removed, `~` modified records.", "")
    if story.kept:
        yield from ("## Errors kept on purpose", "", *_kept(story), "")
    yield from ("## Which version this is", "")
    yield f"- revision: `{provenance.revision}`"
    yield f"- version id: `{provenance.version}`"
    yield f"- layout digest: `{provenance.layout}`"


def _sources(story: Story) -> Iterator[str]:
    """Where the records came from, a row for each source, and one for records of which nobody wrote it down."""
    yield from ("", "## Where it comes from", "", "| source | address | licence | retrieved | records |")
    yield "|---|---|---|---|---|"
    counts = story.records_by_source
    for source in story.sources:
        where = _cell(story.address(source.uri) or "")
        when = source.retrieved_at.date().isoformat() if source.retrieved_at is not None else ""
        count = f"{counts.get(source.name, 0):,}"
        yield f"| {_cell(story.text(source.name))} | {where} | {_cell(source.licence)} | {when} | {count} |"
    if untold := sum(counts.values()) - sum(counts.get(source.name, 0) for source in story.sources):
        yield f"| not written down |  | {UNKNOWN} |  | {untold:,} |"
    yield from ("", "Records are those of this version; an edited one counts for the source that it came from.", "")


def _kept(story: Story) -> Iterator[str]:
    """What was found in new lines and kept for a reason; a later version may have mended it."""
    yield from ("| version | found in its new lines | why it was kept |", "|---|---|---|")
    for told in story.kept:
        found = ", ".join(f"{rule} {count:,}" for rule, count in told.findings.items())
        reason = _cell(story.text((told.reason or "").strip()))
        yield f"| {told.version.rpartition('@')[2]} | {_cell(found)} | {reason} |"


def _annotators(story: Story) -> str:
    everybody = {(one.name, one.kind) for entry in story.versions for one in entry.annotators}
    people = sorted(name for name, kind in everybody if kind == "person")
    others = sorted(f"{_plain(name)} ({kind})" for name, kind in everybody if kind != "person")
    told = [", ".join(map(_plain, people))] if story.with_people and people else []
    if people and not story.with_people:
        told = ["1 person" if len(people) == 1 else f"{len(people)} people"]
    return f"Annotated by {', '.join([*told, *others])}." if told or others else "Nobody is named as annotator."


def _plain(text: str) -> str:
    """A text that stays text in Markdown."""
    made = "".join(character if character.isprintable() else " " for character in text)
    for mark in "\\`*[]<>#":
        made = made.replace(mark, f"\\{mark}")
    return made


def _cell(text: str) -> str:
    return HIDDEN if text == HIDDEN else _plain(text).replace("|", "\\|")
