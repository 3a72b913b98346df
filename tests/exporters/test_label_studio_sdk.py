"""The labelling interface and the tasks, as the checks and the converters of Label Studio's own SDK see them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import dsvc
from dsvc.errors import NotFoundError
from dsvc.repository.results import CommitRequest
from tests.annotation import LabelStudio

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = [
    {
        "text": f'怎么还款 {n}？ <b> & "q"',
        "label": ['额度 "a" & <b>', "费用", "还款"][n % 3],
        "tags": ["a", "b"][: n % 3],
    }
    for n in range(9)
]
CHATS = [
    {
        "conversations": [{"from": "human", "value": f"第{n}问"}, {"from": "gpt", "value": f"第{n}\n答"}],
        "分类.意图": "x",
    }
    for n in range(4)
]


@pytest.mark.parametrize(
    ("records", "labels"),
    [
        (RECORDS, ("label",)),
        (RECORDS, ("label", "tags", "text")),
        (CHATS, ("conversations[1].value", '["分类.意图"]')),
    ],
)
def test_the_sdk_takes_what_is_handed_out(
    tmp_path: Path, git_repo: Any, monkeypatch: pytest.MonkeyPatch, records: list[Any], labels: tuple[str, ...]
) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface")
    converter = pytest.importorskip("label_studio_sdk.converter")
    monkeypatch.chdir(git_repo.root)
    dsvc.init(".")
    (git_repo.root / "calls.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    repo = dsvc.open(".")
    repo.commit(CommitRequest(target="calls.jsonl", reason="first", source="s"))
    repo.export("calls@v1.0", "label-studio", "round", labels=labels)

    config = (git_repo.root / "round" / "config.xml").read_text("utf-8")
    checked = interface.LabelInterface(config)
    checked.validate()
    project = LabelStudio.of("round")
    for task in project.tasks:
        assert checked.validate_task({"data": task["data"]}) is True
        for prediction in task.get("predictions", []):
            assert checked.validate_prediction(prediction, return_errors=True) == []
    for number in range(1, len(project.tasks) + 1):
        project.accept(number, "li@bank.cn")

    project.json()
    made = converter.Converter(config, project_dir=str(tmp_path))
    made.convert_to_json_min("project-7.json", str(tmp_path / "min"), is_dir=False)
    made.convert_to_csv("project-7.json", str(tmp_path / "csv"), is_dir=False, sep=",")
    for exported in (tmp_path / "min" / "result.json", tmp_path / "csv" / "result.csv"):
        with pytest.raises(NotFoundError, match="0 taken"):  # all of it came back as it was
            repo.import_update(exported, CommitRequest(target="calls", reason=""))
