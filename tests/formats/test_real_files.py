"""Published files, one of each shape: told, converted to every shape that can hold them, and back."""

from __future__ import annotations

import json
from functools import cache

import pytest

from dsvc.errors import BadDataError
from dsvc.formats import Conversion, shape, targets_of
from dsvc.formats.detection import Survey
from dsvc.importers import read
from dsvc.record import parse
from tests.stories.project import DATA

FORMATS, SETS = DATA / "formats", DATA / "sets"
pytestmark = pytest.mark.skipif(not FORMATS.is_dir(), reason="the published files are not on this machine")

FILES = {
    "alpaca_en_demo.json": "alpaca",
    "alpaca_zh_demo.json": "alpaca",
    "identity.json": "alpaca",
    "c4_demo.jsonl": "pretrain",
    "dpo_zh_demo.json": "preference-sharegpt",
    "glaive_toolcall_en_demo.json": "sharegpt",
    "glaive_toolcall_zh_demo.json": "sharegpt",
    "sharegpt_dummy.json": "sharegpt",
    "kto_en_demo.json": "kto",
    "medical_o1_demo.json": "complex-cot",
    "mllm_audio_demo.json": "multimodal",
    "mllm_demo.json": "multimodal",
    "mllm_video_demo.json": "multimodal",
    "reason_tool_use_demo_50.jsonl": "llamafactory-v1",
    "v1_dpo_demo.jsonl": "preference-v1",
    "v1_multimodal_demo.jsonl": "llamafactory-v1",
    "v1_sft_demo.jsonl": "llamafactory-v1",
}
LEFT_OUT = {  # file, target: records that the target cannot hold, for a reason that was looked at
    ("glaive_toolcall_zh_demo.json", "openai"): 2,  # results without a call before them
}
CONVERSIONS = [(file, target) for file, source in FILES.items() for target in targets_of(source)]
NEEDS_A_FILE = ("image-caption", "audio-summary")


@cache
def lines(file: str) -> tuple[bytes, ...]:
    return tuple(line for line in read(FORMATS / file) if line.strip())


def test_every_file_is_looked_at() -> None:
    assert {path.name for path in FORMATS.iterdir()} == {*FILES, "dataset_info.json"}


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_of_one_shape(file: str) -> None:
    survey = Survey()
    survey.look(lines(file), "renamed.bin")
    assert [(one.shape, one.records) for one in survey.found()] == [(FILES[file], len(lines(file)))]


@pytest.mark.parametrize(
    ("file", "name"), [("gsm8k_train.jsonl", "question-answer"), ("huatuo_medical_zh.json", "alpaca")]
)
def test_larger_sets(file: str, name: str) -> None:
    survey = Survey()
    survey.look(read(SETS / file), file)
    assert [one.shape for one in survey.found()] == [name]


@pytest.mark.parametrize("file", ["toolformer_dedupe_only.json", "toolformer_similarity_0.9.json"])
def test_sets_with_a_name_of_their_own_for_the_answer(file: str) -> None:
    conversion = Conversion("openai", rename={"response": "output"})
    made = [*conversion.lines(read(SETS / file), file, counted="record")]
    assert [name for name, _, _ in conversion.census.counts()] == ["alpaca"]
    assert (len(made), conversion.told.lost_records) == (conversion.records, 0)


@pytest.mark.parametrize("file", FILES)
def test_the_model_takes_every_record(file: str) -> None:
    model = shape(FILES[file]).model
    for line in lines(file):
        model.model_validate(json.loads(line))


@pytest.mark.parametrize(("file", "target"), CONVERSIONS)
def test_a_file_in_every_shape(file: str, target: str) -> None:
    there = Conversion(target, skip=True)
    written = [*there.lines(lines(file), file, counted="record")]
    if shape(target).name not in NEEDS_A_FILE and shape(target).kind == shape(FILES[file]).kind:
        assert there.told.lost_records or len(there.skipped) == LEFT_OUT.get((file, target), 0)
    if there.told.entries or there.skipped:
        return
    back = Conversion(FILES[file], target)
    assert [parse(one.strip()) for one in back.lines(written, "back")] == [parse(one.strip()) for one in lines(file)]
    assert back.told.lost_records == 0


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("identity.json", "sharegpt"),
        ("sharegpt_dummy.json", "openai"),
        ("sharegpt_dummy.json", "alpaca"),
        ("glaive_toolcall_en_demo.json", "trl"),
        ("glaive_toolcall_zh_demo.json", "multimodal"),
        ("dpo_zh_demo.json", "preference-trl"),
        ("dpo_zh_demo.json", "preference-openai"),
        ("kto_en_demo.json", "unpaired-trl"),
        ("medical_o1_demo.json", "distillation"),
        ("medical_o1_demo.json", "trl"),
        ("mllm_demo.json", "openai"),
        ("mllm_demo.json", "alpaca"),
        ("mllm_video_demo.json", "llamafactory-v1"),
        ("reason_tool_use_demo_50.jsonl", "sharegpt"),
        ("v1_dpo_demo.jsonl", "preference-implicit"),
        ("v1_multimodal_demo.jsonl", "multimodal"),
    ],
)
def test_what_loses_nothing_at_all(file: str, target: str) -> None:
    there = Conversion(target)
    assert [*there.lines(lines(file), file)]
    assert there.told.entries == []


def test_one_bad_record_is_named() -> None:
    with pytest.raises(BadDataError, match="cannot convert record 198 of 'x': 'tool_call_id' a result without a call"):
        [*Conversion("openai").lines(lines("glaive_toolcall_zh_demo.json"), "x", counted="record")]
