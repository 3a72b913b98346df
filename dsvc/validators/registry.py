"""All rules by id: those of dsvc, of other packages (entry points ``dsvc.rules``), and of profiles."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from dsvc.validators.rule import Rule

RULE_MODULES: Final = (
    "syntax",
    "characters",
    "repeated_keys",
    "numbers",
    "no_records",
    "columns",
    "empty",
    "turns",
    "tool_calls",
    "media",
    "preferences",
    "labels",
    "reasoning",
    "duplicates",
    "near_duplicates",
    "leakage",
    "conflicts",
    "label_drift",
    "spellings",
    "class_share",
    "lengths",
    "scores",
    "languages",
    "answers",
    "templates",
    "damage",
    "personal",
    "secrets",
    "licence",
)
"""Modules of ``dsvc.validators.rules``, each with ``RULES``; in the order of the docs."""

PROFILES: Final[tuple[str, ...]] = ("llamafactory", "axolotl", "trl", "openai", "ms-swift")
"""Consumers: modules of ``dsvc.validators.profiles`` (``-`` for ``_``), each with ``RULES``."""

ENTRY_POINTS: Final = "dsvc.rules"
"""The group of entry points; each gives a rule or a sequence of them."""


@lru_cache(maxsize=1)
def all_rules() -> Mapping[str, Rule]:
    """Every rule by id. Raises UsageError when a package gives a rule that is none, or whose id is taken."""
    rules: dict[str, Rule] = {}
    for name in RULE_MODULES:
        _add(rules, import_module(f"dsvc.validators.rules.{name}").RULES, "dsvc")
    for profile in PROFILES:
        _add(rules, import_module(f"dsvc.validators.profiles.{profile.replace('-', '_')}").RULES, "dsvc")
    for name, found in _from_other_packages():
        _add(rules, found, name)
    return rules


def profile_of(rule: Rule) -> str | None:
    """The consumer that a rule is about, None for a rule of no profile."""
    return rule.id.partition("/")[0] if rule.topic == "profile" else None


def _add(rules: dict[str, Rule], found: object, origin: str) -> None:
    from dsvc.validators.rule import Rule

    for rule in found if isinstance(found, (tuple, list)) else (found,):
        if not isinstance(rule, Rule):
            raise UsageError(
                f"'{origin}' gives a rule that is none: {rule!r:.80}", hint="give dsvc.validators.rule.Rule"
            )
        if rule.id in rules:
            raise UsageError(f"'{origin}' gives a rule '{rule.id}', which is there already", hint="give it another id")
        rules[rule.id] = rule


def _from_other_packages() -> list[tuple[str, object]]:
    from importlib.metadata import entry_points

    return [(point.name, _loaded(point)) for point in entry_points(group=ENTRY_POINTS)]


def _loaded(point: EntryPoint) -> object:
    from dsvc.validators.own_code import own_code

    with own_code(f"the rules of '{point.value}' cannot be loaded", "mend or uninstall that package"):
        return point.load()
