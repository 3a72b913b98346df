"""Digests of JSON values that are quick to make: equal exactly when canonical forms are equal.

The canonical form (``dsvc.record``) is text and must escape; here the value is written as MessagePack with sorted
keys, in half the time. Numbers that are not plain 64-bit integers are kept as written. Nothing is stored in this form.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import xxhash
from msgspec.msgpack import Ext

from dsvc.record import BOM, canonical, has_minus_zero

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = 1


def _as_written(number: str) -> Ext:
    return Ext(_NUMBER, number.encode())


_decode = msgspec.json.Decoder(float_hook=_as_written).decode
_encode = msgspec.msgpack.Encoder(order="sorted").encode


def value_digests(lines: Sequence[bytes]) -> bytes:
    """The digests of lines, 16 bytes each; a line that is not JSON is digested as it is."""
    return b"".join([xxhash.xxh3_128_digest(_form(line)) for line in lines])


def _form(line: bytes) -> bytes:
    if not has_minus_zero(line):
        try:
            return _encode(_decode(line))
        except (ValueError, OverflowError, RecursionError):
            pass
    return _slow_form(line.removeprefix(BOM))


def _slow_form(line: bytes) -> bytes:
    """The same form for minus zero, whole numbers beyond 64 bits and lone surrogates; else the line itself."""
    try:
        value = json.loads(line.decode(), parse_float=_as_written, parse_int=_whole_number, parse_constant=_refuse)
        return _encode(value)
    except UnicodeEncodeError:
        return b"\xc1" + canonical(line)  # no MessagePack starts with this byte
    except (ValueError, OverflowError, RecursionError):
        return b"\xc1\xff" + line


def _whole_number(text: str) -> int | Ext:
    if text == "-0" or len(text) > 20:
        return _as_written(text)
    number = int(text)
    return number if -(2**63) <= number < 2**64 else _as_written(text)


def _refuse(text: str) -> None:
    raise ValueError(text)
