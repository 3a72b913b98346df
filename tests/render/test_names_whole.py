"""Tables name things whole, however long a name is: two that differ at their end must not look alike."""

from __future__ import annotations

import pytest

from dsvc.render.findings_text import report_lines
from dsvc.render.pilot_text import strata_lines
from dsvc.render.style import PLAIN
from dsvc.sampling.rule import Rule
from dsvc.sampling.strata import Stratum
from tests.validators.made_up import finding, report_on

LONG = ("category/" + "very/" * 12 + "long", "医疗健康领域样本之慢性病用药咨询与复诊提醒问答" * 2)


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("name", LONG)
def test_a_path_of_a_finding_is_told_whole(name: str, columns: int) -> None:
    found = [finding("what is wrong", path=name, row=1), finding("the same again", path=name, row=2)]
    told = [*report_lines(report_on(found), PLAIN, columns)]
    assert sum(name in line for line in told) == 2
    assert any("what is wrong" in line for line in told)
    assert any("the same again" in line for line in told)


@pytest.mark.parametrize("name", LONG)
def test_a_group_of_a_pilot_is_told_whole(name: str) -> None:
    rule = Rule(stratify=("label",))
    told = [*strata_lines(rule, [Stratum(values=(name,), records=1, candidates=2)])]
    assert sum(name in line for line in told) == 1
