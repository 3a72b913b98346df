"""Rules of a team's own, from the settings: files of patterns, a JSON Schema, a pydantic model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

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


def without_own(settings: ValidateSettings) -> ValidateSettings:
    """The settings without a team's own rules, and without what is said of these.

    For who must not fail because a library is missing here, or a model cannot be imported.
    """
    from dsvc.validators.registry import all_rules

    known = all_rules()
    return replace(
        settings,
        patterns=(),
        schema="",
        model="",
        ignore=tuple(rule for rule in settings.ignore if rule in known),
        also=tuple(rule for rule in settings.also if rule in known),
        severity={rule: severity for rule, severity in settings.severity.items() if rule in known},
        options={rule: options for rule, options in settings.options.items() if rule in known},
    )
