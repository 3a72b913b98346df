"""Tasks that were handed out do not become the records of the dataset when ``--update`` is forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.annotation import LabelStudio
from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell

CALLS = [{"id": n, "text": f"第{n}个问题", "label": "费用" if n % 2 else "额度"} for n in range(6)]


@pytest.fixture
def calls(shell: Shell) -> Shell:
    shell("init")
    write_records("data/calls.jsonl", *CALLS)
    shell("commit", "data/calls.jsonl", "--source", "call centre", "-m", "first")
    return shell


def _doccano(shell: Shell) -> str:
    shell("export", "calls@v1.0", "--to", "doccano", "-o", "tasks.jsonl", "--label", "label", "--range", "1:3")
    Path("people").mkdir()
    for who in ("li", "王"):
        tasks = [json.loads(line) for line in Path("tasks.jsonl").read_text("utf-8").splitlines()]
        write_records(f"people/{who}.jsonl", *[{"id": n, **task, "Comments": []} for n, task in enumerate(tasks)])
    return "people"


def _label_studio(shell: Shell) -> str:
    shell("export", "calls@v1.0", "--to", "label-studio", "-o", "round", "--label", "label")
    project = LabelStudio.of("round")
    project.annotate(1, "li", {"label": ["额度"]})
    return project.json("project.json")


def _as_handed_out(shell: Shell) -> str:
    shell("export", "calls@v1.0", "--to", "label-studio", "-o", "round", "--label", "label")
    return "round/tasks.json"


@pytest.mark.parametrize("made", [_doccano, _label_studio, _as_handed_out])
def test_it_is_refused_and_the_hint_takes_the_answers_back(calls: Shell, made: Callable[[Shell], str]) -> None:
    given = made(calls)
    before = Path("data/calls.jsonl").read_bytes()
    told = calls("import", given, "--as", "calls", "--source", "x")
    assert f"'{given}' holds tasks that were handed out from calls@v1.0" in told
    assert f"dsvc import {given} --into calls --update" in told
    assert told.endswith("exit 5\n")
    assert Path("data/calls.jsonl").read_bytes() == before
    assert "v1.1" not in calls("log", "calls")
    assert "holds tasks" not in calls("import", given, "--as", "data/apart.jsonl", "--source", "x")


def test_who_means_it_names_the_format_and_is_not_asked_again(calls: Shell) -> None:
    given = _label_studio(calls)
    way = calls("import", given, "--as", "calls", "--source", "x").split("the records: dsvc ")[1].splitlines()[0]
    assert way == "import project.json --as calls --source x --from json"
    assert "calls@v1.1" in calls(*way.split())
    assert "dsvc_version" in Path("data/calls.jsonl").read_text("utf-8")
    assert "holds tasks" not in calls("import", given, "--as", "calls", "--source", "x")
