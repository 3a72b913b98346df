"""Random stories: whatever a user does in whatever order, no version changes and no work is lost."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dsvc.errors import BadDataError, DsvcError, HookError, NotFoundError, ProtectedError, UsageError
from dsvc.store.memory_history import MemoryHistory
from tests.repository.lab import FILE, Lab

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repository.results import Outcome

GOOD_LINES = [
    b'{"id": 1, "q": "a"}',
    b'{"q": "a", "id": 1}',
    b'{"id":1,"q":"a"}',
    b'{"id": 2, "q": "b"}',
    '{"id": 3, "q": "逾期怎么办"}'.encode(),
    '{"id": 3, "q": "逾期了怎么办"}'.encode(),
    b"",
    b'{"id": 4, "q": "crlf"}\r',
]
BAD_LINE = b'{"id": 5, "q": '

contents = st.builds(
    lambda lines, ended: b"\n".join(lines) + (b"\n" if ended and lines else b""),
    st.lists(st.sampled_from(GOOD_LINES), max_size=6),
    st.booleans(),
)


@dataclass(frozen=True)
class World:
    """What the user believes: the file, the version it was written from, and the versions of the log."""

    file: bytes | None
    base: str | None
    line: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """One operation that can be undone: the world before, and the file that it left (None: it moved no file)."""

    before: World
    put: bytes | None
    made_version: bool


class Stories(RuleBasedStateMachine):
    """One dataset of one file, with every verb that changes something."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.lab = Lab.over("memory", self.folder / "work")
        self.world = World(None, None, ())
        self.content: dict[str, bytes] = {}
        self.kept: dict[str, bytes] = {}
        self.kept_base: dict[str, str | None] = {}
        self.done: list[Done] = []

    def teardown(self) -> None:
        try:
            self.everything_reads_back()
        finally:
            shutil.rmtree(self.folder)

    # What is believed

    @property
    def head(self) -> str | None:
        return self.world.line[-1] if self.world.line else None

    @property
    def edited(self) -> bool:
        known = self.content.get(self.world.base) if self.world.base else None
        return self.world.file is not None and self.world.file != known

    def refused(self, kind: type[DsvcError], verb: Callable[[], object]) -> None:
        before = self.lab.picture()
        with pytest.raises(kind):
            verb()
        assert self.lab.picture() == before

    def note_saved(self, tag: str | None, expected: bytes | None) -> None:
        assert (tag is not None) == (expected is not None)
        if tag is not None and expected is not None:
            self.kept[tag], self.kept_base[tag] = expected, self.world.base

    def replaced(self, outcome: Outcome, version: str | None, content: bytes, *, saves: bool) -> None:
        """A verb has put a version's content into the file."""
        self.note_saved(outcome.saved_as, self.world.file if saves else None)
        put = content if self.world.file != content else None
        if outcome.version is not None and outcome.version.id == self.world.base and content == self.world.file:
            return  # nothing was changed, so nothing can be undone
        self.done.append(Done(self.world, put, made_version=False))
        self.world = replace(self.world, file=content, base=version)

    # What users do

    @initialize(content=contents)
    def first_version(self, content: bytes) -> None:
        self.edit(content)
        self.commit()

    @rule(content=contents)
    def edit(self, content: bytes) -> None:
        self.lab.write(content)
        self.world = replace(self.world, file=content)

    @precondition(lambda self: self.world.file is not None)
    @rule()
    def break_a_line(self) -> None:
        assert self.world.file is not None
        self.edit(BAD_LINE + b"\n" + self.world.file)

    @precondition(lambda self: self.world.file is not None)
    @rule()
    def delete_the_file(self) -> None:
        (self.lab.root / FILE).unlink()
        self.world = replace(self.world, file=None)

    @rule()
    def commit(self) -> None:
        world = self.world
        if world.file is None:
            self.refused(DsvcError, self.lab.keep)
        elif self.head is not None and world.file == self.content[self.head]:
            self.refused(NotFoundError, self.lab.keep)
            self.world = replace(world, base=self.head)
        elif self.head is not None and world.base != self.head:
            self.refused(ProtectedError, self.lab.keep)
        elif BAD_LINE in world.file:
            self.refused(BadDataError, self.lab.keep)
        else:
            made = self.lab.keep(allow_findings="emptied on purpose").manifest
            self.content[made.id] = world.file
            self.done.append(Done(world, None, made_version=True))
            self.world = World(world.file, made.id, (*world.line, made.id))

    @precondition(
        lambda self: self.edited and self.world.base == self.head and BAD_LINE not in (self.world.file or b"")
    )
    @rule()
    def commit_with_a_hook_that_says_no(self) -> None:
        assert isinstance(self.lab.git, MemoryHistory)

        def refuse() -> None:
            raise HookError("no")

        if self.world.file != (self.content[self.head] if self.head else None):
            self.lab.git.before_commit = refuse
            self.refused(HookError, partial(self.lab.keep, allow_findings="emptied on purpose"))
            self.lab.git.before_commit = None

    @precondition(lambda self: self.world.line)
    @rule(data=st.data(), force=st.booleans())
    def checkout(self, data: st.DataObject, force: bool) -> None:
        version = data.draw(st.sampled_from(self.world.line))
        if self.edited and self.world.file != self.content[version] and not force:
            self.refused(ProtectedError, lambda: self.lab.repo.checkout(f"medical@{version}"))
        else:
            edited = self.edited and self.world.file != self.content[version]
            outcome = self.lab.repo.checkout(f"medical@{version}", force=force)
            self.replaced(outcome, version, self.content[version], saves=edited)

    @precondition(lambda self: self.world.line and self.kept)
    @rule(data=st.data())
    def get_kept_work_back(self, data: st.DataObject) -> None:
        tag = data.draw(st.sampled_from(list(self.kept)))
        edited = self.edited and self.world.file != self.kept[tag]
        outcome = self.lab.repo.checkout(f"medical@{tag}", force=True)
        self.replaced(outcome, self.kept_base[tag], self.kept[tag], saves=edited)

    @precondition(lambda self: self.world.line and self.kept)
    @rule(data=st.data())
    def saved_edits_are_no_version(self, data: st.DataObject) -> None:
        tag = data.draw(st.sampled_from(list(self.kept)))
        if self.lab.repo.version(f"medical@{tag}").kind == "save":
            self.refused(UsageError, lambda: self.lab.repo.rollback(f"medical@{tag}", force=True))

    @precondition(lambda self: self.world.line)
    @rule()
    def restore(self) -> None:
        assert self.head is not None
        edited = self.edited and self.world.file != self.content[self.head]
        self.replaced(self.lab.repo.restore(), self.head, self.content[self.head], saves=edited)

    @precondition(lambda self: len(self.world.line) > 1)
    @rule(data=st.data(), force=st.booleans())
    def rollback(self, data: st.DataObject, force: bool) -> None:
        self.rollback_to(data.draw(st.sampled_from(self.world.line)), force=force)

    def rollback_to(self, version: str, *, force: bool) -> None:
        world, repo, name = self.world, self.lab.repo, f"medical@{version}"
        keeps_file = world.base == version
        if repo.version(name).layout == repo.version("HEAD").layout:
            self.refused(NotFoundError, lambda: repo.rollback(name, force=force))
            return
        stale = world.base != self.head and world.file != self.content[self.world.line[-1]]
        loses = world.file != self.content[version]
        if self.edited and not keeps_file and (stale or (loses and not force)):
            self.refused(ProtectedError, lambda: repo.rollback(name, force=force))
            return
        saves = self.edited and not keeps_file and world.file != self.content[version]
        outcome = repo.rollback(name, force=force)
        assert outcome.version is not None
        self.note_saved(outcome.saved_as, world.file if saves else None)
        made, content = outcome.version.id, self.content[version]
        self.content[made] = content
        file = world.file if keeps_file else content
        self.done.append(Done(world, file if file != world.file else None, made_version=True))
        self.world = World(file, made, (*world.line, made))

    @precondition(lambda self: self.world.line and any(self.kept_base[tag] not in self.world.line for tag in self.kept))
    @rule(data=st.data())
    def roll_back_to_an_undone_version(self, data: st.DataObject) -> None:
        kept = dict.fromkeys(base for base in self.kept_base.values() if base)
        undone = [version for version in kept if version not in self.world.line]
        self.rollback_to(data.draw(st.sampled_from(undone)), force=True)

    @rule()
    def undo(self) -> None:
        if not self.done:
            self.refused(NotFoundError, self.lab.repo.undo)
            return
        last = self.done[-1]
        held = {None, last.put, *self.kept.values(), *(self.content[version] for version in self.world.line)}
        if last.put is not None and self.world.file not in held:
            self.refused(ProtectedError, self.lab.repo.undo)
            return
        outcome = self.lab.repo.undo()
        if last.made_version:
            assert outcome.saved_as is not None
            undone = self.world.line[-1]
            self.kept[outcome.saved_as], self.kept_base[outcome.saved_as] = self.content[undone], undone
        self.done.pop()
        file = self.world.file if last.put is None else last.before.file
        self.world = World(file, last.before.base, last.before.line)

    # What must hold

    @invariant()
    def the_working_file_is_what_the_user_believes(self) -> None:
        assert (self.lab.read() if self.lab.exists() else None) == self.world.file
        assert not [path for path in (self.lab.root / "data").glob(".*") if path.name != ".gitignore"]

    @invariant()
    def the_log_and_the_status_tell_the_truth(self) -> None:
        if not self.world.line:
            assert self.lab.repo.datasets() == []
            return
        assert tuple(entry.entry.id for entry in reversed(self.lab.repo.log())) == self.world.line
        (status,) = self.lab.repo.status()
        assert status.problem is None
        assert status.changed == (self.world.file is None or self.edited)
        assert status.stale == (self.world.base != self.head and self.world.file != self.content[self.world.line[-1]])

    def everything_reads_back(self) -> None:
        if not self.world.line:
            return
        for version in self.world.line:
            assert self.lab.content(f"medical@{version}") == self.content[version]
        for tag, content in self.kept.items():
            assert self.lab.content(f"medical@{tag}") == content


def test_no_story_loses_anything() -> None:
    run_state_machine_as_test(
        Stories,
        settings=settings(
            max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
