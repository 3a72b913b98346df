"""What people export from annotation tools: it becomes records, and who made them is known."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from dsvc.errors import DsvcError
from dsvc.importers.opening import opened
from dsvc.importers.source import Wanted
from dsvc.importers.tools import argilla, label_studio
from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def choice(who: object, *labels: str, **more: object) -> dict[str, Any]:
    value = {"choices": [*labels]}
    result = [{"id": "r", "from_name": "intent", "to_name": "text", "type": "choices", "value": value}]
    return {"id": 7, "completed_by": who, "result": result if labels else [], "was_cancelled": False, **more}


TASKS: list[dict[str, Any]] = [
    {"id": 1, "data": {"text": "怎么还款？"}, "annotations": [choice(3, "还款"), choice(4, "费用")], "predictions": []},
    {"id": 2, "data": {"text": "额度多少？"}, "annotations": [choice({"id": 3, "email": "li@bank.cn"}, "额度")]},
    {"id": 3, "data": {"text": "在吗"}, "annotations": [choice(3, was_cancelled=True)]},
    {"id": 4, "data": {"text": "？"}, "annotations": []},
]


def records(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def put_together(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks again, of the records that were made of them."""
    tasks: dict[str, dict[str, Any]] = {}
    for record in made:
        rest = record["label_studio"]
        answered = {item["from_name"] for item in rest.get("annotation", {}).get("result", [])}
        data = {key: value for key, value in record.items() if key not in (*answered, "annotator", "label_studio")}
        task = tasks.setdefault(json.dumps(rest["task"]), {**rest["task"], "data": data, "annotations": []})
        task["annotations"] += [rest["annotation"]] if "annotation" in rest else []
    return [*tasks.values()]


def test_label_studio(shell: Shell) -> None:
    shell("init")
    Path("project-7.json").write_text(json.dumps(TASKS, ensure_ascii=False), encoding="utf-8")
    assert shell("import", "project-7.json", "--as", "intents", "--source", "call centre") == snapshot("""\
intents@v1.0  +5  (5 records)
source:     call centre
annotators: 3, 4, li@bank.cn, Ann Otter
stored:     1.05 kB of records
! read as an export of Label Studio (to take it as it is written: --from json)
! cancelled annotations (label_studio.annotation.was_cancelled is true) in 'project-7.json': 1
! tasks with several annotations (a record for each) in 'project-7.json': 1
! tasks without an annotation (a record without an answer for each) in 'project-7.json': 1
! errors in the new lines (column-type 1) were kept as they are; see them: dsvc validate intents
! added '/intents.jsonl' to '.gitignore': the data is kept by dsvc, not by git
""")
    made = records("intents.jsonl")
    assert [(each["text"], each.get("intent"), each.get("annotator")) for each in made] == [
        ("怎么还款？", "还款", "3"),
        ("怎么还款？", "费用", "4"),
        ("额度多少？", "额度", "li@bank.cn"),
        ("在吗", None, "3"),
        ("？", None, None),
    ]
    assert put_together(made) == TASKS
    assert shell("blame", "intents", "--json").count('"li@bank.cn"') == 1
    assert json.loads(Path(".dsvc/intents/manifest.json").read_bytes())["sources"][0]["tool"] == "label-studio"
    shell("import", "project-7.json", "--as", "raw", "--from", "json", "--source", "call centre")
    assert records("raw.jsonl") == TASKS


def test_label_studio_again_is_an_edit(shell: Shell) -> None:
    shell("init")
    Path("p.json").write_text(json.dumps(TASKS), encoding="utf-8")
    shell("import", "p.json", "--as", "intents", "--source", "x")
    changed = [{**TASKS[0], "annotations": [choice(3, "还款"), choice(4, "还款")]}, *TASKS[1:]]
    Path("p.json").write_text(json.dumps(changed), encoding="utf-8")
    assert shell("import", "p.json", "--as", "intents").splitlines()[0] == snapshot("intents@v1.1  ~1  (5 records)")


def test_answers_of_several_values_and_other_controls(shell: Shell) -> None:
    shell("init")
    result = [
        {"from_name": "topic", "type": "choices", "value": {"choices": ["a", "b"]}},
        {"from_name": "answer", "type": "textarea", "value": {"text": ["五十天"]}},
        {"from_name": "stars", "type": "rating", "value": {"rating": 4}},
        {"from_name": "ner", "type": "labels", "value": {"start": 0, "end": 2, "text": "五十", "labels": ["N"]}},
        {"from_name": "text", "type": "textarea", "value": {"text": ["clash"]}},
        {"type": "relation", "from_id": "a", "to_id": "b"},
    ]
    task = {"id": 1, "data": {"text": "免息期？"}, "annotations": [{"id": 1, "completed_by": 3, "result": result}]}
    Path("p.json").write_text(json.dumps([task]), encoding="utf-8")
    told = shell("import", "p.json", "--as", "p", "--source", "x")
    assert "answers with the name of a field of the task" in told
    (record,) = records("p.jsonl")
    rest = record.pop("label_studio")
    assert record == {
        "text": "免息期？",
        "topic": ["a", "b"],
        "answer": "五十天",
        "stars": 4,
        "ner": [{"start": 0, "end": 2, "text": "五十", "labels": ["N"]}],
        "annotator": "3",
    }
    assert rest["annotation"]["result"] == result


def test_label_studio_min(shell: Shell) -> None:
    shell("init")
    lines = [
        {"text": t, "intent": t, "id": n, "annotator": n, "annotation_id": n, "lead_time": 1.5}
        for n, t in enumerate("ab", 1)
    ]
    Path("min.json").write_text(json.dumps(lines), encoding="utf-8")
    assert shell("import", "min.json", "--as", "m", "--source", "x") == snapshot("""\
m@v1.0  +2  (2 records)
source:     x
annotators: 1, 2
stored:     184 B of records
! added '/m.jsonl' to '.gitignore': the data is kept by dsvc, not by git
""")
    assert records("m.jsonl") == lines


def test_doccano_one_file_for_each_person(shell: Shell) -> None:
    shell("init")
    texts = ["逾期怎么办？", "额度多少？"]
    with zipfile.ZipFile("export.zip", "w") as archive:
        for who, labels in (("李敏", [["还款"], ["额度"]]), ("wang", [["还款"], []])):
            examples = [{"id": n, "text": t, "label": labels[n], "Comments": []} for n, t in enumerate(texts)]
            content = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in examples)
            archive.writestr(f"{who}.jsonl", content)
    assert shell("import", "export.zip", "--as", "intents", "--source", "call centre") == snapshot("""\
intents@v1.0  +4  (4 records)
source:     call centre
annotators: wang, 李敏
stored:     382 B of records
! read as an export of Doccano (to take it as it is written: --from jsonl)
! the files of 'wang', '李敏' were joined on 'id'; 'annotator' says whose a record is
! records without a label (Doccano does not say whether the person looked at them): 1
! errors in the new lines (empty-field 1) were kept as they are; see them: dsvc validate intents
! added '/intents.jsonl' to '.gitignore': the data is kept by dsvc, not by git
""")
    assert Path("intents.jsonl").read_text("utf-8") == snapshot("""\
{"id": 0, "text": "逾期怎么办？", "label": ["还款"], "Comments": [], "annotator": "wang"}
{"id": 0, "text": "逾期怎么办？", "label": ["还款"], "Comments": [], "annotator": "李敏"}
{"id": 1, "text": "额度多少？", "label": [], "Comments": [], "annotator": "wang"}
{"id": 1, "text": "额度多少？", "label": ["额度"], "Comments": [], "annotator": "李敏"}
""")
    assert shell("blame", "intents", "--json").count('"李敏"') == 2
    shell("import", "export.zip", "--as", "data/raw", "--from", "jsonl", "--source", "x")
    assert "annotator" not in Path("data/raw/wang.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "a", "label": ["x"]},
        {"text": "a", "label": [[0, 1, "x"]]},
        {"text": "a", "entities": [{"id": 1, "label": "x", "start_offset": 0, "end_offset": 1}], "relations": []},
        {"text": "a", "cats": ["x"], "entities": [[0, 1, "x"]]},
        {"filename": "a.png", "label": ["x"]},
    ],
)
def test_doccano_of_all_projects_keeps_its_bytes(shell: Shell, payload: dict[str, Any]) -> None:
    shell("init")
    write_records("all.jsonl", {"id": 1, **payload, "Comments": ["?"]})
    shell("import", "all.jsonl", "--as", "d", "--source", "x")
    assert Path("d.jsonl").read_bytes() == Path("all.jsonl").read_bytes()
    assert json.loads(Path(".dsvc/d/manifest.json").read_bytes())["sources"][0]["tool"] == "doccano"


ARGILLA: list[dict[str, Any]] = [
    {
        "id": "1",
        "fields": {"question": "免息期？"},
        "metadata": {"round": 2},
        "suggestions": {"answer": {"value": "五十天", "score": 0.9, "agent": "model"}},
        "responses": {
            "answer": [{"value": "五十天", "user_id": "u1"}, {"value": "50天", "user_id": "u2"}],
            "good": [{"value": "yes", "user_id": "u1"}],
        },
        "vectors": {},
        "_server_id": "s",
    },
    {"id": "2", "fields": {"question": "？"}, "metadata": {}, "suggestions": {}, "responses": {}, "vectors": {}},
]


def test_argilla(shell: Shell) -> None:
    shell("init")
    Path("records.json").write_text(json.dumps(ARGILLA), encoding="utf-8")
    assert shell("import", "records.json", "--as", "a", "--source", "x") == snapshot("""\
a@v1.0  +3  (3 records)
source:     x
annotators: u1, u2, Ann Otter
stored:     698 B of records
! read as an export of Argilla (to take it as it is written: --from json)
! records with responses of several people (a record for each) in 'records.json': 1
! errors in the new lines (missing-field 1) were kept as they are; see them: dsvc validate a
! added '/a.jsonl' to '.gitignore': the data is kept by dsvc, not by git
""")
    made = records("a.jsonl")
    assert [{key: each[key] for key in each if key != "argilla"} for each in made] == [
        {"question": "免息期？", "answer": "五十天", "good": "yes", "annotator": "u1"},
        {"question": "免息期？", "answer": "50天", "annotator": "u2"},
        {"question": "？"},
    ]
    given = [answer for each in made[:2] for answer in each["argilla"]["responses"]["answer"]]
    assert given == ARGILLA[0]["responses"]["answer"]
    assert made[0]["argilla"]["suggestions"] == ARGILLA[0]["suggestions"]
    write_records("flat.jsonl", {"q": "a", "good.responses": ["yes"], "good.responses.users": ["u1"]})
    shell("import", "flat.jsonl", "--as", "f", "--source", "x")
    assert records("f.jsonl")[0]["annotator"] == ["u1"]


def test_an_array_with_one_task_is_no_object_around_a_list(shell: Shell) -> None:
    shell("init")
    task = {"id": 1, "data": {"text": "好"}, "annotations": [{"id": n, "result": []} for n in (1, 2)]}
    for name, value in (("argilla.json", ARGILLA[:1]), ("tasks.json", [task])):
        Path(name).write_text(json.dumps(value), encoding="utf-8")
        assert "is one record" not in shell("import", name, "--as", f"{name}l", "--source", "x")
    Path("plain.json").write_text(json.dumps([{"rows": [{"a": 1}, {"a": 2}]}]), encoding="utf-8")
    assert "(1 record)" in shell("import", "plain.json", "--as", "plain", "--source", "x")
    Path("object.json").write_text(json.dumps({"rows": [{"a": 1}, {"a": 2}]}), encoding="utf-8")
    assert "'rows' instead: dsvc import --records rows, or jq -c '.[\"rows\"][]' object.json" in shell(
        "formats", "object.json"
    )


def test_every_export_of_easy_dataset(shell: Shell) -> None:
    shell("init")
    messages = [{"role": "user", "content": "免息期？"}, {"role": "assistant", "content": "五十天"}]
    thinking = {
        "reasoning_language": "Chinese", "developer": "", "user": "免息期？", "analysis": "查", "final": "五十天",
        "messages": [*messages[:1], {**messages[1], "thinking": "查"}],
    }  # fmt: skip
    alpaca = {"instruction": "免息期？", "input": "", "output": "<think>查</think>\n五十天", "system": ""}
    Path("thinking.json").write_text(
        "\n".join(json.dumps(thinking, ensure_ascii=False, indent=2) for _ in range(2)), encoding="utf-8"
    )
    Path("alpaca.json").write_text(json.dumps([alpaca]), encoding="utf-8")
    write_records("sharegpt.jsonl", {"messages": messages})
    text = json.dumps(messages, ensure_ascii=False).replace('"', '""')
    Path("sharegpt.csv").write_text(f'messages\n"{text}"\n', encoding="utf-8")
    for name, want in (
        ("thinking.json", [thinking] * 2),
        ("alpaca.json", [alpaca]),
        ("sharegpt.jsonl", [{"messages": messages}]),
        ("sharegpt.csv", [{"messages": messages}]),
    ):
        target = name.replace(".", "-")
        told = shell("import", name, "--as", target, "--from", "easy-dataset", "--source", "x")
        assert "exit" not in told, told
        assert records(f"{target}.jsonl") == want
        assert json.loads(Path(f".dsvc/{target}/manifest.json").read_bytes())["sources"][0]["tool"] == "easy-dataset"


def test_what_is_no_export_of_the_tool(shell: Shell) -> None:
    shell("init")
    write_records("a.jsonl", {"a": 1})
    assert shell("import", "a.jsonl", "--from", "label-studio", "--source", "x") == snapshot("""\
! error: cannot read record 1 of 'a.jsonl' as an export of Label Studio: it has no 'data' with 'annotations'
! hint: take the file as it is written: --from jsonl
exit 4
""")
    assert "exit 4" in shell("import", "a.jsonl", "--from", "argilla", "--source", "x")
    Path("taken.json").write_text(json.dumps([{**TASKS[0], "data": {"annotator": 1}}]), encoding="utf-8")
    assert "has a field 'annotator' of its own" in shell("import", "taken.json", "--as", "t", "--source", "x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab中", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "annotations", "result", "value", "completed_by", "id", "fields", "responses", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    record=st.fixed_dictionaries(
        {},
        optional={**dict.fromkeys(TASKS[0], JSON), **dict.fromkeys(ARGILLA[0], JSON), "Comments": JSON, "text": JSON},
    ),
    tool=st.sampled_from(["label-studio", "argilla", "doccano", "easy-dataset", None]),
)
def test_changed_records_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any], tool: str | None
) -> None:
    """Never a traceback, and never fewer records than there were."""
    path = tmp_path_factory.mktemp("tool") / "a.json"
    path.write_text(json.dumps([record, *TASKS[:1], record]), encoding="utf-8")
    try:
        with opened("a.json", path, Wanted(format_name=tool)) as source:
            (part,) = source.parts
            lines = list(part.lines())
    except DsvcError:
        return
    assert len(lines) >= 3


def test_what_they_look_like() -> None:
    assert all(map(label_studio.looks, TASKS))
    assert all(map(argilla.looks, ARGILLA))
    assert not label_studio.looks({"data": "x", "annotations": []})
