"""ms-swift's preference pairs: messages, and a rejected response for the last answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import MEDIA, given_in
from dsvc.formats.canonical import Answer, Canonical
from dsvc.formats.chat_writing import Writer
from dsvc.formats.definition import Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.dialects import PLACEHOLDERS, looks_of
from dsvc.formats.exchange import answer_turn
from dsvc.formats.message_shapes import TOOL_TEXT, conversation_in
from dsvc.formats.misfit import Misfit, text_in
from dsvc.formats.shapes.multimodal import MESSAGE, WRONG
from dsvc.formats.shapes.openai import messages_look
from dsvc.formats.shapes.preference_alpaca import answer_field
from dsvc.formats.sides import one_turn, pair_of, parted

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("messages", ListOf(MESSAGE), "the conversation; it ends with the better answer"),
    Field("rejected_response", str, "the worse answer"),
    Field("tools", str, "the tools as a JSON text", required=False),
    *MEDIA,
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    given = given_in(value, told)
    turns, better = parted(conversation_in(value, "messages", PLACEHOLDERS, told, given), "messages")
    worse = [answer_turn(text_in(value, "rejected_response"), told, given)]
    if given:
        given.finish()
    answers = (Answer(better, good=True), Answer(worse, good=False))
    return Canonical(turns, answers, TOOL_TEXT.read(value, told), extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    chosen, rejected = pair_of(canonical)
    writer = Writer(PLACEHOLDERS, told)
    better = one_turn(chosen.turns, "chosen")
    if better.details is not None and better.details.calls:
        raise Misfit("chosen", "calls tools", "the target has a text for the rejected answer, so both must be texts")
    made: dict[str, Json] = {"messages": writer.turns([*canonical.turns, better])}
    made["rejected_response"] = answer_field(one_turn(rejected.turns, "rejected"), "rejected", told, writer.taken)
    made.update(TOOL_TEXT.write(canonical.tools))
    return with_extra({**made, **writer.taken.fields()}, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    found = messages_look(looks_of(value["messages"]), wrong=WRONG, right=frozenset())
    return 1.0 if found and isinstance(value["rejected_response"], str) else 0.0


SHAPE: Final = Shape(
    name="preference-swift",
    kind="preference",
    title="messages and rejected_response",
    fields=FIELDS,
    readers=("ms-swift DPO, ORPO, CPO, SimPO, reward",),
    source="modelscope/ms-swift docs Custom-dataset.md, RLHF",
    examples=(
        {
            "messages": [
                {"role": "user", "content": "卡到期了怎么办？"},
                {"role": "assistant", "content": "新卡会提前一个月寄出。"},
            ],
            "rejected_response": "那就没卡了。",
        },
        {
            "messages": [
                {"role": "user", "content": "<image>Which note is this?"},
                {"role": "assistant", "content": "A ten."},
            ],
            "rejected_response": "Money.",
            "images": ["notes/10.jpg"],
        },
    ),
    looks=_looks,
    read=_read,
    write=_write,
)
