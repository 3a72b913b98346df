"""kill -9 at every step of every writing verb: the file is whole, no version is lost, the next command goes on."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.faults import inspection
from tests.faults.inspection import check_history, check_untorn, look
from tests.faults.killing import Kill, in_parallel, run_killed
from tests.faults.stage import Stage, by_name, killed, mended, spread, step_name, targets
from tests.faults.stories import STORIES, Story, open_repo, records

if TYPE_CHECKING:
    from pathlib import Path

POINTS = int(os.environ.get("DSVC_KILL_POINTS", "6"))
"""How many steps of each verb are tried, spread evenly; the tests marked as slow try them all."""
TWICE = (
    "first commit",
    "commit",
    "checkout over edits",
    "rollback over edits",
    "undo commit",
    "undo rollback",
    "review finish",
)


def killed_and_mended(stage: Stage, kill: Kill) -> list[str]:
    """One kill: look, let the next command recover, look again, run the verb to its end."""
    with killed(stage, kill) as (root, _):
        told = check_untorn(root, stage.before, stage.after)
        told += mended(stage, root)
    return [f"{stage.story.name}, {kill} ({step_name(stage, kill)}): {line}" for line in told]


def recovery_killed(stage: Stage, kill: Kill, wanted: int) -> list[str]:
    """Kill the verb, then kill what puts it right at each of its steps, then let the next command go on."""
    told = []
    with killed(stage, kill, " twice") as (root, _):
        scratch = root.parent
        broken = scratch / "broken"
        root.rename(broken)

        def recover() -> None:
            inspection.recover(root, targets(stage))

        subprocess.run(["cp", "-a", broken, root], check=True)
        ended = run_killed(recover, Kill(0), scratch)
        for again in spread([Kill(step) for step in range(1, len(ended.steps) + 1)], wanted):
            subprocess.run(["rm", "-rf", root], check=True)
            subprocess.run(["cp", "-a", broken, root], check=True)
            run_killed(recover, again, scratch)
            found = check_untorn(root, stage.before, stage.after) + mended(stage, root)
            told += [f"{stage.story.name}, {kill}, then recovery at {again}: {line}" for line in found]
    return told


def edited_meanwhile(stage: Stage, kill: Kill) -> list[str]:
    """Kill the verb; the user goes on editing the file before anything else runs: the edit is what counts."""
    with killed(stage, kill, " edited") as (root, _):
        files = sorted((root / "data").rglob("*.jsonl"))
        edits = {path: path.read_bytes() + records(1234) for path in files if not path.name.startswith(".")}
        for path, content in edits.items():
            path.write_bytes(content)
        told = inspection.recover(root, targets(stage))
        told += [f"the edit of '{path.name}' is gone" for path, data in edits.items() if path.read_bytes() != data]
        repo = open_repo(root)
        for status in repo.status():
            if not status.changed and not status.stale:
                told.append("the edit is not seen")
            if status.problem:
                told.append(f"status finds a problem: {status.problem} ({status.hint})")
        told += check_history(root, stage.before, stage.after)
        for dataset in repo.datasets():
            open_repo(root).restore(dataset.name)
        kept = [digest for content in look(root).kept for digest in content.values()]
        if repo.datasets():
            told += [f"'{p.name}' was not kept" for p, data in edits.items() if inspection.sha256(data) not in kept]
    return [f"{stage.story.name}, {kill}, then edited: {line}" for line in told]


FILE_STORIES = [
    s for s in STORIES if any(word in s.name for word in ("checkout", "restore", "rollback", "step", "finish"))
]


@pytest.mark.parametrize("story", STORIES, ids=by_name)
def test_a_killed_verb_loses_nothing(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    jobs = [partial(killed_and_mended, stage, kill) for kill in stage.kills(POINTS)]
    complaints = in_parallel(jobs, tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.mark.parametrize("story", FILE_STORIES, ids=by_name)
def test_edits_made_after_a_kill_are_not_overwritten(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    jobs = [partial(edited_meanwhile, stage, kill) for kill in stage.kills(max(POINTS // 2, 3))]
    complaints = in_parallel(jobs, tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.mark.parametrize("story", [s for s in STORIES if s.name in TWICE], ids=by_name)
def test_a_killed_recovery_loses_nothing(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    kills = [Kill(round(len(stage.ended.steps) * part)) for part in (0.6, 0.8, 0.95)]
    jobs = [partial(recovery_killed, stage, kill, max(POINTS // 3, 2)) for kill in kills]
    complaints = in_parallel(jobs, tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.mark.parametrize("story", [s for s in STORIES if s.name in ("first commit", "commit", "import")], ids=by_name)
def test_git_may_die_in_any_of_its_hooks(story: Story, tmp_path: Path) -> None:
    """Between moving HEAD and writing the index, too: then git status shows the new version as taken back."""
    stage = Stage(story, tmp_path)
    kills = [Kill(step, inside_git=True, victim="git") for step in range(1, stage.ended.git_steps + 1)]
    complaints = in_parallel([partial(killed_and_mended, stage, kill) for kill in kills], tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.mark.parametrize("story", [s for s in STORIES if s.name == "init"], ids=by_name)
def test_a_setup_cut_short_leaves_nothing_lying_about(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    jobs = [partial(killed_and_mended, stage, kill) for kill in stage.kills(10_000)]
    complaints = in_parallel(jobs, tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES, ids=by_name)
def test_a_verb_killed_at_every_single_step_loses_nothing(story: Story, tmp_path: Path) -> None:
    stage = Stage(story, tmp_path)
    jobs = [partial(killed_and_mended, stage, kill) for kill in stage.kills(10_000)]
    jobs += [partial(recovery_killed, stage, Kill(step), 6) for step in range(4, len(stage.ended.steps), 12)]
    if story in FILE_STORIES:
        jobs += [partial(edited_meanwhile, stage, kill) for kill in stage.kills(10_000)]
    complaints = in_parallel(jobs, tmp_path)
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints)
