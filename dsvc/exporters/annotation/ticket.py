"""What travels with a record through an annotation tool: which record, of which version, what was asked.

Three flat texts, because that is what both tools keep: Label Studio's JSON-MIN and CSV give back what is in a task's
``data``, Doccano what is beside text and label (its "metadata", which is exported flat).

    dsvc_record    3f9a2c…, or 3f9a2c…#2 for the second of equal records (docs/format.md section 10)
    dsvc_version   qa@v1.2 and the version's id
    dsvc_fields    JSON: for each field its path, what the tool calls it, what kind of answer it takes, and choices that
                   no record had; whether the present values were handed out with it; and a seal

The seal is made with the layout's digest, which the repository knows and a task does not tell: who changes what may be
filled in cannot make it anew, and nothing has to be kept about what was handed out.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec.structs import replace

from dsvc.equal_records import NAMED
from dsvc.errors import UsageError
from dsvc.origin import VersionId
from dsvc.textdiff.paths import steps_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.textdiff.fields import Steps

RECORD: Final = "dsvc_record"
VERSION: Final = "dsvc_version"
FIELDS: Final = "dsvc_fields"

Kind = Literal["choice", "choices", "text"]
"""One of several values, any number of them (a list), or a text."""
_VERSION: Final = re.compile(r"(?P<name>.+)@(?P<number>v[\d.]+) (?P<id>[0-9a-f]{32})")


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One field that is asked for: its path, what the tool calls it, and what kind of answer it takes.

    ``added`` are choices that were offered besides the values of the version.
    """

    field: str
    tag: str
    kind: Kind
    added: tuple[str, ...] = ()

    @property
    def steps(self) -> Steps:
        """The path of the field in steps."""
        return steps_of(self.field)


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is asked; ``filled``: people saw the present values as answers that they may correct."""

    asked: tuple[Asked, ...]
    filled: bool
    seal: str = ""

    def sealed(self, version: HandedOut, layout: str) -> Fields:
        """The same with the seal of a version, whose layout has this digest."""
        plain = msgspec.json.encode(replace(self, seal=""))
        made = hashlib.sha256(b"\0".join((layout.encode(), version.id.encode(), plain)))
        return replace(self, seal=made.hexdigest()[:32])


class HandedOut(msgspec.Struct, frozen=True):
    """The version that was handed out: the dataset's name and the number as they were then, and its id."""

    name: str
    number: str
    id: VersionId

    def __str__(self) -> str:
        return f"{self.name}@{self.number}"


class Ticket(msgspec.Struct, frozen=True):
    """Which record of which version a task is, and what was asked of it."""

    record: str
    version: HandedOut
    fields: Fields

    def texts(self) -> dict[str, str]:
        """The texts that go with a task."""
        return {
            RECORD: self.record,
            VERSION: f"{self.version} {self.version.id}",
            FIELDS: msgspec.json.encode(self.fields).decode(),
        }


class BadTicketError(ValueError):
    """A ticket that nobody handed out: ``field`` is which of its texts, ``text`` what stands there."""

    def __init__(self, field: str, text: object) -> None:
        super().__init__(field, text)
        self.field = field
        self.text = text


_read_fields: Final = msgspec.json.Decoder(Fields).decode


def read_ticket(data: Mapping[str, object]) -> Ticket | None:
    """The ticket among the fields of a task; None when there is nothing of one. Raises BadTicketError."""
    found = [data.get(name) for name in (RECORD, VERSION, FIELDS)]
    if not any(found):
        return None
    for name, text in zip((RECORD, VERSION, FIELDS), found, strict=True):
        if not isinstance(text, str):
            raise BadTicketError(name, text)
    record, version, fields = (str(text) for text in found)
    named, handed = NAMED.fullmatch(record), _VERSION.fullmatch(version)
    if named is None:
        raise BadTicketError(RECORD, record)
    if handed is None:
        raise BadTicketError(VERSION, version)
    try:
        asked = _read_fields(fields)
        for each in asked.asked:
            steps_of(each.field)
    except (ValueError, UsageError):
        raise BadTicketError(FIELDS, fields) from None
    turn = named["turn"]
    name = named["id"] if turn in (None, "1") else record
    return Ticket(name, HandedOut(handed["name"], handed["number"], VersionId(handed["id"])), asked)
