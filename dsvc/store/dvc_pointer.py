"""``store.dvc``: DVC's pointer from git to a directory object, written and read without a YAML library.

Written exactly as ``dvc add`` writes it (``dvc.output.Output.dumpd``); read tolerantly, because
``dvc add`` keeps what users put there (``desc``, ``meta``, comments), but never guessed at: anything
that is not one directory hashed with md5, such as git's conflict markers, is refused.
"""

from __future__ import annotations

import json
import re

import msgspec

from dsvc.errors import CorruptError
from dsvc.store.objects import ObjectId, is_directory, object_id

_PLAIN_SCALAR = re.compile(r"(?=.*[A-Za-z_])[A-Za-z0-9_./][A-Za-z0-9_./@+-]*")
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_FIELD = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ ]*:(?:[ ]+(?P<value>.*?))?[ ]*")


class Pointer(msgspec.Struct, frozen=True):
    """The directory that git names: its id, bytes and files in it, path beside the pointer."""

    dir_oid: ObjectId
    size: int
    nfiles: int
    path: str = "store"


def pointer_bytes(pointer: Pointer) -> bytes:
    """Return the pointer as DVC writes it."""
    lines = [
        "outs:",
        f"- md5: {pointer.dir_oid}",
        f"  size: {pointer.size}",
        f"  nfiles: {pointer.nfiles}",
        "  hash: md5",
        f"  path: {_scalar(pointer.path)}",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def parse_pointer(data: bytes) -> Pointer:
    """Read a pointer; ``CorruptError`` when it is not one directory hashed with md5."""
    try:
        fields = _only_output(data.decode("utf-8"))
        oid = object_id(fields["md5"])
        pointer = Pointer(oid, int(fields["size"]), int(fields["nfiles"]), fields["path"])
    except (UnicodeDecodeError, KeyError, ValueError) as error:
        raise _corrupt(f"{type(error).__name__}: {error}") from error
    if not is_directory(oid) or fields.get("hash") != "md5":
        raise _corrupt("it does not name a directory hashed with md5")
    return pointer


def _only_output(text: str) -> dict[str, str]:
    """Return the fields of the one item below ``outs:``, ignoring other blocks."""
    fields: dict[str, str] = {}
    block, item_indent, items = "", 0, 0
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if indent == 0 and not stripped.startswith("- "):
            block = _field(stripped)[0]
            continue
        if block != "outs":
            continue
        if stripped.startswith("- "):
            if items and indent != item_indent - 2:
                continue  # a list inside the item, such as labels
            items, item_indent, stripped = items + 1, indent + 2, stripped[2:].strip()
        elif indent != item_indent:
            continue  # nested below a field of the item, such as meta
        key, value = _field(stripped)
        if key in fields:
            raise _corrupt(f"'{key}' is given twice")
        fields[key] = value
    if items != 1:
        raise _corrupt(f"it has {items} outputs where one is expected")
    return fields


def _field(text: str) -> tuple[str, str]:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise _corrupt(f"cannot read '{text[:60]}'")
    return match["key"], _unquoted(match["value"] or "")


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        return str(json.loads(value))
    if value.startswith("'") and value.endswith("'") and len(value) > 1:
        return value[1:-1].replace("''", "'")
    return value.split(" #")[0].rstrip()


def _scalar(text: str) -> str:
    if _PLAIN_SCALAR.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _corrupt(why: str) -> CorruptError:
    return CorruptError(f"DVC pointer is not readable: {why}", hint="dsvc fsck")
