"""The example of a trial: trained on a pilot, its figure written back, and compared after the data was mended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dsvc.sampling.rule import Rule
from tests.stories.project import Project

ROOT = Path(__file__).parents[1]
VERSIONS = ROOT / "examples" / "finance_qa_versions"


@pytest.mark.slow
def test_a_trial_writes_its_figure_back(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    project = Project.start(tmp_path / "work")
    for number in ("v1.0", "v1.2"):
        project.save("finance_qa.jsonl", (VERSIONS / f"{number}.jsonl").read_bytes())
    project.repo.pilots.create("finance_qa@v1.0", "pilot-a", Rule(size="300", stratify=("label",)))
    _trial(project, "pilot-a")
    project.repo.pilots.carry("pilot-a", "finance_qa@v1.1", "pilot-b")
    _trial(project, "pilot-b", "--base", "trial-model.joblib")
    compared = project.repo.pilots.compare("pilot-a", "pilot-b")
    ((name, first, second),) = compared.metrics()
    assert name == "accuracy"
    assert first is not None
    assert second is not None
    assert min(first, second) > 0.6
    assert compared.edited


def _trial(project: Project, *words: str) -> None:
    command = [sys.executable, str(ROOT / "examples" / "trial.py"), *words]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "written down" in done.stdout
