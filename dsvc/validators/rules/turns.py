"""Who speaks, and in which order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dsvc.validators.naming import short
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.talks import calls_in, has_turns, one_of_each, talks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.talks import Talk, Turn

_ANSWERED_ELSEWHERE: Final = ("chosen", "rejected", "preferred_output", "completion")
"""Fields with the answer to a conversation, which then ends with the question."""
_WHOLE: Final = ("chosen", "rejected", "chosen_messages", "rejected_messages")
"""Sides of a pair that are whole conversations where the record has no prompt of its own."""
_QUESTIONS: Final = frozenset(("user", "tool"))


def _by_roles(check: Callable[[Checked], Iterator[Found]]) -> RecordCheck:
    """A check that looks at nothing but roles, fields, and whether there are calls."""
    return RecordCheck(check, when=has_turns, select=lambda records, rows: one_of_each(records, rows, check))


def _unknown_role(options: NoOptions) -> RecordCheck:
    return _by_roles(_check_names)


def _check_names(record: Checked) -> Iterator[Found]:
    for talk in talks(record):
        for turn in talk.turns:
            if turn.speaker is None:
                yield Found(
                    f"the role {short(turn.name)} has no meaning for trainers",
                    turn.role_at,
                    "write one of system, human, gpt, function_call, observation"
                    if turn.key == "value"
                    else "write one of system, user, assistant, tool",
                )


def _system_position(options: NoOptions) -> RecordCheck:
    return _by_roles(_check_system)


def _check_system(record: Checked) -> Iterator[Found]:
    for talk in talks(record):
        for number, (before, turn) in enumerate(pairwise(talk.turns), 2):
            if turn.speaker == "system" and before.speaker != "system":
                told = f"a '{turn.name}' message is number {number} of {len(talk.turns)}, behind other turns"
                yield Found(told, turn.steps, "put it first, or make it a part of the question")


def _role_order(options: NoOptions) -> RecordCheck:
    return _by_roles(_check_order)


def _check_order(record: Checked) -> Iterator[Found]:
    for talk, spoken in _spoken(record):
        if talk.turns[0].key == "value":
            yield from _strictly(spoken)
        else:
            yield from _loosely(talk, spoken)


def _spoken(record: Checked) -> Iterator[tuple[Talk, list[Turn]]]:
    """Whole conversations without their system messages; not those with roles that mean nothing."""
    for talk in talks(record):
        whole = talk.is_conversation or (talk.steps[0] in _WHOLE and "prompt" not in record.fields)
        if not whole or (len(talk.steps) == 1 and type(record.fields[str(talk.steps[0])]) is dict):
            continue
        if talk.steps[0] in _WHOLE and any(field in record.fields for field in ("conversations", "messages")):
            continue
        spoken = [turn for turn in talk.turns if turn.speaker != "system"]
        if all(turn.speaker is not None for turn in spoken):
            yield talk, spoken


def _strictly(spoken: list[Turn]) -> Iterator[Found]:
    """ShareGPT: sides take turns, human or observation first. Only the first turn that is wrong is told."""
    for number, turn in enumerate(spoken):
        if (turn.speaker in _QUESTIONS) is (number % 2 == 0):
            continue
        fix = "put both into one turn, or add the one between them"
        if number:
            yield Found(f"'{turn.name}' follows '{spoken[number - 1].name}'", turn.steps, fix)
        else:
            yield Found(f"the conversation begins with '{turn.name}'", turn.steps, "begin with a question")
        return


def _loosely(talk: Talk, spoken: list[Turn]) -> Iterator[Found]:
    """Messages: a call may be followed by several results, and calls may follow what is said."""
    if len(spoken) > 1 and spoken[0].speaker in ("assistant", "call"):
        told = f"the conversation begins with '{spoken[0].name}'"
        yield Found(told, spoken[0].steps, "begin with a question", severity="warning")
    for before, turn in pairwise(spoken):
        if before.speaker == turn.speaker and turn.speaker in ("user", "assistant") and not calls_in(before):
            told = f"'{turn.name}' follows '{before.name}'"
            yield Found(told, turn.steps, "put both into one turn", severity="warning")


def _no_answer(options: NoOptions) -> RecordCheck:
    return _by_roles(_check_answer)


def _check_answer(record: Checked) -> Iterator[Found]:
    for talk, spoken in _spoken(record):
        if talk.is_conversation and any(field in record.fields for field in _ANSWERED_ELSEWHERE):
            if spoken and spoken[-1].speaker not in _QUESTIONS:
                told = f"the conversation ends with '{spoken[-1].name}', and its answers stand in other fields"
                yield Found(told, spoken[-1].steps, "end it with the question", severity="warning")
        elif not spoken:
            told = f"'{talk.steps[0]}' has no turns but system messages"
            yield Found(told, talk.steps, "add a question and its answer, or leave the record out")
        elif spoken[-1].speaker in _QUESTIONS:
            told = f"the last turn is '{spoken[-1].name}': there is no answer to it"
            yield Found(told, spoken[-1].steps, "add the answer, or leave the turn out")


def _no_question(options: NoOptions) -> RecordCheck:
    return _by_roles(_check_question)


def _check_question(record: Checked) -> Iterator[Found]:
    for talk, spoken in _spoken(record):
        alone = len(spoken) == 1 and spoken[0].speaker in ("assistant", "call")
        if alone and spoken[0].key == "content" and talk.is_conversation:  # else told by the rule ``role-order``
            told = f"'{spoken[0].name}' alone speaks: there is no question"
            yield Found(told, spoken[0].steps, "add the question, or leave the record out")


def _talk(*turns: tuple[str, str], more: str = "") -> str:
    made = ", ".join(f'{{"role": "{role}", "content": "{text}"}}' for role, text in turns)
    return f'{{"messages": [{made}]{more}}}'


def _share(*turns: tuple[str, str], more: str = "") -> str:
    made = ", ".join(f'{{"from": "{role}", "value": "{text}"}}' for role, text in turns)
    return f'{{"conversations": [{made}]{more}}}'


_GOOD_SHARE: Final = _share(
    ("system", "s"), ("human", "a"), ("function_call", "{}"), ("observation", "1"), ("gpt", "b")
)
_PAIR: Final = ', "chosen": {"from": "gpt", "value": "b"}, "rejected": {"from": "gpt", "value": "c"}'

RULES: Final = (
    Rule(
        id="unknown-role",
        topic="structure",
        severity="error",
        title="a role that no trainer reads",
        why="LLaMA-Factory drops the record with a warning in the log; chat templates stop at it.",
        example=Example(
            bad=(_share(("narrator", "a"), ("gpt", "b")), _talk(("User:", "a"), ("assistant", "b"))),
            good=(_share(("human", "a"), ("gpt", "b")), _talk(("developer", "s"), ("user", "a"), ("assistant", "b"))),
        ),
        make=_unknown_role,
        repair="roles",
        sources=("LLaMA-Factory converter.py, SharegptDatasetConverter",),
    ),
    Rule(
        id="system-position",
        topic="structure",
        severity="warning",
        title="a system message behind other turns",
        why="Most chat templates take it in front only, and stop at it or leave it out elsewhere; LLaMA-Factory drops "
        "the record.",
        example=Example(
            bad=(_talk(("user", "a"), ("system", "s"), ("assistant", "b")),),
            good=(_talk(("system", "s"), ("user", "a"), ("assistant", "b")),),
        ),
        make=_system_position,
        sources=("LLaMA-Factory converter.py", "Hugging Face transformers, chat templates of Llama 2 and Mistral"),
    ),
    Rule(
        id="role-order",
        topic="structure",
        severity="error",
        title="turns do not alternate",
        why="LLaMA-Factory drops a ShareGPT record whose sides do not alternate; chat templates (Llama 2, Gemma, "
        "Mistral) stop at two turns of one role.",
        example=Example(
            bad=(
                _talk(("user", "a"), ("user", "b"), ("assistant", "c")),
                _share(("gpt", "a"), ("human", "b"), ("gpt", "c")),
                _share(("human", "a"), ("gpt", "b"), ("gpt", "c")),
            ),
            good=(
                _GOOD_SHARE,
                _talk(("assistant", "a text to go on from")),
                _talk(
                    ("user", "a"), ("tool_call", "{}"), ("tool_call", "{}"), ("tool_response", "1"), ("assistant", "b")
                ),
            ),
        ),
        make=_role_order,
        sources=("LLaMA-Factory converter.py", "Hugging Face transformers, chat templates of Llama 2 and Mistral"),
    ),
    Rule(
        id="no-answer",
        topic="structure",
        severity="error",
        title="a conversation does not end with an answer",
        why="LLaMA-Factory drops a record with an odd number of turns; elsewhere the last turn is there for nothing.",
        example=Example(
            bad=(
                _share(("human", "a"), ("gpt", "b"), ("human", "c")),
                _talk(("user", "a")),
                _talk(("system", "s")),
                _share(("human", "a"), ("gpt", "b"), more=_PAIR),
            ),
            good=(_share(("human", "a"), more=_PAIR), _share(("human", "a"), ("function_call", "{}")), _GOOD_SHARE),
        ),
        make=_no_answer,
        sources=("LLaMA-Factory converter.py", "OpenAI cookbook, chat fine-tuning data preparation"),
    ),
    Rule(
        id="no-question",
        topic="structure",
        severity="warning",
        title="a conversation has no question",
        why="The model learns to say this to anything. LLaMA-Factory drops the record, because its turns are odd.",
        example=Example(
            bad=(_talk(("assistant", "b")), _talk(("system", "s"), ("assistant", "b"))),
            good=(
                _talk(("user", "a"), ("assistant", "b")),
                _talk(("tool", "1"), ("assistant", "b")),
                _talk(("user", "a")),
            ),
        ),
        make=_no_question,
        sources=("LLaMA-Factory converter.py",),
    ),
)
