"""Rules of a team's own: from another package, from a file of patterns, from a JSON Schema, from a pydantic model."""

from __future__ import annotations

import json
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import dsvc
from dsvc import regular_expression
from dsvc.cli.diagnostics import run
from dsvc.errors import OwnRuleError, UsageError
from dsvc.validators.registry import all_rules
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection, choose
from dsvc.validators.settings import DatasetSettings, ValidateSettings, located, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.validators.finding import Finding

RULES = """\
[[rule]]
id = "internal-names"
severity = "error"
title = "a name of an internal system"
field = "messages[*].content"
pattern = 'HERMES-\\d+'
not_pattern = '公开'
fix = "call it 'our system'"

[[rule]]
id = "polite-answer"
field = "output"
not_pattern = '(?i)please|请'
when = "label=fees"
message = "an answer about fees says please"
"""


def look(
    folder: Path, settings: ValidateSettings, *records: Any, processes: int = 1, only: tuple[str, ...] = ()
) -> list[Finding]:
    file = folder / "data.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return list(Validation(dsvc.open_file(file), Selection(settings, only=only, topics=("own",)), processes=processes))


def messages(found: list[Finding]) -> list[tuple[str, int, str, str]]:
    return [(f.rule, f.place.row if f.place else 0, f.path, f.message) for f in found]


def test_patterns(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    settings = located(ValidateSettings(patterns=("rules.toml",)), tmp_path)
    records = (
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ask HERMES-12"}]},
        {"messages": [{"role": "HERMES-1", "content": "HERMES-3 已公开"}]},
        {"output": "It is free.", "label": "fees"},
        {"output": "请稍候。", "label": "fees"},
        {"output": "It is free.", "label": "cards"},
        {"output": ["no text"], "label": "fees"},
    )
    expected = [
        ("internal-names", 1, "messages[1].content", "a name of an internal system: 'HERMES-12'"),
        ("polite-answer", 3, "output", "an answer about fees says please: 'It is free.'"),
    ]
    found = look(tmp_path, settings, *records)
    assert messages(found) == expected
    assert [(f.severity, f.fix) for f in found] == [("error", "call it 'our system'"), ("warning", "")]
    assert messages(look(tmp_path, settings, *records, processes=2)) == expected, "other processes make the same rules"
    assert {"internal-names", "polite-answer"} <= {each.rule.id for each in choose(Selection(settings))}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[[rule]]\nid = 'a'\n", "neither 'pattern' nor"),
        ("[[rule]]\nid = 'a'\npattern = '('\n", "rule 'a'"),
        ("[[rule]]\nid = 'Not OK'\npattern = 'x'\n", "an id is"),
        ("[[rule]]\nid = 'a'\npatern = 'x'\n", r"^rule 'a' in '.*' cannot be used: there is no setting 'patern'$"),
        ("[[rule]]\npattern = 'x'\n", r"^rule 1 in '.*' cannot be used: it lacks 'id'$"),
        ("[[rule]]\nid = 'a'\npattern = 3\n", r"^rule 'a' in '.*' cannot be used: 'pattern' is a whole number$"),
        ("[[rule]]\nid = 'a'\npattern = 'x'\nwhen = 'label==x'\n", "'label==x' has two signs of equality"),
        ("[rule]\nid = 'a'\n", r"begins with \[\[rule\]\]"),
        ("id = 'a'\n", "'id' outside of any"),
        ("[[rule]]\nid = 'a'\npattern = 'x'\nseverity = 'fatal'\n", "'severity' is 'fatal'"),
        ("[[rule]]\nid = 'a'\npattern = 'x'\nwhen = 'n>many'\n", "'many' is not a number"),
        ("[[rule]]\nid = 'syntax'\npattern = 'x'\n", "there is a rule 'syntax' already"),
        ("[[rule", "rules.toml"),
    ],
)
def test_a_wrong_file_of_patterns_is_named(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "rules.toml").write_text(content)
    with pytest.raises(UsageError, match=told):
        choose(Selection(located(ValidateSettings(patterns=("rules.toml",)), tmp_path)))


@pytest.mark.parametrize("asked", ["pattern = '(a|aa)+$'", "pattern = 'a'\nwhen = 'a~(a|aa)+$'"])
def test_a_pattern_that_comes_to_no_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    """In any thread: the terminal UI looks in one, and Python's own search would hold all of them up."""
    monkeypatch.setattr(regular_expression, "SECONDS", 0.1)
    (tmp_path / "rules.toml").write_text(f"[[rule]]\nid = 'runaway'\n{asked}\n")
    settings = located(ValidateSettings(patterns=("rules.toml",)), tmp_path)
    records = {"a": "aa"}, {"a": "a" * 60 + "b"}

    def search() -> None:
        with pytest.raises(OwnRuleError, match=r"^rule 'runaway' comes to no end at row 2 of '") as raised:
            look(tmp_path, settings, *records)
        assert str(raised.value.hint).startswith("say it without a repetition in a repetition: '")
        assert "(a|aa)+$'" in str(raised.value.hint)
        assert str(raised.value.hint).endswith(", or leave it out: --skip runaway")
        sent = pickle.loads(pickle.dumps(raised.value))
        assert (sent.message, sent.hint, sent.rule) == (raised.value.message, raised.value.hint, "runaway")

    search()
    with ThreadPoolExecutor() as threads:
        threads.submit(search).result()


def test_a_rule_of_a_teams_own_is_explained_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dsvc.init(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    (tmp_path / "dsvc.toml").write_text("[validate]\npatterns = ['rules.toml']\n")
    capsys.readouterr()
    assert run(["validate", "--rule", "polite-answer"]) == 0
    told = capsys.readouterr().out
    assert "looks for:\n    when = label=fees\n    field = output\n    not_pattern = (?i)please|请\n" in told
    assert "rules.toml" in told
    assert "found in:" not in told


def test_another_pattern_is_another_check(tmp_path: Path) -> None:
    """Kept findings are those of the rule as it was: the fingerprint tells."""

    def fingerprint(text: str) -> str:
        (tmp_path / "rules.toml").write_text(f"[[rule]]\nid = 'own'\npattern = '{text}'\n")
        settings = located(ValidateSettings(patterns=("rules.toml",)), tmp_path)
        return choose(Selection(settings, only=("own",)))[0].fingerprint

    assert fingerprint("a") == fingerprint("a") != fingerprint("b")


SCHEMA = {
    "type": "object",
    "required": ["问题"],
    "properties": {
        "问题": {"type": "string", "minLength": 1},
        "turns": {"type": "array", "items": {"$ref": "#/$defs/n"}},
    },
    "$defs": {"n": {"type": "integer"}},
}


def test_a_json_schema(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    found = look(
        tmp_path, settings, {"问题": "好", "turns": [1, 2]}, {"问题": ""}, {"问题": "x", "turns": [1, "2"]}, {}
    )
    assert [(rule, row, path) for rule, row, path, _ in messages(found)] == [
        ("schema", 2, "问题"),
        ("schema", 3, "turns[1]"),
        ("schema", 4, ""),
    ]
    assert "'问题' is a required property" in found[-1].message
    assert {f.severity for f in found} == {"error"}


def test_a_schema_never_goes_to_the_network(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps({"$ref": "http://127.0.0.1:9/other.json"}))
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    with pytest.raises(UsageError, match="refers to what is not in it"):
        look(tmp_path, settings, {"a": 1})
    (tmp_path / "schema.json").write_text('{"type": 3}')
    with pytest.raises(UsageError, match=r"schema\.json"):
        look(tmp_path, settings, {"a": 1})


MODEL = """\
from pydantic import BaseModel, Field

class Turn(BaseModel):
    role: str
    content: str = Field(min_length=1)

class Chat(BaseModel):
    messages: list[Turn]
    score: int | str = 0
"""


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where Python finds modules; what was imported from it is forgotten."""
    before = {*sys.modules}
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in {*sys.modules} - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_a_pydantic_model(importable: Path) -> None:
    (importable / "our_records.py").write_text(MODEL)
    settings = ValidateSettings(model="our_records:Chat")
    good = {"messages": [{"role": "user", "content": "你好"}]}
    bad = {"messages": [{"role": "user", "content": ""}, {"role": "user"}], "score": [1]}
    for processes in (1, 2):
        found = look(importable, settings, good, bad, only=("model",), processes=processes)
        assert [(f.rule, f.place.row if f.place else 0, f.path) for f in found] == [
            ("model", 2, "messages[0].content"),
            ("model", 2, "messages[1].content"),
            ("model", 2, "score"),
            ("model", 2, "score"),
        ]
    for named, told in (
        ("our_records", "is no model"),
        ("our_records:Nope", "no pydantic model"),
        ("nowhere:A", "cannot be imported"),
    ):
        with pytest.raises(UsageError, match=told):
            choose(Selection(ValidateSettings(model=named)))


def test_a_model_in_the_repository_is_not_run_because_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trap.py").write_text("raise SystemExit('ran')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", ".")])
    with pytest.raises(UsageError, match="cannot be imported"):
        choose(Selection(ValidateSettings(model="trap:Model")))


FAULTY = """\
import pickle
import sys
from pydantic import BaseModel, field_validator

print("hello from the module")

class Case(BaseModel):
    a: int

    @field_validator("a")
    def look(cls, value):
        print("looking at", value)
        if value == 3:
            raise RuntimeError("boom")
        if value == 4:
            sys.exit(3)
        return value
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_faults_of_a_model_are_told_as_its_own(importable: Path, processes: int) -> None:
    (importable / "faulty.py").write_text(FAULTY)
    (importable / "quits.py").write_text("raise SystemExit(3)")
    settings = ValidateSettings(model="faulty:Case")
    for value, told in ((3, "RuntimeError: boom"), (4, "SystemExit: 3")):
        fact = rf"^the model 'faulty:Case' fails at row 2 of '.*data\.jsonl': {told}$"
        with pytest.raises(UsageError, match=fact) as raised:
            look(importable, settings, {"a": 1}, {"a": value}, only=("model",), processes=processes)
        assert raised.value.hint == "mend the model, or leave it out: --skip model"
    with pytest.raises(UsageError, match=r"^the module of the model 'quits:A' cannot be imported: SystemExit: 3$"):
        choose(Selection(ValidateSettings(model="quits:A")))


def test_what_a_model_prints_spoils_no_report(
    importable: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (importable / "faulty.py").write_text(FAULTY)
    (importable / "data.jsonl").write_text('{"a": 1}\n{"a": "x"}\n')
    monkeypatch.chdir(importable)
    dsvc.init(".")
    (importable / "dsvc.toml").write_text('[validate]\nmodel = "faulty:Case"\n')
    assert run(["validate", "data.jsonl", "--json", "--only", "model"]) == 1
    out, err = capfd.readouterr()
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["finding", "summary"]
    assert "hello from the module\nlooking at 1\n" in err


def test_a_rule_of_a_package_that_raises_is_named(importable: Path) -> None:
    try:
        install(importable, "yak_rules:RULE", RULE_PACKAGE.replace("if ", "assert len(record.fields) == 1\n    if "))
        all_rules.cache_clear()
        with pytest.raises(UsageError, match=r"^rule 'no-yaks' fails at row 2 of '.*': AssertionError$"):
            look(importable, ValidateSettings(), {"cow": 1}, {"yak": 1, "cow": 2})
    finally:
        (importable / "yak_rules-1.0.dist-info" / "entry_points.txt").unlink()
        all_rules.cache_clear()


def test_faults_of_a_schema_are_told_as_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    with pytest.raises(UsageError, match=r"^there is no schema '.*/schema\.json'$") as raised:
        choose(Selection(settings))
    assert raised.value.hint == "put it there, or let 'validate.schema' in the settings name another one"
    (tmp_path / "schema.json").write_text('{"$ref": "#"}')
    with pytest.raises(UsageError, match=r"schema\.json' comes to no end at row 1 of '") as raised:
        look(tmp_path, settings, {"a": 1})
    assert raised.value.hint is not None
    assert "$ref" in raised.value.hint
    monkeypatch.setattr(regular_expression, "SECONDS", 0.1)
    (tmp_path / "other.json").write_text('{"properties": {"a": {"pattern": "^(a|aa)+$"}}}')
    other = located(ValidateSettings(schema="other.json"), tmp_path)
    assert messages(look(tmp_path, other, {"a": "aa"}, {"a": "b"})) == [
        ("schema", 2, "a", "'b' does not match '^(a|aa)+$'")
    ]
    with pytest.raises(UsageError, match=r"other\.json' comes to no end at row 1 of '.*search for '\^\(a\|aa\)"):
        look(tmp_path, other, {"a": "a" * 60 + "b"})
    (tmp_path / "schema.json").unlink()
    (tmp_path / "schema.json").mkdir()
    with pytest.raises(UsageError, match="is no file"):
        choose(Selection(settings))
    missing = located(ValidateSettings(patterns=("none.toml",)), tmp_path)
    with pytest.raises(UsageError, match=r"^there is no file of rules '.*/none\.toml'$"):
        choose(Selection(missing))


ENDLESS = "^(a|aa)+$"
DRAFTS = [None, *(f"http://json-schema.org/draft-0{number}/schema#" for number in (3, 4, 6, 7))]
DRAFTS += [f"https://json-schema.org/draft/{draft}/schema" for draft in ("2019-09", "2020-12")]


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"b": {"$ref": "#"}, "a": {"pattern": ENDLESS}}},
        {"properties": {"b": {"$ref": "#"}}, "patternProperties": {ENDLESS: {"type": "string"}}},
        {"additionalProperties": False, "properties": {"b": {"$ref": "#"}}, "patternProperties": {ENDLESS: {}}},
    ],
)
def test_no_pattern_of_a_schema_runs_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draft: str | None, schema: dict[str, Any]
) -> None:
    """Neither where the schema refers to itself, whatever draft it says that it is of."""
    monkeypatch.setattr(regular_expression, "SECONDS", 0.05)
    (tmp_path / "schema.json").write_text(json.dumps({**({"$schema": draft} if draft else {}), **schema}))
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    long = "a" * 32 + "b"
    record = {"b": {"a": long}} if "a" in schema["properties"] else {"b": {long: 1}}
    with pytest.raises(UsageError, match=r"schema\.json' comes to no end at row 1 of '.*search for '\^\(a\|aa\)"):
        look(tmp_path, settings, record)


DRAFT_7 = "http://json-schema.org/draft-07/schema"


@pytest.mark.parametrize("draft", [DRAFT_7, f"{DRAFT_7}#"])
def test_the_patterns_of_a_part_that_tells_its_draft_are_stopped_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draft: str
) -> None:
    monkeypatch.setattr(regular_expression, "SECONDS", 0.05)
    part = {"$schema": draft, "$id": "部分", "properties": {"$schema": {"pattern": ENDLESS}}}
    schema = {"$schema": f"{DRAFT_7}#", "properties": {"内": {"$ref": "#/definitions/p"}}, "definitions": {"p": part}}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    assert not messages(look(tmp_path, settings, {"内": {"$schema": "aa"}}))
    with pytest.raises(UsageError, match=r"schema\.json' comes to no end at row 1 of '"):
        look(tmp_path, settings, {"内": {"$schema": "a" * 32 + "b"}})


def test_a_part_of_another_draft_is_refused(tmp_path: Path) -> None:
    part = {"$schema": "http://json-schema.org/draft-04/schema#"}
    (tmp_path / "schema.json").write_text(json.dumps({"allOf": [{"const": part}, part]}))
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    with pytest.raises(UsageError, match=r"has a part of another draft: \$schema is 'http.*draft-04") as raised:
        choose(Selection(settings))
    assert (
        raised.value.hint == "write all of it in the draft of the whole: https://json-schema.org/draft/2020-12/schema"
    )


@pytest.mark.parametrize("draft", DRAFTS)
def test_fields_by_pattern(tmp_path: Path, draft: str | None) -> None:
    schema = {
        **({"$schema": draft} if draft else {}),
        "additionalProperties": False,
        "properties": {"内": {"$ref": "#"}},
        "patternProperties": {"^x": {"type": "string"}, "注$": {"additionalProperties": {"type": "integer"}}},
    }
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    settings = located(ValidateSettings(schema="schema.json"), tmp_path)
    records = (
        {"x": "1", "内": {"xy": "2"}, "备注": {"n": 1}},
        {"内": {"x": 1}},
        {"y": 1, "x": "1"},
        {"备注": {"n": "1"}},
    )
    assert messages(look(tmp_path, settings, *records)) == [
        ("schema", 2, "内.x", "1 is not of type 'string'"),
        ("schema", 3, "", "Additional properties are not allowed ('y' was unexpected)"),
        ("schema", 4, "备注.n", "'1' is not of type 'integer'"),
    ]


RULE_PACKAGE = """\
from dsvc.validators.rule import Example, Found, RecordCheck, Rule

def look(record):
    if "yak" in record.fields:
        yield Found("there is a yak", ("yak",))

RULE = Rule(id="no-yaks", topic="own", severity="error", title="a yak", why="They shed.",
            example=Example(('{"yak": 1}',), ('{"cow": 1}',)), make=lambda options: RecordCheck(look))
NOT_ONE = "a text"
TAKEN = Rule(id="syntax", topic="own", severity="error", title="a", why="b.", example=Example((), ()), make=RULE.make)
"""


def install(folder: Path, value: str, source: str = RULE_PACKAGE) -> None:
    """A distribution with an entry point, as pip would put it there."""
    (folder / "yak_rules.py").write_text(source)
    info = folder / "yak_rules-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: yak-rules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[dsvc.rules]\nyaks = {value}\n")


def test_rules_of_another_package(importable: Path) -> None:
    try:
        install(importable, "yak_rules:RULE")
        all_rules.cache_clear()
        for processes in (1, 2):
            found = look(importable, ValidateSettings(), {"cow": 1}, {"yak": 1}, processes=processes)
            assert messages(found) == [("no-yaks", 2, "yak", "there is a yak")]
        for value, told in (
            ("yak_rules:NOT_ONE", "gives a rule that is none"),
            ("yak_rules:TAKEN", "'syntax', which is there already"),
            ("yak_rules:GONE", "cannot be loaded"),
        ):
            install(importable, value)
            all_rules.cache_clear()
            with pytest.raises(UsageError, match=told):
                all_rules()
    finally:
        (importable / "yak_rules-1.0.dist-info" / "entry_points.txt").unlink()
        all_rules.cache_clear()


def test_a_dataset_may_say_otherwise() -> None:
    general = ValidateSettings(
        profile=("a",),
        severity={"x": "error", "y": "note"},
        options={"r": {"most": 1, "field": "label"}},
        datasets={"bank": DatasetSettings(profile=("b",), severity={"x": "note"}, options={"r": {"most": 2}})},
    )
    bank = settings_of(general, "bank")
    assert bank.profile == ("b",)
    assert bank.severity == {"x": "note", "y": "note"}
    assert bank.options == {"r": {"most": 2, "field": "label"}}
    assert bank.baseline == "dsvc-baseline-bank.jsonl"
    assert settings_of(general, "other").profile == ("a",)
    assert settings_of(general, None).severity == {"x": "error", "y": "note"}
