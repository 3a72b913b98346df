"""Gates: bounds that hold, bounds that do not, and figures that nobody measured."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import dsvc
from dsvc.errors import UsageError
from dsvc.repository.gating import class_counts, measured
from dsvc.repository.settings import read_settings
from dsvc.validators.gates import GATES, GateSettings, Measured, verdicts
from tests.validators.looking import found

if TYPE_CHECKING:
    from pathlib import Path


def settings(**given: Any) -> GateSettings:
    return msgspec.convert(given, GateSettings)


def failing(given: GateSettings, figures: Measured) -> list[str]:
    return [verdict.gate for verdict in verdicts(given, figures) if verdict.failed]


def test_the_bounds_of_practice() -> None:
    good = Measured(
        errors=0, introduced=0, class_share=0.8, spot_check=0.1, accuracy=0.95, agreement=0.9, disagreement=0.1
    )
    assert failing(GateSettings(), good) == []
    bad = Measured(
        errors=1, introduced=1, class_share=0.81, spot_check=0.09, accuracy=0.94, agreement=0.89, disagreement=0.11
    )
    assert failing(GateSettings(), bad) == [gate.name for gate in GATES if gate.name not in ("warnings", "drift")]


def test_what_nobody_measured_fails_only_where_it_is_required() -> None:
    nothing = Measured()
    assert failing(GateSettings(), nothing) == []
    assert {verdict.outcome for verdict in verdicts(GateSettings(), nothing)} == {"not measured"}
    assert failing(settings(accuracy={"bound": 0.9, "required": True}), nothing) == ["accuracy"]
    assert len(failing(settings(required=True), nothing)) == len(verdicts(GateSettings(), nothing))


def test_a_gate_can_be_turned_off_and_on() -> None:
    names = [verdict.gate for verdict in verdicts(settings(errors=False, warnings=10, drift=0.2), Measured())]
    assert "errors" not in names
    assert {"warnings", "drift"} <= {*names}
    assert failing(settings(warnings=10), Measured(warnings=11)) == ["warnings"]
    assert failing(settings(class_share=True), Measured(class_share=0.9)) == ["class_share"], "true is the usual bound"


def test_a_misspelt_gate_is_told(tmp_path: Path) -> None:
    (tmp_path / "dsvc.toml").write_text("[gates]\nclass_shares = 0.9\n")
    with pytest.raises(UsageError, match="class_shares"):
        read_settings(tmp_path)
    (tmp_path / "dsvc.toml").unlink()
    (tmp_path / "pyproject.toml").write_text("[tool.dsvc.gates]\nclass_share = 0.9\naccuracy = {bound = 0.5}\n")
    assert failing(read_settings(tmp_path).gates, Measured(class_share=0.85, accuracy=0.4)) == ["accuracy"]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("accuracy = 95", "95 is no share from 0 to 1"),
        ("class_share = {bound = 1.5, required = true}", "1.5 is no share"),
        ("drift = -0.1", "-0.1 is no share"),
        ("agreement = nan", "nan is no share"),
        ("errors = -1", "-1 is no number of findings"),
        ("warnings = inf", "inf is no number of findings"),
    ],
)
def test_a_bound_that_nothing_could_keep_is_refused(tmp_path: Path, setting: str, told: str) -> None:
    (tmp_path / "dsvc.toml").write_text(f"[gates]\n{setting}\n", "utf-8")
    with pytest.raises(UsageError, match=told) as caught:
        read_settings(tmp_path)
    name = setting.partition(" ")[0]
    assert f"'gates.{name}'" in caught.value.message
    assert f"write {name} = " in str(caught.value.hint)
    (tmp_path / "dsvc.toml").write_text("[gates]\naccuracy = 1\nspot_check = 0\nerrors = 3\ndrift = true\n", "utf-8")
    assert read_settings(tmp_path).gates.accuracy == 1


def test_classes_are_counted_by_a_field_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text(
        '{"meta": {"标签": "费用"}}\n' * 9 + '{"meta": {"\\u6807\\u7b7e": "卡"}}\n' + '{"other": 1}\n', "utf-8"
    )
    snapshot = dsvc.open_file(file)
    assert class_counts(snapshot, "meta.标签").counts == {"费用": 9, "卡": 1}
    figures = measured(settings(class_field="meta.标签", drift=0.1), snapshot, snapshot, Counter(error=2), None)
    assert (figures.class_share, figures.errors, figures.drift) == (0.9, 2, 0.0)
    assert figures.details["class_share"] == "费用"
    assert "no version before" in figures.reasons["introduced"]
    without = measured(settings(), snapshot, None, Counter(), None)
    assert without.class_share is None
    assert "label" in without.reasons["class_share"]


def test_one_odd_record_is_no_other_dataset(tmp_path: Path) -> None:
    """The drift is of all records, with a field or without: 1 of 500 has another name of it, and a list elsewhere."""
    records: list[dict[str, object]] = [
        {"q": f"问题 {n:04}", "input": "", "output": f"答案 {n:04}"} for n in range(500)
    ]
    odd = [*records[1:], {"q": "问题 0000", "input": ["x"], "ouput": "答案 0000"}]
    for name, lines in (("old", records), ("new", odd)):
        (tmp_path / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    old, new = (dsvc.open_file(tmp_path / name) for name in ("old", "new"))
    figures = measured(settings(drift=0.2), new, old, Counter(), None)
    assert figures.drift == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("labels", "share", "label"),
    [
        ([*(f"a>b{n}" for n in range(38)), "c", "d"], 0.95, "a"),
        ([*(["a", f"b{n}"] for n in range(38)), ["c"], ["d"]], 0.95, "a"),
        (["a"] * 30, 1.0, "a"),
        (["a>b"] * 30, 1.0, "a>b"),
        ([f"text {n}" for n in range(5000)], 1 / 5000, None),
        ([*(f"text {n}" for n in range(5000)), *["a"] * 95_000], 0.95, "a"),
        (["a"] * 3, None, None),
    ],
)
def test_the_rule_and_the_gate_have_one_measure(
    tmp_path: Path, labels: list[Any], share: float | None, label: str | None
) -> None:
    lines = [json.dumps({"label": one}) for one in labels]
    told = [finding.message for finding in found(tmp_path, lines, "class-share")]
    figures = measured(settings(), dsvc.open_file(tmp_path / "data.jsonl"), None, Counter(), None)
    assert figures.class_share == share
    if label is None:
        assert told == []
    else:
        assert figures.details["class_share"] == label
        assert [f"{share:.0%} of the labels are '{label}'" in one for one in told] == [True]
