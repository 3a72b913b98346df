"""A pydantic model as a rule: where a record does not fit it, by path.

The model is code, so it is taken only from where Python finds modules (installed, or ``PYTHONPATH``), never from a
repository that somebody happens to look at.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xxhash

from dsvc.errors import UsageError
from dsvc.record import BOM
from dsvc.validators.own_code import at, own_code
from dsvc.validators.rule import Example, Found, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_MOST: Final = 20


def model_rule(named: str) -> Rule:
    """The rule ``model`` for ``module:Class``. Raises UsageError when there is no such model."""
    module_name, colon, class_name = named.partition(":")
    if not colon:
        raise UsageError(f"'{named}' is no model", hint='name it so: model = "module:Class"')
    hint = "install it, or say where it lies: PYTHONPATH=. dsvc validate; where it is found, mend it"
    with own_code(f"the module of the model '{named}' cannot be imported", hint):
        module = import_module(module_name)
    model = getattr(module, class_name, None)
    if not callable(getattr(model, "model_validate", None)):
        raise UsageError(f"'{class_name}' in '{module_name}' is no pydantic model", hint="name a class of BaseModel")
    return Rule(
        id="model",
        topic="own",
        severity="error",
        title="a record does not fit the dataset's model",
        why=f"The model '{named}' says what every record of the dataset has.",
        example=Example((), ()),
        make=lambda _: RecordCheck(partial(_check, model, named)),
        version=_version(module_name, named),
    )


def _version(module_name: str, named: str) -> int:
    """Changes with the source of the model and of what lies beside it, so that kept findings are not those of an old
    one."""
    digest = xxhash.xxh3_64(named.encode())
    top = module_name.partition(".")[0]
    file = getattr(sys.modules[module_name], "__file__", None)
    folder = str(Path(file).parent) if file else None
    for name, module in sorted(sys.modules.items()):
        source = getattr(module, "__file__", None)
        if source and (name.partition(".")[0] == top or str(Path(source).parent) == folder) and Path(source).is_file():
            digest.update(Path(source).read_bytes())
    return digest.intdigest()


def _check(model: Any, named: str, record: Checked) -> Iterator[Found]:
    try:
        value = json.loads(record.content.removeprefix(BOM))
    except (ValueError, RecursionError):  # told by the rule ``syntax``
        return
    with own_code(f"the model '{named}' fails {at(record.place)}", "mend the model", rule="model"):
        misfits = _misfits(model, value)
    for misfit in misfits:
        yield Found(misfit["msg"], _steps(value, misfit["loc"]))


def _misfits(model: Any, value: object) -> list[Any]:
    try:
        model.model_validate(value)
    except ValueError as error:  # pydantic's ValidationError is one
        errors = getattr(error, "errors", None)
        if errors is None:
            raise
        return list(errors(include_url=False, include_context=False, include_input=False)[:_MOST])
    return []


def _steps(value: object, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A path of pydantic without the names that it puts in for the members of a union."""
    steps: list[str | int] = []
    for number, step in enumerate(loc):
        is_last = number == len(loc) - 1
        if isinstance(value, dict) and (step in value or is_last):
            steps.append(step)
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            steps.append(step)
            value = value[step] if step < len(value) else None
    return tuple(steps)
