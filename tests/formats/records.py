"""Records to try shapes on: the examples of the shapes, and what careless scripts make of them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, cast

from hypothesis import strategies as st

from dsvc.formats import NAMES, Conversion, shape, targets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.formats import Entry

Value = dict[str, Any]

_USER, _SAID = {"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}
_CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
_CALL_TRL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {}}}
_SAYING_AND_CALLING = {"role": "assistant", "content": "看", "tool_calls": [_CALL]}
_RESULT = {"role": "tool", "content": "1", "tool_call_id": "c1"}
RARE: dict[str, list[Value]] = {
    "preference-implicit": [{"chosen": "good", "rejected": "bad"}],
    "openai": [
        {"messages": [_USER, _SAYING_AND_CALLING, _RESULT, _SAID, _USER, _SAID]},
        {"messages": [_USER, _SAYING_AND_CALLING, _USER, {**_SAID, "weight": 0}]},
    ],
    "trl": [
        {"messages": [{**_USER, "reasoning_content": "想"}, _SAID]},
        {"messages": [_USER, {"role": "assistant", "tool_calls": [_CALL_TRL]}, {**_RESULT, "name": "f"}, _SAID]},
        {
            "messages": [{"role": "user", "content": [{"type": "image"}]}, {**_SAID, "content": "<image>"}],
            "images": ["a"],
        },
    ],
    "multimodal": [
        {"messages": [_USER, {**_SAID, "loss": False}]},
        {"messages": [_USER, _SAID], "tools": '[{"function": {"name": "f"}, "type": "function"}]'},
    ],
    "prompt-completion": [{"prompt": [_USER], "completion": [_SAID, _USER]}],
}
"""What no example of a shape shows, and careless scripts write."""
EXAMPLES = [(name, number) for name in NAMES for number in range(len(shape(name).examples) + len(RARE.get(name, ())))]
PAIRS = [(source, target) for source in NAMES for target in targets_of(source)]


def line(value: object) -> bytes:
    """A record as scripts write it."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def example(name: str, number: int = 0) -> Value:
    """A copy of an example that may be changed."""
    return cast("Value", copy.deepcopy([*shape(name).examples, *RARE.get(name, ())][number]))


def convert(value: object, target: str, source: str | None = None, **options: Any) -> tuple[list[Value], list[Entry]]:
    """One record in another shape, and what is told."""
    conversion = Conversion(target, source, **options)
    written = [*conversion.lines([line(value)], "data.jsonl")]
    return [json.loads(one) for one in written], conversion.told.entries


def told(entries: list[Entry]) -> list[tuple[str, str]]:
    """What kind of loss, and of which field."""
    return [(entry.loss, entry.field) for entry in entries]


PLAIN = ("", " ", "x", "账单", "a\nb", "\n", "null", "{}", "[]", '"', "\\", "a\\", "a>b>c", "\u2028", "😀", "gpt")
MARKED = ("<image>", "<image> two <image>", "<think>\n想\n</think>\n\n答", "<think>a</think>b", "<think>", "</think>")
JSON = ('{"a": 1.50}', '{"name": "f", "arguments": {}}', '[{"name": "f", "arguments": {}}]')
TEXTS = st.sampled_from([*PLAIN, *MARKED, *JSON])
SCALARS = st.one_of(
    TEXTS, st.none(), st.booleans(), st.sampled_from([0, 1, -1, 7, 2**70]), st.sampled_from([0.5, 1.0, -0.0, 1e300])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["role", "content", "from", "value", "type", "text", "name", "arguments", "x"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
OF_RECORDS = ("system", "history", "tools", "images", "input", "label", "weight", "id", "domain", "messages", "名")
OF_MESSAGES = (
    "name",
    "tool_call_id",
    "tool_calls",
    "type",
    "text",
    "detail",
    "function",
    "arguments",
    "thinking",
    "url",
)
KEYS = st.sampled_from([*OF_RECORDS, *OF_MESSAGES])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """All places inside of a value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, names: list[str] | None = None) -> tuple[str, Value]:
    """An example with some places changed, taken out, repeated, or with keys put in."""
    name, number = draw(st.sampled_from([pair for pair in EXAMPLES if names is None or pair[0] in names]))
    value = example(name, number)
    for _ in range(draw(st.integers(1, 3))):
        _mutate(draw, value)
    return name, value


def _mutate(draw: st.DrawFn, value: Value) -> None:
    found = [*places(value)]
    if not found:
        return
    *way, last = draw(st.sampled_from(found))
    holder: Any = value
    for step in way:
        holder = holder[step]
    action = draw(st.sampled_from(["text", "text", "value", "remove", "repeat", "add"]))
    if action == "remove":
        del holder[last]
    elif action == "repeat" and isinstance(holder, list):
        holder.insert(last, copy.deepcopy(holder[last]))
    elif action == "add" and isinstance(holder, dict):
        holder[draw(KEYS)] = draw(VALUES)
    elif action == "text" and isinstance(holder[last], str):
        holder[last] = draw(TEXTS)
    elif action == "value":
        holder[last] = draw(VALUES)


def texts(value: Any) -> Iterator[str]:
    """All texts of a value, also those inside of JSON texts; not keys, and not the names of roles and types."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not (key in ("role", "from", "type") and isinstance(inner, str)):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        try:
            inside = json.loads(value) if value[:1] in ("{", "[") else value
        except ValueError:
            inside = value
        yield from [value] if isinstance(inside, str) else texts(inside)
