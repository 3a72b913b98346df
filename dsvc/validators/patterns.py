"""Own rules in a small TOML file: what a text must not, or must, have in it.

[[rule]]
id = "no-internal-names"
title = "a name of an internal system"
severity = "error"              # warning unless it is said
field = "messages[*].content"   # a path; [*] is any element; without it all texts
pattern = '\\bHERMES-\\d+\\b'       # found where this is found …
not_pattern = 'released'        # … unless this is found, too; alone: found where this is not
when = "label=fees"             # only in records that fulfil this condition (dsvc.conditions)
message = "an internal name"
"""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.conditions import condition
from dsvc.conditions.fields import MISSING, field, steps_of
from dsvc.errors import DsvcError, UsageError
from dsvc.regular_expression import Expression
from dsvc.validators.finding import Severity  # noqa: TC001 - msgspec needs it at run time
from dsvc.validators.named_files import read_named
from dsvc.validators.rule import Example, Found, RecordCheck, Rule
from dsvc.validators.wrong_values import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked

_ID: Final = re.compile(r"[a-z][a-z0-9-]*(/[a-z0-9-]+)?")
_ANY: Final = 2**62
"""Stands for ``[*]`` among steps: no list is that long."""
_SHOWN: Final = 40
_ASKS: Final = ("when", "field", "pattern", "not_pattern")


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[rule]]``."""

    id: str
    title: str = ""
    severity: Severity = "warning"
    field: str = ""
    pattern: str = ""
    not_pattern: str = ""
    when: str = ""
    message: str = ""
    fix: str = ""
    why: str = ""


def pattern_rules(path: str) -> Iterator[Rule]:
    """The rules of a file. Raises UsageError naming the file and what is wrong in it."""
    try:
        tables = _read(read_named(path, "file of rules", "validate.patterns"))
    except ValueError as error:
        raise UsageError(f"cannot read the rules in '{path}': {error}", hint="mend the file: docs/checks.md") from error
    for number, table in enumerate(tables, 1):
        yield _usable(_pattern(table, number, path), path)


def _pattern(table: object, number: int, path: str) -> Pattern:
    try:
        return msgspec.convert(table, Pattern)
    except msgspec.ValidationError as error:
        named = table.get("id") if isinstance(table, dict) else None
        rule = f"rule '{named}'" if isinstance(named, str) else f"rule {number}"
        wrong = in_words(error, table, Pattern)
        told = f"there is no setting '{wrong.place}'" if wrong.is_unknown else f"'{wrong.place}' {wrong.told}"
        told = told if wrong.place else f"it {wrong.told}"
        raise UsageError(f"{rule} in '{path}' cannot be used: {told}", hint=wrong.hint) from error


def _usable(pattern: Pattern, path: str) -> Rule:
    try:
        return _rule(pattern, path)
    except (ValueError, DsvcError) as error:
        raise UsageError(
            f"rule '{pattern.id}' in '{path}' cannot be used: {error}", hint="mend the file: docs/checks.md"
        ) from error


def _read(data: bytes) -> list[object]:
    """The tables of a file. Raises ValueError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    content = tomllib.loads(data.decode())
    unknown = sorted(set(content) - {"rule"})
    if unknown:
        raise ValueError(f"there is '{unknown[0]}' outside of any [[rule]]")
    rules = content.get("rule", [])
    if not isinstance(rules, list):
        raise ValueError("a rule begins with [[rule]], in two brackets")
    return rules


def _rule(pattern: Pattern, path: str) -> Rule:
    if not _ID.fullmatch(pattern.id):
        raise ValueError("an id is lower-case letters, digits and hyphens")
    if not pattern.pattern and not pattern.not_pattern:
        raise ValueError("it has neither 'pattern' nor 'not_pattern'")
    check = RecordCheck(_looking_for(pattern))
    title = pattern.title or pattern.message or f"a text {'with' if pattern.pattern else 'without'} a pattern"
    return Rule(
        id=pattern.id,
        topic="own",
        severity=pattern.severity,
        title=title,
        why=pattern.why or f"{title[:1].upper()}{title[1:]}: a rule of this repository.",
        example=Example((), ()),
        make=lambda _: check,
        sources=(path,),
        asks=tuple((name, asked) for name in _ASKS if (asked := getattr(pattern, name))),
        version=xxhash.xxh3_64_intdigest(msgspec.json.encode(pattern)),
    )


def _looking_for(pattern: Pattern) -> Callable[[Checked], Iterator[Found]]:
    found = Expression(pattern.pattern) if pattern.pattern else None
    absent = Expression(pattern.not_pattern) if pattern.not_pattern else None
    holds = condition(pattern.when).holds if pattern.when else None
    steps = steps_of(pattern.field.replace("[*]", f"[{_ANY}]")) if pattern.field else None
    return partial(_check, pattern, found, absent, holds, steps)


def _check(
    pattern: Pattern,
    found: Expression | None,
    absent: Expression | None,
    holds: Callable[[bytes], bool] | None,
    steps: Steps | None,
    record: Checked,
) -> Iterator[Found]:
    if holds is not None and not holds(record.content):
        return
    for place, text in record.texts if steps is None else _texts_at(record.value, steps, ()):
        match = found.first_in(text) if found is not None else None
        if (found is not None and match is None) or (absent is not None and absent.is_in(text)):
            continue
        shown = match if match is not None else text
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        yield Found(f"{pattern.message or pattern.title or 'this text'}: '{shown}'", place, pattern.fix)


def _texts_at(value: object, steps: Steps, before: Steps) -> Iterator[tuple[Steps, str]]:
    """The texts at a path with their own paths; ``[*]`` leads to each element of a list."""
    if not steps:
        if isinstance(value, str):
            yield before, value
        return
    first, *rest = steps
    if first == _ANY:
        for number, inner in enumerate(value if isinstance(value, list) else ()):
            yield from _texts_at(inner, tuple(rest), (*before, number))
    elif (inner := field(value, (first,))) is not MISSING:
        yield from _texts_at(inner, tuple(rest), (*before, first))
