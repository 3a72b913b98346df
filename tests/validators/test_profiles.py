"""Consumer profiles: any JSON is judged without a traceback, what is exported for a consumer is accepted by it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dsvc
from dsvc.cli.profiles_reference import page, profiles
from dsvc.exporters.registry import TRAINERS
from dsvc.exporters.trainers import trainer as trainer_of
from dsvc.formats import Conversion
from dsvc.formats import shape as shape_of
from dsvc.formats.json_text import line_of
from dsvc.importers import read
from dsvc.validators.checked import Checked
from dsvc.validators.finding import Place
from dsvc.validators.outcomes import Outcomes
from dsvc.validators.registry import PROFILES, all_rules, profile_of
from dsvc.validators.rule import RecordCheck
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from tests.exporters.test_oracles import CANNOT
from tests.formats.test_real_files import FILES, FORMATS, SETS
from tests.validators.looking import found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.validators.finding import Finding

DOCS = Path(__file__).parents[2] / "docs" / "profiles.md"
real_files = pytest.mark.skipif(not FORMATS.is_dir(), reason="the published files are not on this machine")

KEYS = st.sampled_from(
    [
        "messages",
        "conversations",
        "role",
        "content",
        "from",
        "value",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "tools",
        "system",
        "images",
        "label",
        "text",
        "prompt",
        "completion",
        "chosen",
        "rejected",
        "instruction",
        "input",
        "output",
        "history",
        "kto_tag",
        "weight",
        "loss",
        "type",
        "completions",
        "labels",
        "rejected_response",
        "preferred_output",
        "non_preferred_output",
        "chat_template_kwargs",
        "parallel_tool_calls",
        "query",
        "response",
        "chosen_messages",
        "reasoning_content",
        "id",
        "tool_call_id",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(
        ["", "user", "assistant", "gpt", "human", "system", "tool", "你好", "[1]", '{"name": "f"}', "[{", "null"]
    ),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


def test_the_page_is_up_to_date() -> None:
    assert DOCS.read_text("utf-8") == page(), "python -m dsvc.cli.profiles_reference > docs/profiles.md"


def test_every_trainer_of_an_export_has_a_profile() -> None:
    assert set(PROFILES) == set(TRAINERS)
    assert [profile.name for profile in profiles()] == [*PROFILES]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(JSON, st.dictionaries(KEYS, JSON, max_size=5)), min_size=1, max_size=3))
def test_no_profile_fails_at_any_json(values: list[Any]) -> None:
    records = [
        Checked(json.dumps(value, ensure_ascii=False).encode(), Place("x.jsonl", row, row))
        for row, value in enumerate(values, 1)
    ]
    for rule in all_rules().values():
        if profile_of(rule) is None:
            continue
        check = rule.make(rule.options())
        if isinstance(check, RecordCheck):
            for record in records:
                assert all(one.message for one in check.check(record))
        else:
            conclusion = check.conclude()
            conclusion.take([record.place for record in records], check.summarise(records))
            assert all(one.message for one in conclusion.finish())


@pytest.mark.parametrize("profile", PROFILES)
def test_deep_and_broken_lines_are_judged(profile: str, tmp_path: Path) -> None:
    lines = ['{"messages": []}', f'{{"messages": {"[" * 200}1{"]" * 200}}}', '{"a": \\ud800}', '{"n": 1e999}']
    rules = [rule for rule in all_rules() if rule.startswith(f"{profile}/")]
    assert found(tmp_path, lines, *rules)


def test_what_is_told_first_stands_first_in_the_record(tmp_path: Path) -> None:
    """Not what a set of texts, whose order is another one in each process, has first."""
    keys = [f"key{number}" for number in range(12)]
    message = {"role": "user", "content": "a", **dict.fromkeys(keys, "x")}
    (one,) = found(tmp_path, [json.dumps({"messages": [message]})], "openai/message-unrecognized-key")
    assert one.message == "'key0' is not known (and 11 more in this row)"
    columns = found(
        tmp_path,
        [json.dumps({"a": {"b": dict.fromkeys(keys, 1)}}), json.dumps({"a": {"b": dict.fromkeys(keys, "1")}})],
        "llamafactory/column-types",
    )
    assert [column.path for column in columns] == [f"a.b.{key}" for key in keys]
    assert {column.message for column in columns} == {"a text in 1 row, where others have a number"}


def judged(path: Path, profile: str) -> tuple[Counter[str], list[Finding], Outcomes]:
    """What a profile tells of a file: rules of rows that are not taken as they are, all findings, and the rows."""
    validation = Validation(dsvc.open_file(path), Selection(profiles=(profile,), topics=("profile",)), processes=1)
    outcomes = Outcomes([profile])
    findings = list(validation)
    for finding in findings:
        outcomes.add(finding)
    return Counter(finding.rule for finding in findings if finding.outcome is not None), findings, outcomes


def written(folder: Path, lines: Iterable[bytes]) -> Path:
    path = folder / "data.jsonl"
    path.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines if line.strip()))
    return path


@real_files
@pytest.mark.parametrize("file", [file for file in FILES if file != "medical_o1_demo.json"])
def test_llama_factory_takes_its_own_demo_files_as_they_are(file: str, tmp_path: Path) -> None:
    """Nothing in them is altered: those with calls are ShareGPT, or native v1, not ``formatting: openai``."""
    rules, _, _ = judged(written(tmp_path, read(FORMATS / file)), "llamafactory")
    assert not rules


@real_files
def test_a_shape_that_is_not_read_is_one_finding_with_a_way_out(tmp_path: Path) -> None:
    rules, (finding,), outcomes = judged(written(tmp_path, read(FORMATS / "medical_o1_demo.json")), "llamafactory")
    assert rules == {"llamafactory/unreadable-shape": 1}
    assert finding.message.startswith("all 198 rows of 'data.jsonl' are of shape complex-cot")
    assert finding.fix == "dsvc convert FILE --to sharegpt, or dsvc export DATASET --to llamafactory"
    assert not outcomes.tallies(198)[0].runs


@real_files
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("file", FILES)
def test_what_is_exported_for_a_consumer_is_taken_by_it(file: str, profile: str, tmp_path: Path) -> None:
    """Records in the shape that an export chooses: no row is dropped, none ends the run."""
    if (file, profile) in CANNOT:
        return
    trainer = trainer_of(profile)
    source = shape_of(FILES[file])
    target = source.name if source.name in trainer.reads else _target(trainer, source.kind)
    conversion = Conversion(target, source.name, skip=True, demands=trainer.demands(target, set()))
    lines = [*conversion.lines([line for line in read(FORMATS / file) if line.strip()], file)]
    assert lines
    assert untaken(written(tmp_path, lines), profile) == set()


def untaken(path: Path, profile: str) -> set[str]:
    """The rules that tell of rows that are dropped, or end the run."""
    _, findings, _ = judged(path, profile)
    return {finding.rule for finding in findings if finding.outcome in ("aborts", "dropped")} - {
        "openai/too-few-examples"
    }


def _target(trainer: Any, kind: Any) -> str:
    from dsvc.formats.fit import possible

    if kind in trainer.targets:
        return str(trainer.targets[kind])
    return next(str(target) for other, target in trainer.targets.items() if possible(kind, other))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_examples_of_the_shapes_that_a_consumer_reads_are_taken(profile: str, tmp_path: Path) -> None:
    trainer = trainer_of(profile)
    for name in trainer.reads:
        for example in shape_of(name).examples:
            conversion = Conversion(name, name, skip=True, demands=trainer.demands(name, set()))
            lines = [*conversion.lines([line_of(example)], name)]
            assert not lines or not untaken(written(tmp_path, lines), profile), name


@real_files
@pytest.mark.parametrize(
    ("file", "profile", "expected"),
    [
        ("huatuo_medical_zh.json", "llamafactory", {}),
        ("gsm8k_test.jsonl", "llamafactory", {}),
        ("gsm8k_test.jsonl", "ms-swift", {}),
        ("gsm8k_test.jsonl", "trl", {"trl/unreadable-shape": 1}),
        ("toolformer_similarity_0.9.json", "llamafactory", {"llamafactory/unreadable-shape": 1}),
        ("toolformer_similarity_0.9.json", "ms-swift", {}),
    ],
)
def test_larger_sets(file: str, profile: str, expected: dict[str, int], tmp_path: Path) -> None:
    rules, _, _ = judged(written(tmp_path, read(SETS / file)), profile)
    assert rules == expected
