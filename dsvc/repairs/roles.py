"""Other names of roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.repairs.repair import Repair

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.repairs.repair import Change

SHAREGPT: Final[Mapping[str, str]] = {
    "user": "human",
    "customer": "human",
    "gpt4": "gpt",
    "gpt-4": "gpt",
    "gpt-3.5": "gpt",
    "assistant": "gpt",
    "chatgpt": "gpt",
    "bot": "gpt",
    "bing": "gpt",
    "bard": "gpt",
    "model": "gpt",
    "tool": "observation",
    "function-call": "function_call",
}
MESSAGES: Final[Mapping[str, str]] = {
    "human": "user",
    "customer": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
}
_OWN: Final = {
    "from": frozenset({"human", "gpt", "system", "observation", "function_call"}),
    "role": frozenset({"user", "assistant", "system", "developer", "tool"}),
}
_LISTS: Final = ("conversations", "messages", "dialogue", "dialog", "conversation", "chosen", "rejected")


def _find(content: bytes, value: object) -> list[Change]:
    if not isinstance(value, dict) or not (b'"from"' in content or b'"role"' in content):
        return []
    return [change for name in _LISTS if name in value for change in _in_turns(name, value[name])]


def _in_turns(name: str, turns: object) -> Iterator[Change]:
    for number, turn in enumerate(turns if isinstance(turns, list) else ()):
        if not isinstance(turn, dict):
            continue
        for key, aliases in (("from", SHAREGPT), ("role", MESSAGES)):
            role = turn.get(key)
            if isinstance(role, str) and role not in _OWN[key]:
                plain = role.strip().lower()
                meant = plain if plain in _OWN[key] else aliases.get(plain)
                if meant is not None:
                    yield (name, number, key), meant


ROLES: Final = Repair(
    name="roles",
    title="other names of roles become those that trainers read",
    why="LLaMA-Factory drops a record with a role that it does not know. Only names with one meaning are taken: "
    "'user' and 'assistant' under 'from', 'human' and 'gpt' under 'role', and capital letters.",
    begin=lambda: _find,
)
