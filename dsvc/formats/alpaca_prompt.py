"""What all Alpaca-like shapes have in front of the answer: instruction, input, system, history, media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Turn
from dsvc.formats.definition import AnyOf, Field, ListOf
from dsvc.formats.exchange import Exchange, answer_text, answer_turn, question_text, tell_asked
from dsvc.formats.media import Given, Taken
from dsvc.formats.misfit import Misfit, expected, optional_text, text_in

if TYPE_CHECKING:
    from dsvc.formats.canonical import Content
    from dsvc.formats.report import Told
    from dsvc.record import Json

INSTRUCTION: Final = (
    Field("instruction", str, "what is asked"),
    Field("input", str, "what it is asked about; follows the instruction on a line of its own", required=False),
)
SYSTEM: Final = Field("system", str, "the system prompt", required=False)
HISTORY: Final = Field(
    "history",
    ListOf(ListOf(str)),
    "earlier rounds, each [question, answer]; the answers are trained, too",
    required=False,
)
_FILE: Final = AnyOf((str, dict))
MEDIA: Final = (
    Field("images", ListOf(_FILE), "paths, as many as the text has <image>", required=False),
    Field("videos", ListOf(_FILE), "paths, as many as the text has <video>", required=False),
    Field("audios", ListOf(_FILE), "paths, as many as the text has <audio>", required=False),
)
PROMPT_COLUMNS: Final[dict[str, Json]] = {
    "prompt": "instruction",
    "query": "input",
    "system": "system",
    "history": "history",
    "images": "images",
    "videos": "videos",
    "audios": "audios",
}
"""How LLaMA-Factory calls these fields in ``columns``."""


def given_in(value: dict[str, Json], told: Told) -> Given | None:
    """The files of a record, None when it has none."""
    if "images" not in value and "videos" not in value and "audios" not in value:
        return None
    return Given(value, told) or None


def read_prompt(value: dict[str, Json], told: Told, given: Given | None = None) -> list[Turn]:
    """System, earlier rounds and the question as turns. Raises Misfit for a field of another type."""
    turns: list[Turn] = []
    instruction, more = text_in(value, "instruction"), value.get("input")
    if type(more) is not str:
        more = optional_text(value, "input") or ""
        told.rewritten(
            "input", "absent becomes an empty text" if "input" not in value else "null becomes an empty text"
        )
    if "system" in value:
        system = optional_text(value, "system")
        if system:
            turns.append(Turn("system", system))
        else:
            told.rewritten("system", "null becomes absent" if system is None else "an empty text becomes absent")
    if "history" in value:
        _read_history(value["history"], turns, told, given)
    content: Content = instruction
    if given:
        if more and "<" in more:
            told.rewritten("input", "follows the instruction on a line of its own")
            instruction, more = f"{instruction}\n{more}", ""
        content = given.split(instruction, "instruction")
    turns.append(Turn("user", content, None, more))
    return turns


def _read_history(found: Json, turns: list[Turn], told: Told, given: Given | None) -> None:
    if not found:
        told.rewritten("history", "an empty list becomes absent" if found == [] else "null becomes absent")
        if found is None or found == []:
            return
    if type(found) is not list:
        expected("a list of [question, answer]", found, "history")
    for number, pair in enumerate(found):
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str or type(pair[1]) is not str:
            raise Misfit(f"history[{number}]", "is not a pair of two texts", "each round is [question, answer]")
        asked = given.split(pair[0], f"history[{number}]") if given else pair[0]
        turns += [Turn("user", asked), answer_turn(pair[1], told, given)]


def write_prompt(found: Exchange, told: Told, taken: Taken) -> dict[str, Json]:
    """Instruction and input; system and history stand behind the answer (see :func:`write_rest`)."""
    prompt = found.prompt
    if not prompt.input or isinstance(prompt.content, list):
        return {"instruction": question_text(prompt, told, "instruction", taken), "input": ""}
    if prompt.details is not None:
        tell_asked(prompt.details, told)
    taken.note(prompt.input)
    taken.note(prompt.content or "")
    return {"instruction": prompt.content, "input": prompt.input}


def write_rest(found: Exchange, told: Told, taken: Taken) -> dict[str, Json]:
    """System and history, where there are any."""
    made: dict[str, Json] = {}
    if found.system:
        made["system"] = found.system
    elif found.system is not None:
        told.rewritten("system", "an empty text becomes absent")
    if found.history:
        made["history"] = [
            [question_text(asked, told, "history", taken), answer_text(answered, told, "history", taken)]
            for asked, answered in found.history
        ]
    return made
