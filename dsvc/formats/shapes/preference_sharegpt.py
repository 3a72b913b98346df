"""ShareGPT with a chosen and a rejected message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import MEDIA, SYSTEM, given_in
from dsvc.formats.canonical import Answer, Canonical, Turn
from dsvc.formats.chat import read_turns
from dsvc.formats.chat_writing import Writer
from dsvc.formats.definition import Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.dialects import SHAREGPT, looks_of
from dsvc.formats.misfit import Misfit
from dsvc.formats.shapes.sharegpt import (
    COLUMNS,
    MESSAGE,
    TAGS,
    TOOLS,
    in_order,
    joined_results,
    read_system,
    tell_order,
)
from dsvc.formats.sides import one_turn, pair_of
from dsvc.formats.tools import read_tools, write_tools

if TYPE_CHECKING:
    from dsvc.formats.media import Given
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("conversations", ListOf(MESSAGE), "the messages up to the question"),
    Field("chosen", MESSAGE, "the better answer, a message of gpt or function_call"),
    Field("rejected", MESSAGE, "the worse answer"),
    SYSTEM,
    TOOLS,
    *MEDIA,
)
KNOWN: Final = known_of(FIELDS)


def _answer(value: dict[str, Json], key: str, told: Told, given: Given | None) -> list[Turn]:
    if key not in value:
        raise Misfit(key, "is missing")
    turns = read_turns([value[key]], SHAREGPT, told, key, given)
    if turns[0].role != "assistant":
        raise Misfit(f"{key}.from", "is not gpt or function_call", "LLaMA-Factory drops such records")
    return turns


def _read(value: dict[str, Json], told: Told) -> Canonical:
    given = given_in(value, told)
    turns = read_system(value, told)
    turns += read_turns(value.get("conversations"), SHAREGPT, told, "conversations", given)
    if not turns:
        raise Misfit("conversations", "is empty")
    tell_order(value["conversations"], told, ends_with_answer=False)
    answers = (
        Answer(_answer(value, "chosen", told, given), good=True),
        Answer(_answer(value, "rejected", told, given), good=False),
    )
    if given:
        given.finish()
    tools = read_tools(value["tools"], told, as_text=True, wrapped=False) if "tools" in value else None
    return Canonical(turns, answers, tools, extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    writer = Writer(SHAREGPT, told)
    messages = writer.turns(joined_results(canonical.turns, told))
    made: dict[str, Json] = {"conversations": in_order(messages, ends_with_answer=False)}
    for key, answer in zip(("chosen", "rejected"), pair_of(canonical), strict=True):
        written = writer.fork().turns([one_turn(answer.turns, key)])
        if len(written) != 1:
            raise Misfit(key, "is a text and calls of tools", "the target takes one or the other")
        made[key] = written[0]
    if canonical.tools is not None:
        made["tools"] = write_tools(canonical.tools, as_text=True, wrapped=False)
    return with_extra({**made, **writer.taken.fields()}, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    sides = (looks_of(value["chosen"]), looks_of(value["rejected"]), looks_of(value["conversations"]))
    return 1.0 if all("from" in side for side in sides) and isinstance(value["chosen"], dict) else 0.0


SHAPE: Final = Shape(
    name="preference-sharegpt",
    kind="preference",
    title="conversations, and chosen and rejected as one message each",
    fields=FIELDS,
    readers=("LLaMA-Factory (ranking: true)",),
    source="LLaMA-Factory data/README.md, preference dataset (sharegpt)",
    examples=(
        {
            "conversations": [{"from": "human", "value": "怎么注销账户？"}],
            "chosen": {"from": "gpt", "value": "带身份证到任一网点办理。"},
            "rejected": {"from": "gpt", "value": "不能注销。"},
        },
        {
            "conversations": [
                {"from": "system", "value": "Be exact."},
                {"from": "human", "value": "How long is a year?"},
            ],
            "chosen": {"from": "gpt", "value": "365 days, 366 in a leap year."},
            "rejected": {"from": "gpt", "value": "Long."},
        },
    ),
    cautions=("conversations has an odd number of messages: it ends with the question.",),
    dataset_info={
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {**COLUMNS, "chosen": "chosen", "rejected": "rejected"},
        "tags": TAGS,
    },
    looks=_looks,
    read=_read,
    write=_write,
)
