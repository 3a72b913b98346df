"""The example of a trial: a model that learns from a pilot, its figures written back, and compared after a mend."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dsvc.sampling.rule import Rule
from tests.stories.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
VERSIONS = ROOT / "examples" / "finance_qa_versions"
LIBRARIES = ("torch", "transformers", "trl")


@pytest.mark.slow
@pytest.mark.skipif(not all(map(find_spec, LIBRARIES)), reason="pip install -r examples/requirements.txt")
def test_a_trial_learns_and_writes_its_figures_back(tmp_path: Path) -> None:
    project = Project.start(tmp_path / "work")
    for number in ("v1.0", "v1.2"):
        project.save("finance_qa.jsonl", (VERSIONS / f"{number}.jsonl").read_bytes())
    project.repo.pilots.create("finance_qa@v1.0", "pilot-a", Rule(size="200", stratify=("label",)))
    _trial(project, "pilot-a", "--epochs", "5")
    first = _figures(project, "pilot-a")
    assert 6.5 < first["loss before"] < 7.5, "random weights: about the logarithm of 1,000 tokens"
    assert first["loss"] < first["loss before"] - 1
    project.repo.pilots.carry("pilot-a", "finance_qa@v1.1", "pilot-b")
    _trial(project, "pilot-b", "--base", "trial-model", "--epochs", "1", "--rate", "5e-4")
    second = _figures(project, "pilot-b")
    assert second["loss before"] < first["loss before"] - 1, "it goes on from what the first trial gave"
    compared = project.repo.pilots.compare("pilot-a", "pilot-b")
    assert compared.metrics() == [(name, first[name], second[name]) for name in first]
    assert list(first) == ["loss before", "loss", "perplexity", "token accuracy"]
    assert compared.edited


def _trial(project: Project, *words: str) -> None:
    command = [sys.executable, str(ROOT / "examples" / "trial.py"), *words]
    alone = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False, env=alone)
    assert done.returncode == 0, done.stderr
    assert "written down" in done.stdout


def _figures(project: Project, pilot: str) -> Mapping[str, float]:
    (result,) = project.repo.pilots.show(pilot).listed.results
    assert result.model in ("trial-base", "trial-model")
    return result.metrics
