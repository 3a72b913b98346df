"""Pydantic models, made of the fields that a shape declares; pydantic is imported here only (half a second)."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as PydanticField

from dsvc.formats.definition import AnyOf, Field, ListOf, Object

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRICT = ConfigDict(strict=True, extra="allow", populate_by_name=False, protected_namespaces=())


def model_of(name: str, fields: Sequence[Field]) -> type[BaseModel]:
    """A strict model that keeps unknown keys; its attributes are ``f0``, ``f1`` … with the fields' names as aliases.

    (Fields are called ``from``, ``Complex-CoT``, ``messages`` …: not all of these can be attributes.)
    """
    return _model(name, tuple(fields))


@cache
def _model(name: str, fields: tuple[Field, ...]) -> type[BaseModel]:
    made: dict[str, Any] = {}
    for number, field in enumerate(fields):
        about = PydanticField(alias=field.name, description=field.about)
        if field.passes:
            made[f"f{number}"] = (Any, PydanticField(None, alias=field.name, description=field.about))
        elif field.required:
            made[f"f{number}"] = (_python_type(field.type), about)
        else:
            made[f"f{number}"] = (
                _python_type(field.type) | None,
                PydanticField(None, alias=field.name, description=field.about),
            )
    return create_model("".join([part.title() for part in name.split("-")]), __config__=_STRICT, **made)


def _python_type(declared: Any) -> Any:
    if isinstance(declared, Object):
        return _model(declared.name, declared.fields)
    if isinstance(declared, ListOf):
        return list[_python_type(declared.item)]  # type: ignore[misc]
    if isinstance(declared, AnyOf):
        return reduce(or_, map(_python_type, declared.types))
    return declared
