"""An entry goes into ``dataset_info.json``, and nothing else in it changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import BadDataError, ProtectedError
from dsvc.exporters.dataset_info import merged

if TYPE_CHECKING:
    from dsvc.record import Json

ENTRY: dict[str, Json] = {"file_name": "病.jsonl", "columns": {"prompt": "text"}}


def put(text: str, *, force: bool = False) -> str:
    return merged(text, {"med": ENTRY}, name="dataset_info.json", force=force)


def test_an_entry_is_added_as_the_file_is_written() -> None:
    for text in (
        '{\n    "a": {"x": 1},\n    "b": [ ]\n}\n',
        '{"a": {"x": 1}}',
        "{}",
        "{ }\n",
        '{\r\n  "a": {}\r\n}\r\n',
    ):
        made = put(text)
        assert json.loads(made) == {**json.loads(text), "med": ENTRY}
        assert made.isascii()
        kept = text.rstrip().removesuffix("}").rstrip()
        assert made.startswith(kept)
    assert '\n    "med": {\n        "file_name"' in put('{\n    "a": {"x": 1}\n}\n')
    assert "\r\n  " in put('{\r\n  "a": {}\r\n}\r\n')


def test_the_same_entry_is_left_alone() -> None:
    text = json.dumps({"med": ENTRY, "b": {}}, ensure_ascii=False)
    assert put(text) == text


def test_another_entry_is_replaced_only_when_told() -> None:
    text = '{\n  "旧": {},\n  "med": {"file_name": "x"},\n  "z": 1.50\n}\n'
    with pytest.raises(ProtectedError, match="another entry 'med'"):
        put(text)
    made = put(text, force=True)
    assert json.loads(made) == {"旧": {}, "med": ENTRY, "z": 1.5}
    assert made.startswith('{\n  "旧": {},\n  "med": ')
    assert made.endswith(',\n  "z": 1.50\n}\n')


@pytest.mark.parametrize("text", ["", "[]", '{"a": }', "null", '{"a": 1}'])
def test_what_is_no_such_file(text: str) -> None:
    with pytest.raises(BadDataError, match=r"dataset_info\.json"):
        put(text)
