"""What a sample is asked to be. A rule with its seed and the content of a version gives the same records everywhere."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from dsvc.errors import UsageError

Strategy = Literal["stable", "random", "head", "balanced", "diverse", "longest", "hard"]
Allocation = Literal["proportional", "balanced"]
NearDuplicates = Literal["keep", "leave-out"]

STRATEGIES: Final[dict[Strategy, str]] = {
    "stable": "by a keyed hash of each record: looks random, and stays nearly the same when records come and go",
    "random": "by a keyed hash of each row's number: the same rows of files that run in parallel",
    "head": "the first records of the version",
    "balanced": "as 'stable', with as many records of each group of --stratify as of any other",
    "diverse": "each record as unlike those that were taken before as can be (MinHash, farthest first)",
    "longest": "the records with the longest texts",
    "hard": "the records whose words are the rarest in the dataset, on average",
}
"""Every strategy, and what it takes, in words."""

_SIZE: Final = re.compile(r"(?P<count>\d{1,12})|(?P<percent>\d{1,3}(?:\.\d{1,6})?)\s*%")
_HINT: Final = "a number of records (1000), or a share of them (10%)"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How records are chosen.

    ``size`` is a number of records, or a share of the candidates (``10%``). ``stratify`` are fields whose values make
    groups, and ``allocation`` tells how many each gives. Candidates are the records for which all conditions of
    ``where`` hold (:mod:`dsvc.conditions`), in which one of the rules ``findings`` finds something, and that are in
    none of the pilots ``exclude``; ``near_duplicates`` ``leave-out``: of records that are nearly the same, one.
    """

    strategy: Strategy = "stable"
    size: str = "1000"
    seed: str = ""
    stratify: tuple[str, ...] = ()
    allocation: Allocation = "proportional"
    where: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    near_duplicates: NearDuplicates = "keep"

    @property
    def balances(self) -> bool:
        """Whether each group gives as many records as any other."""
        return self.allocation == "balanced" or self.strategy == "balanced"

    def count(self, candidates: int) -> int:
        """How many records are wanted of so many candidates; of a share at least one.

        Raises UsageError when there are not as many.
        """
        match = _size(self.size)
        if match["percent"] is not None:
            return min(candidates, max(1, int(float(match["percent"]) * candidates / 100 + 0.5)))
        wanted = int(match["count"])
        if wanted > candidates:
            raise UsageError(
                f"a size of {wanted:,} is more than the {candidates:,} records that can be taken",
                hint="ask for fewer, or for a share of them: 10%",
            )
        return wanted


def checked(rule: Rule) -> Rule:
    """The rule, or UsageError for one that nobody can follow."""
    from dsvc.conditions import condition

    _size(rule.size)
    for text in rule.where:
        condition(text)
    if rule.balances and not rule.stratify:
        raise UsageError("what should be balanced?", hint="name a field: --stratify FIELD")
    return rule


def _size(text: str) -> re.Match[str]:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"'{text}' is not a size", hint=_HINT)
    if match["percent"] is not None and not 0 < float(match["percent"]) <= 100:
        raise UsageError(f"'{text}' is not a share of records", hint="more than 0 % and at most 100 %")
    if match["count"] is not None and int(match["count"]) == 0:
        raise UsageError("a sample of no records is none", hint=_HINT)
    return match
