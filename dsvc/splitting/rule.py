"""What a split is asked to be. A rule with the content gives the same parts on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from dsvc.errors import CorruptError, UsageError
from dsvc.names import HINT, composed, is_name, too_long
from dsvc.validators.near_search import ALIKE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT: Final = "dsvc.split-rule/1"
NearDuplicates = Literal["together", "ignore"]
_EXAMPLE: Final = "--train 0.8 --validation 0.1 --test 0.1"
_MOST_BYTES: Final = 100
"""Of the name of a part: a file of it may wait beside a folder whose name comes first."""
_ROUNDING: Final = 1e-9


class Share(msgspec.Struct, frozen=True):
    """A part and its share of the records, from 0 to 1; its file is ``<part>.jsonl``."""

    part: str
    share: float


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How records are put on sides.

    ``stratify``: fields; each combination of their values is split by the same shares. ``group_by``: a field, or
    several; records with one value of any of them stay together. ``near_duplicates`` ``together``: so do records
    that are alike by ``alike`` or more. ``seed``: any text, for another split by the same rule.
    """

    shares: tuple[Share, ...]
    seed: str = ""
    stratify: tuple[str, ...] = ()
    group_by: str | tuple[str, ...] | None = None
    near_duplicates: NearDuplicates = "together"
    alike: float = ALIKE

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts, in order."""
        return tuple(share.part for share in self.shares)

    @property
    def group_fields(self) -> tuple[str, ...]:
        """The fields of the groups."""
        return (self.group_by,) if isinstance(self.group_by, str) else self.group_by or ()

    def to_json(self) -> dict[str, Any]:
        """As it is written down."""
        fields = msgspec.to_builtins(self)
        return {"format": FORMAT, **fields, "shares": {share.part: share.share for share in self.shares}}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Rule:
        """From what was written down. Raises CorruptError for another format."""
        if raw.get("format") != FORMAT:
            raise CorruptError(
                f"the rule of the split has the format '{raw.get('format')}', which this dsvc does not know",
                hint=f"use a newer dsvc, or give the rule anew: dsvc split {_EXAMPLE}",
            )
        names = Rule.__struct_fields__
        try:
            shares = [Share(part, share) for part, share in raw["shares"].items()]
            return msgspec.convert({**{n: raw[n] for n in names if n in raw}, "shares": shares}, Rule)
        except (KeyError, AttributeError, msgspec.ValidationError) as error:
            raise CorruptError(
                f"the rule of the split cannot be read: {error}", hint=f"give it anew: dsvc split {_EXAMPLE}"
            ) from error


def checked(rule: Rule) -> Rule:
    """The rule (its names NFC), or UsageError for one that makes no sense."""
    shares = tuple(Share(composed(each.part), each.share) for each in rule.shares)
    rule = msgspec.structs.replace(rule, shares=shares)
    _check_names(rule.parts)
    if len(rule.shares) < 2:
        raise UsageError("a split needs two parts or more", hint=f"say their shares: {_EXAMPLE}")
    for each in sorted(rule.shares, key=lambda share: share.share):
        if not 0 < each.share < 1:
            raise UsageError(
                f"the share of '{each.part}' is {each.share:g}; it must be above 0 and below 1",
                hint=f"leave a part out that shall have no records; else for example: {_EXAMPLE}",
            )
    total = sum(each.share for each in rule.shares)
    if abs(total - 1) > _ROUNDING:
        told = " + ".join(f"{each.part} {each.share:g}" for each in rule.shares)
        raise UsageError(f"the shares add up to {total:.6g}, not to 1 ({told})", hint=f"for example: {_EXAMPLE}")
    return rule


def _check_names(parts: Sequence[str]) -> None:
    seen: set[str] = set()
    for part in parts:
        if (told := too_long(part, _MOST_BYTES)) is not None:
            raise UsageError(told, hint="choose a shorter one")
        if not is_name(part) or part.endswith(".jsonl"):
            raise UsageError(f"'{part}' cannot name a part", hint=HINT)
        if part.casefold() in seen:
            raise UsageError(f"the part '{part}' is named twice", hint="give each part one share")
        seen.add(part.casefold())
