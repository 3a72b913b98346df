"""The page of the rules, made from the rules themselves.

``python -m dsvc.cli.rules_reference > docs/rules.md``; a test compares.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import click
import msgspec

from dsvc.render.example_text import example_lines
from dsvc.render.safe_text import safe
from dsvc.validators.registry import all_rules, profile_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.rule import Rule

_HEAD: Final = """\
# Rules

Made by `python -m dsvc.cli.rules_reference`; do not edit. How to use them: [checks](checks.md). What trainers do to
records: [profiles](profiles.md).

Each rule has lines of JSONL that it finds something in, and near misses in which it finds nothing; a test runs both.
`dsvc validate --rule RULE` shows the same in a terminal. A control or invisible character in an example is shown as a
visible mark.

- **error**: a trainer fails on it or drops the record, or it must not be released. `dsvc validate` exits with 1.
- **warning**: look at it.
- **note**: worth knowing; never a reason to fail.
"""
_TOPICS: Final = {
    "structure": "Structure",
    "content": "Content",
    "own": "Own rules",
}
_WIDE: Final = 300


def page() -> str:
    """The whole page."""
    return "\n".join(_lines([rule for rule in all_rules().values() if profile_of(rule) is None])) + "\n"


def _lines(rules: Sequence[Rule]) -> Iterator[str]:
    yield _HEAD
    order = [*_TOPICS]
    ordered = sorted(rules, key=lambda rule: order.index(rule.topic))  # stable: as in the registry
    for topic, of_topic in groupby(ordered, key=lambda rule: rule.topic):
        found = list(of_topic)
        yield f"## {_TOPICS[topic]}"
        yield ""
        yield from ("| rule | severity | what it finds |", "|---|---|---|")
        for rule in found:
            yield f"| [`{rule.id}`](#{_anchor(rule.id)}) | {rule.severity} | {_cell(rule.title)} |"
        yield ""
        for rule in found:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    asked = "" if rule.by_default else "; runs only when it is asked for"
    yield f"*{rule.severity}{asked}.* {safe(rule.title[:1].upper() + rule.title[1:])}. {safe(rule.why)}"
    yield ""
    if rule.example.options:
        options = ", ".join(f"`{name} = {_value(value)}`" for name, value in rule.example.options.items())
        yield from (f"With {options}:", "")
    examples = (("Found in", rule.example.bad), ("Not found in", rule.example.good))
    for title, lines in (*examples, ("Of the test set", rule.example.against)):
        if lines:
            shown = [*example_lines(lines, _WIDE)]
            fence = "````" if any("```" in line for line in shown) else "```"
            yield from (f"{title}:", "", f"{fence}json", *shown, fence, "")
    if rule.options.__struct_fields__:
        defaults = msgspec.structs.fields(rule.options)
        options = ", ".join(f"`{each.name}` ({_value(_default(each))})" for each in defaults)
        yield from (f"Options, with what they are by default: {options}.", "")
    if rule.repair:
        yield from (f"`dsvc fix` mends it: `{rule.repair}`.", "")
    if rule.sources:
        yield from ("Sources:", "", *(f"- {safe(source)}" for source in rule.sources), "")


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default


def _value(value: object) -> str:
    return msgspec.json.encode(value).decode() if not isinstance(value, float) else f"{value:g}"


def _anchor(rule: str) -> str:
    return rule.replace("/", "")


def _cell(text: str) -> str:
    return safe(text).replace("|", "\\|")


if __name__ == "__main__":
    click.echo(page(), nl=False)
