"""Messages of the library name options; in a form they name its fields."""

from __future__ import annotations

import pytest

from dsvc_tui.exporting import ANSWERS_BY_OPTION, Wanted
from dsvc_tui.exporting import FIELDS_BY_OPTION as OF_EXPORT
from dsvc_tui.importing import FIELDS_BY_OPTION as OF_IMPORT
from dsvc_tui.importing import Given
from dsvc_tui.in_fields import in_fields
from dsvc_tui.screens.export import ExportScreen
from dsvc_tui.screens.importing import ImportScreen


@pytest.mark.parametrize(
    ("said", "here"),
    [
        ("if each line is one: --from jsonl", "if each line is one: jsonl in the field 'format'"),
        ("left out (to keep it: --from csv-raw)", "left out (to keep it: csv-raw in the field 'format')"),
        ("name it: dsvc import 'a b' --from json|csv", "name it: json|csv in the field 'format'"),
        ("name it: --encoding NAME (big5 …)", "name it: the field 'encoding' (big5 …)"),
        ("name one of them: --split", "name one of them: the field 'split'"),
        ("--split train, or --split 't[1:2]'", "train in the field 'split', or t[1:2] in the field 'split'"),
        ("dsvc import --records a, or jq -c '.[]' x", "a in the field 'inside', or jq -c '.[]' x"),
        ("--license MIT or --license 'A OR B'", "MIT in the field 'licence' or A OR B in the field 'licence'"),
        ("--license CC-BY-4.0", "CC-BY-4.0 in the field 'licence'"),
        ("name it: --source 'where from'", "name it: the field 'source'"),
        ("dsvc import - --as NAME", "dsvc import - --as NAME"),
        ("dsvc commit x --source 'where from' -m 'why'", "dsvc commit x --source 'where from' -m 'why'"),
        ("dsvc import a --into b --update; --from x", "dsvc import a --into b --update; x in the field 'format'"),
        ("keep it: --allow-findings 'why'", "keep it: --allow-findings 'why'"),
    ],
)  # fmt: skip
def test_of_an_import(said: str, here: str) -> None:
    assert in_fields(said, OF_IMPORT, {}) == here


@pytest.mark.parametrize(
    ("said", "here"),
    [
        ("overwrite it: --force", "overwrite it: yes in the field 'overwrite'"),
        ("replace it: --force (or --name NAME)", "replace it: yes in the field 'overwrite' (or the field 'name')"),
        ("--skip-unfit (or try --shape kto, as", "yes in the field 'skip' (or try kto in the field 'shape', as"),
        ("leave --choice out: it is a text", "leave the field 'choice' out: it is a text"),
        ("--json-field 'x y'", "x y in the field 'json_fields'"),
        ("then: dsvc import FILE --into x --update", "then: dsvc import FILE --into x --update"),
    ],
)  # fmt: skip
def test_of_an_export(said: str, here: str) -> None:
    assert in_fields(said, OF_EXPORT, ANSWERS_BY_OPTION) == here


def test_all_named_fields_are_there() -> None:
    assert {*OF_IMPORT.values()} <= {*ImportScreen.FIELDS} == {*Given.__slots__}
    assert {*OF_EXPORT.values(), *ANSWERS_BY_OPTION.values()} <= {*ExportScreen.FIELDS} == {*Wanted.__slots__}
