"""Home: the datasets of the repository with their versions, the state of the working files, disk use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import VerticalScroll
from textual.widgets import Static

from dsvc.render.log_text import Graph, annotators_text, changes_text
from dsvc.render.numbers import minute, plural, size
from dsvc.render.status_text import status_lines
from dsvc.render.version_text import version_lines
from dsvc_tui.drawing import content_of
from dsvc_tui.messages import Open, Target
from dsvc_tui.screens.going_back import GoingBack
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from textual.widget import Widget

    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import DatasetStatus, LogEntry
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "changed": ("changed", "edited"),
    "missing": ("removed", "missing"),
    "new": ("added", "new"),
    "unchanged": ("dim", "unchanged"),
}


@dataclass(frozen=True, slots=True)
class HomeLine:
    """A line of the list: what it shows, which revision it stands for (None: none), and its version if it is one."""

    parts: tuple[Part, ...]
    dataset: Dataset
    revision: str | None = None
    entry: LogEntry | None = None
    first: bool = True
    """Whether the cursor may stop here: a version has two lines."""


class VersionList(LineList):
    """Datasets and versions."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.lines: Sequence[HomeLine] = ()
        self.marked: list[str] = []

    def show_lines(self, lines: Sequence[HomeLine]) -> None:
        """Show other lines."""
        self.lines = lines
        self.set_count(len(lines))

    @property
    def current(self) -> HomeLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def move_to(self, index: int, *, centre: bool = False) -> None:
        """Put the cursor on a line; blank ones between datasets are passed over."""
        step = 1 if index >= self.cursor else -1
        index = max(0, min(index, len(self.lines) - 1))
        while 0 <= index < len(self.lines) and not self.lines[index].parts:
            step = step if index < len(self.lines) - 1 else -1
            index += step
        super().move_to(index, centre=centre)

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A line, with a mark when its version is marked."""
        line = self.lines[index]
        mark = "●" if line.first and line.revision is not None and line.revision in self.marked else " "
        return [("match" if mark != " " else "", mark), *line.parts]


class HomeScreen(GoingBack):
    """The first screen."""

    NAME: ClassVar[str] = "home"

    def body(self) -> Iterable[Widget]:
        """The versions, and the facts about one."""
        yield VersionList(id="versions")
        with VerticalScroll(id="details", can_focus=False):
            yield Static(id="facts")
        yield TextBar(id="state")

    @property
    def versions(self) -> VersionList:
        """The list."""
        return self.query_one("#versions", VersionList)

    def on_mount(self) -> None:
        """Read the repository."""
        self._logs: list[tuple[Dataset, list[LogEntry]]] = []
        self._states: dict[str, DatasetStatus] = {}
        self._disk = ""
        self.versions.focus()
        self.look_again()

    def look_again(self) -> None:
        """Read datasets and versions, then the state of the files, then what is on the disk."""
        self.in_background(self._read_logs, self._show_logs, group="logs")

    def _read_logs(self) -> list[tuple[Dataset, list[LogEntry]]]:
        repository = self.session.repository
        return [(dataset, repository.log(dataset.name)) for dataset in repository.datasets()]

    def _show_logs(self, logs: list[tuple[Dataset, list[LogEntry]]]) -> None:
        self._logs = logs
        self._show()
        self.in_background(self._read_states, self._show_states, group="states")
        self.in_background(self._read_disk, self._show_disk, group="disk")

    def _read_states(self) -> list[DatasetStatus]:
        return self.session.repository.status()

    def _show_states(self, states: list[DatasetStatus]) -> None:
        self._states = {state.dataset.name: state for state in states}
        self._show()

    def _read_disk(self) -> str:
        from dsvc_tui.disk import disk_use

        root = self.session.repository.root
        return disk_use(root, [dataset.path for dataset, _ in self._logs])

    def _show_disk(self, text: str) -> None:
        self._disk = text
        self.query_one("#state", TextBar).show([("dim", text)])

    def _show(self) -> None:
        at = self.versions.current
        lines = [line for dataset, log in self._logs for line in self._dataset_lines(dataset, log)]
        self.versions.show_lines(lines)
        if not self._logs:
            self.query_one("#facts", Static).update(
                content_of(
                    [("", "no dataset yet\n"), ("dim", "hint: dsvc commit FILE.jsonl --source 'where from' -m 'why'")]
                )
            )
        elif at is None:
            self.versions.move_to(self._begin_at(lines))
        self._show_facts()
        self.refresh_bars()

    def _begin_at(self, lines: Sequence[HomeLine]) -> int:
        """The line of the version or dataset that was shown before, or named; else the first working file."""
        wanted = self.target.revision or ""
        name = wanted.rpartition("@")[0] or wanted
        exactly = (number for number, line in enumerate(lines) if line.revision == wanted)
        of_dataset = (
            n for n, line in enumerate(lines) if line.revision and name in (line.dataset.name, line.dataset.path)
        )
        return next(exactly, next(of_dataset, 1))

    def _dataset_lines(self, dataset: Dataset, log: list[LogEntry]) -> Iterator[HomeLine]:
        counts = log[0].entry.counts if log else None
        facts = f"  {plural(counts.records, 'record')}, {size(counts.bytes)}" if counts else ""
        yield HomeLine((("heading", dataset.name), ("dim", f"  {dataset.path}{facts}")), dataset)
        yield HomeLine(tuple(self._file_parts(dataset)), dataset, revision=dataset.name)
        graph = Graph()
        for entry in log:
            texts = (_first_line(entry), _second_line(entry))
            for drawing, number in graph.rows(entry.entry.id, entry.entry.parents):
                parts = (("same", drawing), ("", "  "), *(texts[number] if number is not None else ()))
                yield HomeLine(parts, dataset, entry.revision, entry, first=number == 0)
        yield HomeLine((), dataset)

    def _file_parts(self, dataset: Dataset) -> Iterator[Part]:
        state = self._states.get(dataset.name)
        yield ("strong", "working file  ")
        if state is None:
            yield ("dim", "looking …")
            return
        if state.problem is not None:
            yield ("warning", f"! {state.problem}")
            return
        kinds = {file.state for file in state.files} - {"unchanged"} or {"unchanged"}
        for kind in sorted(kinds):
            look, word = _SIGNS[kind]
            yield (look, f"{word} ")
        base = state.base.number if state.base else None
        yield ("dim", f"since {base}" if base else "of no known version")
        added, removed = (sum(getattr(file, name) for file in state.files) for name in ("lines_added", "lines_removed"))
        if added or removed:
            yield ("changed", f"  lines +{added:,} -{removed:,}")
        if state.stale and state.head is not None:
            yield ("warning", f"  ! HEAD has {state.head_called}")

    # What is shown

    def heading(self) -> list[Part]:
        """Which repository this is."""
        return [("strong", str(self.session.folder))]

    def names(self) -> Mapping[str, str]:
        """What the cursor is on, as the command line knows it."""
        line = self.versions.current
        if line is None:
            return {}
        old, new = self._sides() or ("OLD", "NEW")
        return {"revision": line.revision or line.dataset.name, "dataset": line.dataset.name, "old": old, "new": new}

    @on(LineList.CursorMoved, "#versions")
    def _moved(self, event: LineList.CursorMoved) -> None:
        self._show_facts()
        self.refresh_bars()

    @on(LineList.Chosen, "#versions")
    def _chosen(self) -> None:
        self.act_browse()

    def _show_facts(self) -> None:
        line = self.versions.current
        if line is None:
            return
        facts = self.query_one("#facts", Static)
        if line.entry is not None:
            numbers = {entry.entry.id: entry.called for _, log in self._logs for entry in log}
            parents = [numbers.get(parent) or parent[:8] for parent in line.entry.entry.parents]
            text = "\n".join(
                version_lines(line.dataset.name, line.entry.entry, None, parents=parents, called=line.entry.called)
            )
            facts.update(content_of([("", text)]))
            return
        state = self._states.get(line.dataset.name)
        _, *told = status_lines(state) if state is not None else ("",)
        told += [f"  {note}" for note in state.notes] if state is not None else []
        facts.update(content_of([("", "\n".join([f"the working file '{line.dataset.path}'", *told]))]))

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Most need a version under the cursor."""
        if not action.id.startswith("home."):
            return super().why_not(action)
        line = self.versions.current
        if action.id == "home.import":
            return None
        if line is None:
            return "there is no dataset here yet"
        if action.id == "home.mark" and line.entry is None:
            return "the cursor is not on a version"
        if action.id == "home.diff" and self._sides() is None:
            return "there is nothing to compare it with"
        return None

    def place(self) -> Target:
        """What the cursor is on."""
        line = self.versions.current
        return self.target if line is None else Target(revision=line.revision or line.dataset.name)

    def version_shown(self) -> str | None:
        """The version under the cursor."""
        line = self.versions.current
        return line.revision if line is not None and line.entry is not None else None

    def dataset_shown(self) -> str | None:
        """The dataset that the cursor is in."""
        line = self.versions.current
        return line.dataset.name if line is not None else None

    def act_browse(self) -> None:
        """Show the records of what the cursor is on."""
        line = self.versions.current
        assert line is not None
        self.post_message(Open("browse", Target(revision=line.revision or line.dataset.name)))

    def act_mark(self) -> None:
        """Mark a version, or take its mark away; of three marks the oldest goes."""
        line = self.versions.current
        assert line is not None
        assert line.revision is not None
        marked = self.versions.marked
        if line.revision in marked:
            marked.remove(line.revision)
        else:
            marked.append(line.revision)
            del marked[:-2]
        self.versions.refresh()

    def act_diff(self) -> None:
        """Compare two versions."""
        sides = self._sides()
        assert sides is not None
        self.post_message(Open("diff", Target(revision=sides[0], other=sides[1])))

    def act_commit(self) -> None:
        """Commit the working file of the dataset that the cursor is in."""
        line = self.versions.current
        assert line is not None
        self.post_message(Open("commit", Target(revision=line.dataset.name)))

    def act_import(self) -> None:
        """Bring in records; into the dataset under the cursor, if nothing else is said."""
        line = self.versions.current
        self.post_message(Open("import", Target(revision=line.dataset.name if line is not None else None)))

    def act_export(self) -> None:
        """Write what the cursor is on for other tools."""
        self.post_message(Open("export", self.place()))

    def act_details(self) -> None:
        """Show or hide the facts."""
        details = self.query_one("#details")
        details.display = not details.display

    def _sides(self) -> tuple[str, str] | None:
        """Old and new: the two marked versions, else the parent of the one under the cursor and itself."""
        order = {line.revision: number for number, line in enumerate(self.versions.lines)}
        marked = sorted((m for m in self.versions.marked if m in order), key=lambda name: order[name], reverse=True)
        if len(marked) == 2:
            return marked[0], marked[1]
        line = self.versions.current
        if line is None:
            return None
        name = line.dataset.name
        if line.entry is None:
            return f"{name}@HEAD", name
        parents = line.entry.entry.parents
        return (f"{name}@{parents[0][:12]}", line.entry.revision) if parents else None


def _first_line(entry: LogEntry) -> tuple[Part, ...]:
    version = entry.entry
    tags = [tag for tag in entry.tags if tag != entry.dataset.tag(version.number)]
    marks = [*(["HEAD"] if entry.current else []), *tags]
    counts = changes_text(version.changes) or "no change of records"
    return (
        ("strong", entry.called),
        ("moved", f" ({', '.join(marks)})" if marks else ""),
        ("changed", f"  {counts}"),
        ("", f"  {version.reason.strip().partition(chr(10))[0]}"),
    )


def _second_line(entry: LogEntry) -> tuple[Part, ...]:
    version = entry.entry
    parts = [minute(version.authored_at), annotators_text(version.annotators) or version.author.name]
    if version.sources:
        parts.append("from " + ", ".join(version.sources))
    if version.kind != "commit":
        parts.append(version.kind)
    return (("dim", " · ".join([*parts, plural(version.counts.records, "record")])),)
