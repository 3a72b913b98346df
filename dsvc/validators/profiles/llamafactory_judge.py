"""What LLaMA-Factory does to a row, step by step.

Source: hiyouga/LLaMA-Factory v0.9.5, src/llamafactory/data/converter.py (``AlpacaDatasetConverter``,
``SharegptDatasetConverter``, ``OpenAIDatasetConverter``), processor/supervised.py, pairwise.py, feedback.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.validators.profiles.llamafactory_encoding import Turn, encode, no_text
from dsvc.validators.profiles.llamafactory_reading import reading
from dsvc.validators.profiles.reading import calls, is_text, kind, reasoning_of, shown, told, trains_not

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.profiles.llamafactory_reading import Reading
    from dsvc.validators.profiles.treatment import Told

_SIDE: Final = {"user": 0, "observation": 0, "assistant": 1, "function": 1}
"""Positions that a role may have: even or odd."""


def judge(record: Checked) -> Iterator[Told]:
    """What happens to a row."""
    found = reading(record)
    if found is None or found.formatting == "v1":
        return
    if found.formatting == "alpaca":
        yield from _alpaca(found, record.fields)
    else:
        yield from _chat(found, record.fields)


# Alpaca


def _alpaca(read: Reading, value: Mapping[str, Any]) -> Iterator[Told]:
    turns: list[Turn] = []
    history = read.column(value, "history")
    if isinstance(history, list):
        for number, pair in enumerate(history):
            if not isinstance(pair, list) or len(pair) != 2:
                yield told(
                    "history-pair",
                    f"an earlier round is {shown(pair)}, not [question, answer]",
                    ("history", number),
                    "make it a list of two texts",
                )
                return
            turns += [
                Turn("user", pair[0], ("history", number, 0)),
                Turn("assistant", pair[1], ("history", number, 1)),
            ]
        if history:
            yield told(
                "history-trained",
                f"the answers of {len(history)} earlier rounds are trained as well",
                ("history",),
                "mask_history: true in the training, or leave 'history' out",
            )
    asked = [name for name in ("prompt", "query") if read.column(value, name)]
    for name in asked:
        if not is_text(read.column(value, name)):
            yield no_text(read.column(value, name), (read.columns[name],))
            return
    question = "\n".join([read.column(value, name) for name in asked])
    turns.append(Turn("user", question, (read.columns.get("prompt", "instruction"),)))
    if read.stage == "pt":
        return
    answers = yield from _alpaca_answers(read, value)
    for answer in answers:
        yield from encode(read, value, [*turns, answer], read.column(value, "system"), ("system",))


def _alpaca_answers(read: Reading, value: Mapping[str, Any]) -> Any:
    """The answers; none when the row is dropped. A generator that returns them."""
    if read.stage == "rm":
        sides = [(side, read.column(value, side)) for side in ("chosen", "rejected")]
        for side, text in sides:
            if not is_text(text):
                yield told("ranking-sides", f"'{side}' is {kind(text)}, not a text", (side,), "make it a text")
                return ()
        return tuple(Turn("assistant", text, (side,)) for side, text in sides)
    key = read.columns["response"]
    answer = value.get(key)
    if read.stage == "kto":
        judged = yield from _kto(read, value, Turn("assistant", answer, (key,)))
        return () if judged is None else (judged,)
    if not is_text(answer):
        yield told("output-not-text", f"'{key}' is {kind(answer)}, not a text", (key,), "write the answer as a text")
        return ()
    return (Turn("assistant", answer, (key,)),)


def _kto(read: Reading, value: Mapping[str, Any], answer: Turn) -> Any:
    """The answer as it is trained, None when the row is dropped. A generator that returns it."""
    key = read.columns["kto_tag"]
    tag = value.get(key)
    if not isinstance(tag, bool):
        yield told("kto-tag", f"'{key}' is {shown(tag)}, not true or false", (key,), "make it true or false")
        return None
    if tag and not answer.content:
        yield told(
            "kto-empty-answer",
            "an empty answer that is labelled good is trained as a bad one",
            answer.steps,
            "leave the row out",
        )
        return Turn("assistant", "", answer.steps)
    return answer


# Messages


def _chat(read: Reading, value: Mapping[str, Any]) -> Iterator[Told]:
    key = read.columns["messages"]
    messages = value.get(key)
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        bad = messages if not isinstance(messages, list) else next(m for m in messages if not isinstance(m, dict))
        yield told("no-messages", f"{kind(bad)} stands where messages are read", (key,), "make it a list of messages")
        return
    start = 1 if messages and read.roles.get(_hashable(messages[0].get(read.role))) == "system" else 0
    system, system_steps = read.column(value, "system"), ("system",)
    if start:
        system, system_steps = messages[0].get(read.content), (key, 0, read.content)  # type: ignore[assignment]
    if read.formatting == "openai" and system and not is_text(system):  # it is added to, also of a row that is dropped
        yield no_text(system, system_steps)
        return
    aligned = _openai if read.formatting == "openai" else _sharegpt
    turns = yield from aligned(read, messages, start, key)
    if turns is None:
        return
    stays = yield from _counted(read, turns, key)
    if not stays:
        return
    yield from _ignored(messages, key, read)
    talks = yield from _talks(read, value, turns)
    for talk in talks:
        yield from encode(read, value, talk, system, system_steps)


def _hashable(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sharegpt(read: Reading, messages: Sequence[Any], start: int, key: str) -> Any:
    turns = []
    for number, message in enumerate(messages[start:]):
        steps = (key, number + start, read.role)
        role = read.roles.get(_hashable(message.get(read.role)))
        if role is None:
            yield _unknown("unknown-role", message.get(read.role), steps, read)
            return None
        if role == "system" or _SIDE[role] != number % 2:
            yield _misplaced(read, role, message.get(read.role), number, steps)
            return None
        turns.append(Turn(role, message.get(read.content), (key, number + start, read.content)))
    return turns


def _openai(read: Reading, messages: Sequence[Any], start: int, key: str) -> Any:
    turns: list[Turn] = []
    results: list[Turn] = []
    for number, message in enumerate(messages[start:], start):
        role, content = read.roles.get(_hashable(message.get(read.role))), message.get(read.content)
        steps: Steps = (key, number, read.content)
        if role is None:
            yield _unknown("unknown-openai-role", message.get(read.role), (key, number, read.role), read)
            return None
        if role in ("assistant", "function") and message.get("tool_calls"):
            role, steps = "function", (key, number, "tool_calls")
            if not all(isinstance(call, dict) and "function" in call for call in calls(message)) or not calls(message):
                yield told("call-form", "a call has no 'function'", steps, "write it as OpenAI does")
                return None
            if content:
                yield told(
                    "text-beside-calls",
                    f"the text beside the calls is not trained: {shown(content)}",
                    (key, number, read.content),
                    "put the text into a message of its own",
                )
            content = [call["function"] for call in calls(message)]
        if role == "observation":
            results.append(Turn(role, content, steps))
            continue
        if results:
            if (wrong := next((result for result in results if not is_text(result.content)), None)) is not None:
                yield no_text(wrong.content, wrong.steps)
                return None
            turns.append(Turn("observation", "".join([str(result.content) for result in results]), results[0].steps))
            results = []
        turns.append(Turn(role, content, steps))
    for number, turn in enumerate(turns):
        if turn.role == "system" or _SIDE[turn.role] != number % 2:
            yield _misplaced(read, turn.role, turn.role, number, turn.steps)
            return None
    if results:
        yield told(
            "lost-results",
            "the result of a call at the end is not trained on: no answer follows",
            results[0].steps,
            "add the answer, or leave the result out",
        )
    return turns


def _unknown(name: str, role: object, steps: Steps, read: Reading) -> Told:
    return told(name, f"role {shown(role)} is not known", steps, f"use one of {', '.join(read.roles)}")


def _misplaced(read: Reading, role: str, written: object, number: int, steps: Steps) -> Told:
    if role == "system":
        return told(
            "system-place", "a system message stands behind others", steps, "put it first, or into the question"
        )
    wanted = " or ".join([tag for tag, name in read.roles.items() if _SIDE.get(name) == number % 2])
    return told(
        "turn-order",
        f"{shown(written)} stands where {wanted} is expected",
        steps,
        "let questions and answers take turns",
    )


def _counted(read: Reading, turns: Sequence[Turn], key: str) -> Any:
    """Whether the number of messages is one that is taken. A generator that returns it."""
    if not turns:
        yield told("empty-conversation", "there is no message but a system prompt", (key,), "leave the row out")
        return False
    if (len(turns) % 2 == 0) == (read.stage == "rm"):
        wanted = "the question" if read.stage == "rm" else "an answer"
        yield told(
            "odd-turns",
            f"{len(turns)} messages, of which the last is not {wanted}"
            if len(turns) > 1
            else f"one message, which is not {wanted}",
            (key,),
            "leave the last message out" if len(turns) > 1 else "add the answer",
        )
        return False
    return True


def _talks(read: Reading, value: Mapping[str, Any], turns: Sequence[Turn]) -> Any:
    """What is encoded: one conversation, of a pair two; none when the row is dropped. A generator that returns it."""
    if read.stage == "kto":
        answer = yield from _kto(read, value, turns[-1])
        return () if answer is None else ([*turns[:-1], answer],)
    if read.stage != "rm":
        return (turns,)
    sides = [(side, value.get(side)) for side in ("chosen", "rejected")]
    for side, message in sides:
        if not isinstance(message, dict):
            yield told("ranking-sides", f"'{side}' is {kind(message)}, not a message", (side,), "make it a message")
            return ()
    made = []
    for side, message in sides:
        assert isinstance(message, dict)
        role = read.roles.get(_hashable(message.get(read.role)))
        if role is None or role == "system":
            yield _unknown("unknown-ranking-role", message.get(read.role), (side, read.role), read)
            return ()
        if _SIDE.get(role) != 1:
            yield told(
                "ranking-role",
                f"'{side}' is a message of {shown(message.get(read.role))}, and is trained as such",
                (side, read.role),
                "make it an answer: gpt or function_call",
            )
        made.append([*turns, Turn(role, message.get(read.content), (side, read.content))])
    return tuple(made)


def _ignored(messages: Sequence[Mapping[str, Any]], key: str, read: Reading) -> Iterator[Told]:
    for number, message in enumerate(messages):
        if (name := trains_not(message)) is not None and read.roles.get(_hashable(message.get(read.role))) in (
            "assistant",
            "function",
        ):
            yield told(
                "weight-ignored",
                f"'{name}' is {shown(message[name])}, and the answer is trained all the same",
                (key, number, name),
                "leave the row out, or cut it before that answer",
            )
        if (name := reasoning_of(message)) is not None:
            yield told(
                "reasoning-ignored",
                f"'{name}' is not read",
                (key, number, name),
                "write it into the text: <think>…</think>",
            )
