"""Text classification: one label, several, or a path of labels (``product>points>redemption``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Canonical, Turn
from dsvc.formats.definition import AnyOf, Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.exchange import exchange, question_text
from dsvc.formats.misfit import Misfit, called, expected, text_in
from dsvc.record import Number

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("text", str, "what is classified"),
    Field(
        "label",
        AnyOf((str, int, float, ListOf(AnyOf((str, int))))),
        "a label, a path a>b>c, a number, or a list of labels",
    ),
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], _told: Told) -> Canonical:
    text = text_in(value, "text")
    if "label" not in value:
        raise Misfit("label", "is missing")
    label = value["label"]
    if type(label) is list:
        for number, one in enumerate(label):
            if type(one) not in (str, int):
                raise Misfit(f"label[{number}]", f"expected a label, found {called(one)}")
    elif type(label) not in (str, int, float, Number):
        expected("a label or a list of labels", label, "label")
    return Canonical([Turn("user", text)], labels=label, extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    found = exchange(canonical.turns, told, answered=False)
    if found.history:
        told.lost("history", "the target has one text")
    if found.system is not None:
        told.lost("system", "the target has no place for it")
    if canonical.tools is not None:
        told.lost("tools", "the target has no place for them")
    made: dict[str, Json] = {"text": question_text(found.prompt, told, "text"), "label": canonical.labels}
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    fits = isinstance(value["text"], str) and not isinstance(value["label"], (dict, bool, type(None)))
    return 1.0 if fits else 0.0


SHAPE: Final = Shape(
    name="classification",
    kind="labels",
    title="text and label: one, several, or a path a>b>c",
    fields=FIELDS,
    readers=("Hugging Face Trainer", "ms-swift (seq_cls, as messages and label)", "doccano"),
    source="tutorials on fine-tuning data (classification, hierarchical labels); ms-swift Custom-dataset.md; doccano",
    examples=(
        {"text": "积分怎么兑换里程？", "label": "产品>积分>兑换"},
        {"text": "The app logs me out, and the fee is wrong.", "label": ["app", "fees"]},
    ),
    looks=_looks,
    read=_read,
    write=_write,
)
