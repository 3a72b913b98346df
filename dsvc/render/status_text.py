"""The state of working files as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import safe
from dsvc.render.style import PLAIN, Role, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.repository.results import DatasetStatus, FileStatus

_STATES: Final[Mapping[str, tuple[str, Role]]] = {
    "changed": ("~", "changed"),
    "missing": ("-", "removed"),
    "new": ("+", "added"),
}

_NAMES: Final = 3
"""So many pilots, reviews or agreements are named; the others are counted."""


def status_lines(state: DatasetStatus, style: Style = PLAIN) -> Iterator[str]:
    """One dataset: its version, what is changed in which file, and what to do."""
    number = state.base_called or state.head_called or "no version yet"
    yield f"{style('strong', safe(state.dataset.name))}  {safe(state.dataset.path)}  {number}"
    changed = [file for file in state.files if file.state != "unchanged"]
    for file in changed:
        sign, role = _STATES[file.state]
        yield f"  {style(role, f'{sign} {file.state}')}  {safe(file.path)}{_lines(file)}"
    if not changed and state.base is not None:
        yield f"  unchanged since {state.base_called}"
    yield from _kept(state, style)
    yield from _warnings(state, style)
    hint = state.hint or _hint(state, changed=bool(changed))
    if hint:
        yield f"  hint: {safe(hint)}"


def _kept(state: DatasetStatus, style: Style) -> Iterator[str]:
    """The pilots, reviews and agreements that there are, a few of each by name."""
    told = []
    for what, names in state.kept.items():
        if names:
            more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
            called = what if len(names) > 1 else what.removesuffix("s")
            told.append(f"{called} {', '.join(safe(name) for name in names[:_NAMES])}{more}")
    if told:
        yield "  " + style("dim", f"kept with it: {' · '.join(told)}")


def _hint(state: DatasetStatus, *, changed: bool) -> str | None:
    if state.problem is not None or state.base is None or state.head is None:
        return None
    name = state.dataset.name
    if changed and not state.stale and all(file.state == "missing" for file in state.files):
        return f"put it back: dsvc restore {name} · it has another name now, or is not wanted any more: dsvc rm {name}"
    if not state.stale:
        see = f"dsvc diff {name}"
        return (
            f"see what changed: {see} · keep it: dsvc commit {name} · undo it: dsvc restore {name}" if changed else None
        )
    if changed:
        return None
    again = f"make {state.base_called} the newest again: dsvc rollback {name}@{state.base_revision}"
    return f"bring the file to {state.head_called}: dsvc restore {name} · {again}"


def _warnings(state: DatasetStatus, style: Style) -> Iterator[str]:
    if state.problem is not None:
        yield "  " + style("warning", f"! {safe(state.problem)}")
    elif state.stale and state.head is not None and state.base is not None:
        stale = f"! the file was written from {state.base_called}, but HEAD has {state.head_called}"
        yield "  " + style("warning", stale)
    elif state.base is None and state.head is not None:
        yield "  " + style("warning", "! it is not known which version the file was written from")


def _lines(file: FileStatus) -> str:
    if file.state != "changed":
        return ""
    counts = " ".join([f"{sign}{n:,}" for sign, n in (("+", file.lines_added), ("-", file.lines_removed)) if n])
    return f"  lines {counts}" if counts else ""
