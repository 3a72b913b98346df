"""Consumers' own code reads what is exported: ``datasets`` all of it, others where they are installed.

LLaMA-Factory's converter cannot be imported without torch: :func:`llama_factory` encodes what it does with columns and
tags (https://github.com/hiyouga/LLaMA-Factory/blob/main/src/llamafactory/data/parser.py, converter.py).
``pip install mlcroissant transformers jinja2`` for the others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dsvc
from dsvc.errors import BadDataError
from dsvc.exporters.registry import TRAINERS
from dsvc.importers import read
from tests.formats.test_real_files import FILES, FORMATS
from tests.stories.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.repository import Repository

pytestmark = pytest.mark.skipif(not FORMATS.is_dir(), reason="the published files are not on this machine")

CANNOT = {  # file, trainer: why
    ("c4_demo.jsonl", "openai"): "bare texts",
    ("mllm_audio_demo.json", "axolotl"): "pictures or sound",
    ("mllm_demo.json", "axolotl"): "pictures or sound",
    ("mllm_video_demo.json", "axolotl"): "pictures or sound",
    ("v1_multimodal_demo.jsonl", "axolotl"): "pictures or sound",
    ("kto_en_demo.json", "axolotl"): "more than one question",
    ("mllm_demo.json", "openai"): "is a path",
    ("v1_multimodal_demo.jsonl", "openai"): "is a path",
}
SKIPPED = {  # file, trainer: records that are left out
    ("glaive_toolcall_zh_demo.json", "openai"): 2,  # results without a call before them
}
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory, hermetic_environment: Path) -> Repository:
    """A repository with every published file as a dataset of its stem."""
    project = Project.start(tmp_path_factory.mktemp("published") / "work")
    for file in FILES:
        content = b"".join(line.rstrip(b"\n") + b"\n" for line in read(FORMATS / file) if line.strip())
        project.save(f"data/{Path(file).stem}.jsonl", content, licence="Apache-2.0", allow_findings="as published")
    return dsvc.open(project.root)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """``datasets`` with a home of its own, and offline."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        found = pytest.importorskip("datasets")
        found.disable_progress_bars()
        yield found


def exported(repo: Repository, file: str, trainer: str, folder: Path, **how: Any) -> list[Any]:
    """The records of the one data file."""
    how.setdefault("skip_unfit", (file, trainer) in SKIPPED)
    done = repo.export(f"{Path(file).stem}@v1.0", trainer, folder, **how)
    assert done.conversion is not None
    assert done.conversion.left_out == SKIPPED.get((file, trainer), 0)
    (data,) = [name["path"] for name in done.facts["files"] if name["path"].endswith(".jsonl")]
    return [json.loads(line) for line in (folder / data).read_bytes().splitlines()]


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize("file", FILES)
def test_every_file_goes_to_every_trainer_and_loads(
    repo: Repository, library: Any, tmp_path: Path, file: str, trainer: str
) -> None:
    if (file, trainer) in CANNOT:
        with pytest.raises(BadDataError, match=CANNOT[file, trainer]):
            exported(repo, file, trainer, tmp_path / "out")
        assert not [*tmp_path.iterdir()]
        return
    records = exported(repo, file, trainer, tmp_path / "out")
    source = str(tmp_path / "out") if trainer == "trl" else "json"
    data = next(str(path) for path in (tmp_path / "out").glob("*.jsonl"))
    files = {} if trainer == "trl" else {"data_files": data}
    loaded = library.load_dataset(source, split="train", cache_dir=str(tmp_path / "cache"), **files)
    assert [without_nulls(row) for row in loaded] == [without_nulls(record) for record in records]
    if trainer == "openai":
        assert not [problem for record in records for problem in openai_problems(record)]
    if trainer == "llamafactory":
        entry = json.loads((tmp_path / "out" / "dataset_info.json").read_text("utf-8"))[Path(file).stem]
        assert all(llama_factory(without_absent(row, loaded.column_names), entry) for row in loaded)


def without_nulls(value: Any) -> Any:
    """A value without keys that are null: Arrow has them in every record."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def without_absent(row: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in columns}


@pytest.mark.parametrize("file", FILES)
def test_every_file_as_parquet_and_datasets(repo: Repository, library: Any, tmp_path: Path, file: str) -> None:
    name = f"{Path(file).stem}@v1.0"
    records = [record.value for record in repo.snapshot(name)]
    repo.export(name, "parquet", tmp_path / "x.parquet")
    loaded = library.load_dataset(
        "parquet", data_files=str(tmp_path / "x.parquet"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert [without_nulls(row) for row in loaded] == [without_nulls(record) for record in records]
    import pyarrow.parquet as pq

    facts = json.loads(pq.read_schema(tmp_path / "x.parquet").metadata[b"dsvc"])
    assert (facts["revision"], facts["version"]) == (name, repo.version(name).id)
    repo.export(name, "datasets", tmp_path / "folder")
    saved = library.load_from_disk(str(tmp_path / "folder"))
    assert [without_nulls(row) for row in saved] == [without_nulls(record) for record in records]
    assert json.loads(saved.info.description)["revision"] == name


def llama_factory(row: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Whether the converter would take a row: the columns that the entry names, sides that alternate, an answer."""
    columns, tags = entry["columns"], entry.get("tags", {})
    for column in columns.values():
        row[column]  # a column that is named and not there raises KeyError in LLaMA-Factory, too
    if entry["formatting"] == "alpaca":
        if entry.get("ranking"):
            return isinstance(row[columns["chosen"]], str) and isinstance(row[columns["rejected"]], str)
        return "response" not in columns or isinstance(row[columns["response"]], str)
    messages = row[columns["messages"]]
    roles = [message[tags["role_tag"]] for message in messages]
    if roles[0] == tags["system_tag"]:
        del roles[0]
    sides = ((tags["user_tag"], tags["observation_tag"]), (tags["assistant_tag"], tags["function_tag"]))
    ordered = all(role in sides[number % 2] for number, role in enumerate(roles))
    if entry.get("ranking"):
        answers = [row[columns[side]][tags["role_tag"]] for side in ("chosen", "rejected")]
        return ordered and len(roles) % 2 == 1 and all(answer in sides[1] for answer in answers)
    judged = "kto_tag" not in columns or isinstance(row[columns["kto_tag"]], bool)
    return ordered and judged and len(roles) % 2 == 0


def openai_problems(record: dict[str, Any]) -> Iterator[str]:
    """What the checks of OpenAI's cookbook find (examples/Chat_finetuning_data_prep.ipynb), with today's roles."""
    if "preferred_output" in record:
        conversations = [record["input"]["messages"], record["preferred_output"], record["non_preferred_output"]]
    else:
        conversations = [record.get("messages") or []]
    for messages in conversations:
        if not messages:
            yield "missing_messages_list"
        for message in messages:
            if "role" not in message:
                yield "message_missing_key"
            if message.keys() - {"role", "content", "name", "tool_calls", "tool_call_id", "weight", "refusal"}:
                yield "message_unrecognized_key"
            if message.get("role") not in ("system", "user", "assistant", "tool"):
                yield "unrecognized_role"
            if not message.get("content") and not message.get("tool_calls") and message.get("content") != "":
                yield "missing_content"
            for call in message.get("tool_calls") or []:
                if not isinstance(call["function"]["arguments"], str):
                    yield "arguments"
    if not any(message.get("role") == "assistant" for message in conversations[-1]):
        yield "example_missing_assistant_message"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, by mlcroissant
@pytest.mark.parametrize("file", ["alpaca_zh_demo.json", "glaive_toolcall_zh_demo.json", "mllm_demo.json"])
def test_croissant_is_croissant(repo: Repository, file: str) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    place = repo.root / f"{Path(file).stem}.croissant.json"
    repo.export(f"{Path(file).stem}@v1.0", "croissant", place)
    found = mlcroissant.Dataset(str(place))
    assert not found.metadata.ctx.issues.errors
    first = next(iter(found.records(record_set=Path(file).stem)))
    fields = json.loads(place.read_bytes())["recordSet"][0]["field"]
    assert {key.rpartition("/")[2] for key in first} == {field["name"] for field in fields}


@pytest.mark.parametrize("file", ["alpaca_zh_demo.json", "glaive_toolcall_en_demo.json", "dpo_zh_demo.json"])
def test_chat_templates_take_what_trl_gets(repo: Repository, tmp_path: Path, file: str) -> None:
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"x": 0}, unk_token="x"))
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made, chat_template=TEMPLATE)
    for record in exported(repo, file, "trl", tmp_path / "out"):
        messages = record["messages"] if "messages" in record else [*record["prompt"], *record["chosen"]]
        text = tokenizer.apply_chat_template(messages, tools=record.get("tools"), tokenize=False)
        assert all(message["content"] in text for message in messages if message.get("content"))
