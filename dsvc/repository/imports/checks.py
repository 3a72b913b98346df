"""Whether a source is what somebody meant to bring in: it has records, and is not another dataset's by mistake."""

from __future__ import annotations

from contextlib import closing
from shlex import quote
from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError
from dsvc.record import is_blank
from dsvc.render.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dsvc.importers.source import Part
    from dsvc.repository.imports.importing import Placement
    from dsvc.repository.results import CommitResult
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.replacing import WorkingState


def refuse_emptying(placement: Placement, current: Current, given: str) -> None:
    """Raise ProtectedError when a source without records would take the place of files that have some.

    A download that failed looks like this; whoever means it empties the working file. Raises what reading the first
    records of the source raises.
    """
    gone = sum(file.records for file in current.manifest.files if placement.whole or file.path in placement.files)
    if not gone or any(map(_has_record, placement.files.values())):
        return
    path, name = next(iter(placement.files), placement.dataset.path), placement.dataset.name
    raise ProtectedError(
        f"'{given}' holds no records; importing it would take {plural(gone, 'record')} out of '{name}'",
        hint=f"if that is meant: : > {quote(path)} && dsvc commit {quote(name)} -m 'what' --allow-findings 'why'",
    )


def _has_record(part: Part) -> bool:
    with closing(_lines(part)) as lines:
        return any(not is_blank(line.removesuffix(b"\n")) for line in lines)


def _lines(part: Part) -> Generator[bytes, None, None]:
    yield from part.lines()


def refuse_other_edits(placement: Placement, state: WorkingState) -> None:
    """Raise ProtectedError when other files of the folder were edited: the commit would take these edits along.

    They would be committed as what came from the source, by whoever is named for that.
    """
    if placement.whole:
        return
    known = state.base.files if state.base is not None else {}
    gone = [path for path in known if path not in state.present and path not in placement.files]
    others = [*[path for path in state.edited if path not in placement.files], *gone]
    if others:
        name = quote(placement.dataset.name)
        what = "is gone" if others[0] in gone else "has edits that no version has"
        raise ProtectedError(
            f"'{others[0]}' {what}, which would be committed as part of the import",
            hint=f"commit them first: dsvc commit {name} --source 'where from' -m 'why'; "
            f"or give them up (they are saved first): dsvc restore {name}",
        )


def nothing_in_common(result: CommitResult, before: Current | None, given: str) -> Iterator[str]:
    """One sentence when no record of the version before is left: perhaps another dataset was meant."""
    changes, now = result.manifest.changes, result.manifest.counts.records
    had = before.manifest.counts.records if before is not None else 0
    if changes is None or not had or not now or changes.removed < had or changes.added < now:
        return
    way = "" if result.commit is None else "; if another dataset was meant: dsvc undo"
    yield f"no record of '{given}' is like any of the {plural(had, 'record')} that '{result.dataset.name}' had{way}"
