"""Gestures on the terminal UI: an app over a small repository, driven by keys, read as the text of its screen."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from textual.worker import WorkerCancelled

import dsvc
from dsvc.store.dvc_packs import DvcPacks
from dsvc.store.git_history import GitHistory
from dsvc_tui import giving_way
from dsvc_tui.app import DsvcApp
from dsvc_tui.key_sequence import WAIT
from dsvc_tui.messages import Open, Target
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.session import Session
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dsvc.repository.repository import Repository
    from dsvc_tui.actions import Action


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Tests of gestures are coroutines, in the loop that the app has."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    giving_way.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@dataclass
class Desk:
    """Somebody before the terminal."""

    app: DsvcApp
    pilot: Pilot[int]

    async def press(self, *keys: str) -> None:
        """Press keys, each after the work that the one before began is done."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()
        screen = self.app.screen
        while isinstance(screen, BaseScreen) and screen.begun_key.waits:  # for a second key
            await self.pilot.pause(WAIT / 4)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text into a field."""
        await self.pilot.press(*(_KEYS.get(char, char) for char in text))
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is at work: what one worker found may have set another one to work."""
        idle = 0
        while idle < 2:
            idle = 0 if any(worker.is_running for worker in self.app.workers) else idle + 1
            with suppress(WorkerCancelled):  # its screen was left meanwhile
                await self.app.workers.wait_for_complete()
            await self.pilot.pause()

    def rows(self) -> list[str]:
        """The text of the screen, row by row, without what is behind a dialog."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        """The text of the screen."""
        return "\n".join(self.rows())

    @property
    def toasts(self) -> list[str]:
        """What was told, oldest first."""
        return [str(note.message) for note in self.app._notifications]

    def faults(self) -> list[Exception]:
        """Errors told since the last look."""
        told, self.app.faults = self.app.faults, []
        return told


_KEYS = {" ": "space", "/": "slash", ".": "full_stop", "%": "percent_sign", "=": "equals_sign", "-": "minus"}

Start = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def start() -> Start:
    """Starts the app in a folder; at its end no unexpected error may have been told."""

    @asynccontextmanager
    async def started(
        folder: Path,
        screen: str = "home",
        revision: str | None = None,
        *,
        size: tuple[int, int] = (100, 30),
        **more: Any,
    ) -> AsyncIterator[Desk]:
        row = more.pop("row", None)
        app = DsvcApp(Session(folder), Open(screen, Target(revision=revision, row=row)), **more)
        async with app.run_test(size=size, notifications=True) as pilot:
            desk = Desk(app, pilot)
            await desk.settle()
            yield desk
            faults = desk.faults()
        if faults:
            raise faults[0]

    return started


@pytest.fixture(autouse=True)
def performed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The actions that were done; at the end all that the test says it triggers must be among them."""
    done: set[str] = set()
    perform, go = BaseScreen.perform, DsvcApp.action_go

    async def noted(screen: BaseScreen, action: Action) -> None:
        if screen.why_not(action) is None:
            done.add(action.id)
        await perform(screen, action)

    def noted_go(app: DsvcApp, name: str) -> None:
        done.add(f"screen.{name}")
        go(app, name)

    monkeypatch.setattr(BaseScreen, "perform", noted)
    monkeypatch.setattr(DsvcApp, "action_go", noted_go)
    yield done
    promised = {name for mark in request.node.iter_markers("triggers") for name in mark.args}
    assert promised <= done


QUESTIONS = (
    {"instruction": "逾期90天以上怎么处理？", "output": "转入不良贷款，停止计息。", "label": "overdue"},
    {"instruction": "What is a grace period?", "output": "Days after the due date without a fee.", "label": "fees"},
    {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起。", "label": "fees"},
)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, hermetic_environment: Path) -> Path:
    """A repository of one dataset in two versions, made once."""
    lab = Lab.over("git", tmp_path_factory.mktemp("made") / "work")
    lab.save(lines(*QUESTIONS), reason="first version", source="bank manual 2025")
    lab.save(lines({**QUESTIONS[0], "output": "转入可疑类贷款。"}, *QUESTIONS[1:]), reason="one answer mended")
    return lab.root


@pytest.fixture
def lab(tmp_path: Path, made: Path) -> Lab:
    """A copy of it whose working file was edited."""
    root = tmp_path / "work"
    shutil.copytree(made, root, symlinks=True)
    git = GitHistory.open(root)
    lab = Lab(git, DvcPacks.at(git.root))
    repository(root).restore()
    lab.write(lines(*QUESTIONS[1:]))
    return lab


@pytest.fixture
def folder(lab: Lab) -> Path:
    """Its folder."""
    return lab.root


def repository(folder: Path) -> Repository:
    """A repository as the command line opens it."""
    return dsvc.open(folder)
