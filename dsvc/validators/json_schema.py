"""A JSON Schema as a rule: where a record does not fit it, by path. Needs ``jsonschema`` (``dsvc[schema]``)."""

from __future__ import annotations

import json
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xxhash

from dsvc.errors import OwnRuleError, UsageError
from dsvc.record import BOM
from dsvc.regular_expression import EndlessSearchError, Expression
from dsvc.validators.named_files import read_named
from dsvc.validators.own_code import at
from dsvc.validators.rule import Example, Found, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_MOST: Final = 20
"""Misfits of one record that are told."""
_LONG: Final = 200
_DATA: Final = frozenset({"const", "default", "enum", "examples"})
"""What has values in it, not schemas."""
_NAMED: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependencies", "dependentSchemas"}
)
"""What has schemas by names, which may be any."""


def schema_rule(path: str) -> Rule:
    """The rule ``schema``. Raises UsageError when the file is no schema, or the library is not installed."""
    try:
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import extend, validator_for
        from referencing import Registry
    except ImportError as error:
        raise UsageError("a JSON Schema needs the library 'jsonschema'", hint="pip install 'dsvc[schema]'") from error
    data = read_named(path, "schema", "validate.schema")
    try:
        schema = json.loads(data)
        kind = validator_for(schema)
        kind.check_schema(schema)
        kind = extend(kind, _searching(kind))
    except (ValueError, RecursionError, SchemaError) as error:
        told = error.message if isinstance(error, SchemaError) else str(error)
        raise UsageError(f"cannot use the schema '{path}': {told}", hint="mend the file") from error
    # An empty registry: a reference to elsewhere is an error, never a download.
    draft = schema.get("$schema") if isinstance(schema, dict) else None
    schema = _without_draft(schema, path, str(draft or kind.META_SCHEMA["$schema"]))
    validator = kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)
    return Rule(
        id="schema",
        topic="own",
        severity="error",
        title="a record does not fit the dataset's schema",
        why=f"The schema '{Path(path).name}' says what every record of the dataset has.",
        example=Example((), ()),
        make=lambda _: RecordCheck(partial(_check, validator, path)),
        version=xxhash.xxh3_64_intdigest(data),
    )


def _check(validator: Any, path: str, record: Checked) -> Iterator[Found]:
    from referencing.exceptions import Unresolvable

    try:
        value = json.loads(record.content.removeprefix(BOM))
    except (ValueError, RecursionError):  # told by the rule ``syntax``
        return
    try:
        misfits = list(islice(validator.iter_errors(value), _MOST))
    except Unresolvable as error:
        raise UsageError(
            f"the schema '{path}' refers to what is not in it: {error}", hint="put it into the file, under $defs"
        ) from error
    except EndlessSearchError as error:
        raise OwnRuleError(
            f"the schema '{path}' comes to no end {at(record.place)}: {error}",
            hint="say the pattern without a repetition in a repetition",
            rule="schema",
        ) from error
    except RecursionError as error:
        raise OwnRuleError(
            f"the schema '{path}' comes to no end {at(record.place)}",
            hint="a $ref in it leads back to itself: mend the file",
            rule="schema",
        ) from error
    except Exception as error:  # a pattern that is none, a number that is too large: what a library makes of a schema
        raise OwnRuleError(
            f"the schema '{path}' cannot be used {at(record.place)}: {type(error).__name__}: {error}",
            hint="mend the file",
            rule="schema",
        ) from error
    for misfit in misfits:
        message = misfit.message if len(misfit.message) <= _LONG else f"{misfit.message[:_LONG]}…"
        yield Found(message, tuple(misfit.absolute_path))


def _without_draft(schema: Any, path: str, draft: str) -> Any:
    """The same schema, but for what says of which draft it is: the library takes its own searches again there.

    Raises UsageError for a part of another draft than the whole.
    """
    if isinstance(schema, list):
        return [_without_draft(each, path, draft) for each in schema]
    if not isinstance(schema, dict):
        return schema
    own = schema.get("$schema")
    if isinstance(own, str) and own.rstrip("#") != draft.rstrip("#"):
        raise UsageError(
            f"the schema '{path}' has a part of another draft: $schema is '{own}'",
            hint=f"write all of it in the draft of the whole: {draft}",
        )
    return {
        name: value if name in _DATA else _each_without_draft(name, value, path, draft)
        for name, value in schema.items()
        if name != "$schema"
    }


def _each_without_draft(keyword: str, value: Any, path: str, draft: str) -> Any:
    if keyword in _NAMED and isinstance(value, dict):
        return {name: _without_draft(each, path, draft) for name, each in value.items()}
    return _without_draft(value, path, draft)


def _searching(kind: Any) -> dict[str, Any]:
    """The keywords that search, with searches that are ended (the library's own would not be)."""
    additional = partial(_additional, kind.VALIDATORS["additionalProperties"])
    return {"pattern": _pattern, "patternProperties": _by_pattern, "additionalProperties": additional}


def _by_pattern(validator: Any, patterns: dict[str, Any], value: object, schema: object) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    for pattern, wanted in patterns.items():
        for name, inner in value.items():
            if _expression(pattern).is_in(name):
                yield from validator.descend(inner, wanted, path=name, schema_path=pattern)


def _additional(own: Any, validator: Any, wanted: Any, value: object, schema: dict[str, Any]) -> Iterator[Any]:
    """The library's keyword, for the fields that no pattern is about."""
    patterns = [_expression(pattern) for pattern in schema.get("patternProperties", ())]
    if patterns and isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if not any(each.is_in(name) for each in patterns)}
        schema = {name: inner for name, inner in schema.items() if name != "patternProperties"}
    yield from own(validator, wanted, value, schema) or ()


def _pattern(validator: Any, pattern: str, value: object, schema: object) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not _expression(pattern).is_in(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


@lru_cache(maxsize=256)
def _expression(pattern: str) -> Expression:
    return Expression(pattern)
