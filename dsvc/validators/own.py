"""Rules of a team's own, from the settings: files of patterns, a JSON Schema, a pydantic model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.rule import Rule
    from dsvc.validators.settings import ValidateSettings


def own_rules(settings: ValidateSettings) -> dict[str, Rule]:
    """The rules by id; any process makes the same of the same settings.

    Raises UsageError when a file cannot be used, or gives a rule an id that is taken.
    """
    from dsvc.validators.registry import all_rules

    rules: dict[str, Rule] = {}
    for rule in _made(settings):
        if rule.id in rules or rule.id in all_rules():
            raise UsageError(f"there is a rule '{rule.id}' already", hint="give your rule another id")
        rules[rule.id] = rule
    return rules


def _made(settings: ValidateSettings) -> Iterator[Rule]:
    if settings.patterns:
        from dsvc.validators.patterns import pattern_rules

        for path in settings.patterns:
            yield from pattern_rules(path)
    if settings.schema:
        from dsvc.validators.json_schema import schema_rule

        yield schema_rule(settings.schema)
    if settings.model:
        from dsvc.validators.model import model_rule

        yield model_rule(settings.model)
