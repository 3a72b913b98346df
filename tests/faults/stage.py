"""One story on stage: its repository before, a finished run, and copies in which something goes wrong."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.faults import inspection
from tests.faults.inspection import check_again, check_settled, look
from tests.faults.killing import Ended, Kill, install_git_steps, run_killed
from tests.faults.stories import Story, empty_git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Stage:
    """A story's repository, ready to be copied and killed, and what it looks like before and after."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        self.folder = folder
        self.original = folder / "original"
        empty_git(self.original)
        story.prepare(self.original)
        install_git_steps(self.original)
        self.before = look(self.original)
        finished = self.copy("finished")
        self.ended: Ended = run_killed(lambda: story.act(finished), Kill(0), folder)
        assert not self.ended.error, self.ended.error
        self.after = look(finished)

    def copy(self, name: str) -> Path:
        subprocess.run(["cp", "-a", self.original, self.folder / name], check=True)
        return self.folder / name

    def kills(self, wanted: int) -> list[Kill]:
        steps = [Kill(step) for step in range(1, len(self.ended.steps) + 1)]
        inside = [
            Kill(step, inside_git=True, victim=victim)
            for step in range(1, self.ended.git_steps + 1)
            for victim in ("all", "git", "dsvc")
        ]
        return [*spread(steps, wanted), *spread(inside, wanted // 3)]


def spread(kills: Sequence[Kill], wanted: int) -> list[Kill]:
    """Some of them, evenly; always the first and the last."""
    if wanted >= len(kills):
        return list(kills)
    return [kills[round(i * (len(kills) - 1) / max(wanted - 1, 1))] for i in range(wanted)]


def step_name(stage: Stage, kill: Kill) -> str:
    return "" if kill.inside_git or kill.step > len(stage.ended.steps) else stage.ended.steps[kill.step - 1][:150]


def targets(stage: Stage) -> list[str]:
    """Paths of the story's datasets."""
    return ["data/split"] if any("split" in path for path in stage.before.working) else ["data/medical.jsonl"]


@contextmanager
def killed(stage: Stage, kill: Kill, tag: str = "") -> Iterator[tuple[Path, Ended]]:
    """A copy of the story's repository in which the verb was killed, and a folder beside it."""
    scratch = stage.folder / f"kill {kill}{tag}"
    scratch.mkdir()
    root = stage.copy(f"{scratch.name}/repo")
    ended = run_killed(lambda: stage.story.act(root), kill, scratch)
    yield root, ended
    subprocess.run(["rm", "-rf", scratch])


def mended(stage: Stage, root: Path) -> list[str]:
    told = inspection.recover(root, targets(stage))
    told += check_settled(root, stage.before, stage.after)
    told += check_again(root, stage.story, stage.before, stage.after)
    return told


def by_name(story: Story) -> str:
    return story.name.replace(" ", "-")
