"""What the verbs that go back have in common: their targets, and the three sentences at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.cli import output
from dsvc.errors import UsageError
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.repository import Repository
    from dsvc.repository.results import Outcome


def revision_of(repository: Repository, arguments: tuple[str, ...]) -> str:
    """``REV``, ``NAME@REV`` or ``PATH REV`` as one revision."""
    if len(arguments) == 1:
        return arguments[0]
    target, revision = arguments
    if "@" in revision:
        raise UsageError(f"'{revision}' names its dataset already", hint=f"leave out '{target}'")
    return f"{repository.dataset(target).name}@{revision}"


def tell(outcome: Outcome, *, as_json: bool, with_way_back: bool = True) -> None:
    """Say what happened to the file, the history and HEAD; ``with_way_back``: and how to get back what was saved."""
    if as_json:
        output.json_line("outcome", "dsvc.outcome/1", _fields(outcome))
    else:
        output.write(_lines(outcome, with_way_back=with_way_back))


def _lines(outcome: Outcome, *, with_way_back: bool) -> Iterator[str]:
    """What a verb that goes back did to the file, the history and HEAD."""
    yield f"file:     {safe(outcome.file)}"
    yield f"history:  {safe(outcome.history)}"
    yield f"HEAD:     {safe(outcome.head)}"
    if outcome.saved_as:
        name = f"{outcome.dataset.name}@" if outcome.dataset else ""
        way = f"dsvc checkout {name}{outcome.saved_as}" if outcome.verb == "undo" else "dsvc undo"
        back = f"; to get it back: {safe(way)}" if with_way_back else ""
        yield f"saved:    as '{safe(outcome.saved_as)}'{back}"
    yield from (safe(text) for text in outcome.notes)


def _fields(outcome: Outcome) -> dict[str, object]:
    """The same for JSON."""
    return {
        "verb": outcome.verb,
        "dataset": outcome.dataset.name if outcome.dataset else None,
        "file": outcome.file,
        "history": outcome.history,
        "head": outcome.head,
        "saved_as": outcome.saved_as,
        "version": outcome.version.to_json() if outcome.version else None,
        "notes": list(outcome.notes),
    }
