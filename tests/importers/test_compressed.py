"""Compressed files and files in other encodings: read as what is in them, refused when they are damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import BadDataError, DsvcError, UsageError
from dsvc.importers import InputFile, format_of, read
from dsvc.importers.encoding import likely
from dsvc.importers.registry import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDS = b'{"q": "\xe9\x80\xbe\xe6\x9c\x9f"}\r\n\n{"q": 1.50}'
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("kind", PACKERS)
def test_jsonl_keeps_its_bytes(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.jsonl.{kind}"
    path.write_bytes(PACKERS[kind](RECORDS))
    assert b"".join(read(path)) == RECORDS
    half = len(RECORDS) // 2
    path.write_bytes(PACKERS[kind](RECORDS[:half]) + PACKERS[kind](RECORDS[half:]))  # as parallel compressors write
    assert b"".join(read(path)) == RECORDS
    renamed = path.rename(tmp_path / "download")  # the name says nothing: its bytes do
    assert format_of(renamed) == "jsonl"


@pytest.mark.parametrize("kind", PACKERS)
def test_what_is_cut_off_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.jsonl.{kind}"
    whole = PACKERS[kind](RECORDS * 1000)
    for content in (whole[:-3], whole[: len(whole) // 2], whole + b"and more"):
        path.write_bytes(content)
        with pytest.raises(BadDataError, match=r"cannot read '.*a\.jsonl\."):
            list(read(path))


@pytest.mark.parametrize("name", ["../a.jsonl", "/a.jsonl", "x/../../a.jsonl"])
def test_a_zip_names_nothing_outside_of_itself(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(**{name: RECORDS, "b.jsonl": RECORDS}))
    with pytest.raises(BadDataError, match="a name that leads out of it"):
        list(read(path))


def test_a_zip_with_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(**{"train.csv": "问题,标签\n逾期了怎么办？,还款\n".encode("gb18030")}))
    assert [json.loads(line) for line in read(path)] == [{"问题": "逾期了怎么办？", "标签": "还款"}]
    path.write_bytes(zipped(**{"[Content_Types].xml": b"<x/>", "sheet.xml": b"<x/>"}))
    with pytest.raises(BadDataError, match="is an office document"):
        list(read(path))


QUESTION = '[{"q": "信用卡的免息期有多长？", "a": "最长五十天，从账单日算起。"}]'


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8-sig", "utf-32", "gbk"])
def test_other_encodings_are_found_and_told(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(QUESTION.encode(encoding))
    file = InputFile(path, "a.json")
    assert [json.loads(line) for line in read(file)] == json.loads(QUESTION)
    assert bool(file.told) == (encoding != "utf-8-sig")


def test_jsonl_in_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n' * 200_000 + '{"a": "逾期九十天以上怎么处理？"}\n'.encode("gb18030"))
    file = InputFile(path, "a.jsonl")
    *_, last = read(file)
    assert json.loads(last) == {"a": "逾期九十天以上怎么处理？"}
    assert file.told == ["'a.jsonl' is not UTF-8, it was read as GB18030 (if it is another one: --encoding NAME)"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("안녕하세요 연체 이자는 어떻게 계산되나요", "euc-kr"),
        ("こんにちは。延滞利息はどのように計算されますか。", "shift_jis"),
        ("こんにちは。延滞利息はどのように計算されますか。", "euc-jp"),
        ("café, résumé, où", "cp1252"),
        ("Здравствуйте, как рассчитывается пеня", "cp1251"),
    ],
)
def test_what_is_no_chinese_is_refused_until_it_is_named(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'q\n"{text}"\n'.encode(encoding))
    with pytest.raises(BadDataError, match=r"a\.csv:2': byte 0x.* is not valid UTF-8") as caught:
        list(read(path))
    assert "--encoding" in str(caught.value.hint)
    assert [json.loads(line) for line in read(path, encoding=encoding)] == [{"q": text}]
    with pytest.raises(UsageError, match="is not an encoding"):
        list(read(path, encoding="klingon"))


def test_big5() -> None:
    assert likely("信用卡的免息期有多長？從帳單日起算。".encode("big5")) == "big5hkscs"
    assert likely("信用卡的免息期有多长？从账单日起算。".encode("gb18030")) == "gb18030"


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_pairs_of_bytes_that_happen_to_be_utf8(tmp_path: Path, name: str) -> None:
    """The first character, 一, is U+04BB when it is read as UTF-8."""
    text = "一名年龄在70岁的女性，出现了晕厥、情绪不稳等症状，请说明术前准备。"
    path = tmp_path / name
    path.write_bytes((f"q\n{text}\n" if name == "a.csv" else f'{{"q": "{text}"}}\n').encode("gb18030"))
    assert [json.loads(line) for line in read(path)] == [{"q": text}]


def test_one_wrong_byte_in_utf8_is_no_other_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes('[{"a": "中文"},\n{"b": "'.encode() + b'\xd6"}]')
    with pytest.raises(BadDataError, match=r"a\.json:2': byte 0xd6 is not valid UTF-8"):
        list(read(path))


@given(
    content=st.binary(max_size=200), form=st.sampled_from([*FORMATS, None]), packer=st.sampled_from([None, *PACKERS])
)
def test_random_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, form: str | None, packer: str | None
) -> None:
    path = tmp_path_factory.mktemp("random") / "a.json"
    path.write_bytes(PACKERS[packer](content) if packer else content)
    try:
        lines = list(read(path, form))
    except DsvcError:
        return
    assert all(b"\n" not in line[:-1] for line in lines)


@given(
    records=st.lists(
        st.dictionaries(st.sampled_from("abc"), st.integers() | st.text(max_size=5)), min_size=1, max_size=5
    ),
    at=st.integers(0, 200),
    byte=st.binary(min_size=1, max_size=1),
)
def test_a_changed_byte_loses_no_record(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]], at: int, byte: bytes
) -> None:
    """Of a damaged array either every record arrives, or it is refused."""
    path = tmp_path_factory.mktemp("changed") / "a.json"
    content = json.dumps(records, ensure_ascii=False).encode()
    at %= len(content)
    path.write_bytes(content[:at] + byte + content[at + 1 :])
    try:
        lines = list(read(path, "json"))
    except DsvcError:
        return
    try:
        whole = json.loads(path.read_bytes())
    except UnicodeDecodeError:
        return  # it was taken for another encoding, which is told
    assert [json.loads(line) for line in lines] == whole
