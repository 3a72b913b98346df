"""``python -m benchmarks.convert``: how fast records are told, converted and handed to trainers, on one core.

    python -m benchmarks.convert --records 100000

The records of the other benchmarks, brought into several shapes first. Beside each figure stands what parsing the same
lines and writing them again takes (orjson), the least that any converter has to do.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time
from typing import TYPE_CHECKING, Final

import orjson

from benchmarks import data
from dsvc.exporters.trainers import trainer
from dsvc.formats import Conversion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PAIRS: Final = (
    ("alpaca", "openai"),
    ("alpaca", "sharegpt"),
    ("openai", "alpaca"),
    ("openai", "sharegpt"),
    ("sharegpt", "openai"),
    ("sharegpt", "llamafactory-v1"),
    ("llamafactory-v1", "trl"),
    ("alpaca", "complex-cot"),
    ("complex-cot", "sharegpt"),
    ("openai, calls of tools", "sharegpt"),
    ("openai, calls of tools", "trl"),
    ("sharegpt, calls of tools", "openai"),
)
TOOL: Final = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Looks something up in the handbook.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}, "most": {"type": "integer"}},
            "required": ["query"],
        },
    },
}
TRAINERS: Final = (("llamafactory", "alpaca"), ("llamafactory", "sharegpt"), ("openai", "openai"), ("trl", "trl"))
"""Trainers, and a shape that each reads as it is: records are looked at, and stay."""
RUNS: Final = 5


def converted(lines: Iterable[bytes], target: str) -> list[bytes]:
    """Alpaca lines in another shape; those without reasoning get the first sentence of their answer as reasoning."""
    shape, _, calls = target.partition(", ")
    if calls:
        lines = [_with_call(line) for line in lines]
        return lines if shape == "openai" else [*Conversion(shape).lines(lines, "data")]
    if target == "complex-cot":
        return [_thought(line) for line in Conversion(target).lines(lines, "data")]
    return [*Conversion(target).lines(lines, "data")]


def _thought(line: bytes) -> bytes:
    record = orjson.loads(line)
    return orjson.dumps({**record, "Complex_CoT": record["Response"][:80]}) + b"\n"


def _with_call(line: bytes) -> bytes:
    """The record as messages in which a tool is called, gives something back, and is answered with."""
    record = orjson.loads(line)
    arguments = orjson.dumps({"query": record["instruction"][:60], "most": 3}).decode()
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": arguments}}
    messages = [
        {"role": "user", "content": record["instruction"]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": record["output"][:200]},
        {"role": "assistant", "content": record["output"]},
    ]
    return orjson.dumps({"messages": messages, "tools": [TOOL]}) + b"\n"


def handed(lines: Iterable[bytes], name: str, target: str) -> int:
    """How many bytes a trainer is given."""
    demands = trainer(name).demands(target, set())
    return sum(map(len, Conversion(target, target, demands=demands).lines(lines, "data")))


def best(work: Callable[[], object]) -> float:
    """The least processor time of several runs, in seconds."""
    took = []
    for _ in range(RUNS):
        before = time.process_time()
        work()
        took.append(time.process_time() - before)
    return min(took)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.convert")
    parser.add_argument("--records", type=int, default=100_000)
    count = parser.parse_args().records
    gc.set_threshold(50_000)  # as the command does
    base = [*data.lines(count)]
    inputs = {"alpaca": base}
    print(f"{count:,} records\n\n| from | to | MB | MB/s | of parse and write alone |\n|---|---|---|---|---|")
    for source, target in PAIRS:
        lines = inputs.setdefault(source, []) or inputs.setdefault(source, converted(base, source))
        if not lines:
            lines = inputs[source] = converted(base, source)
        size = sum(map(len, lines)) / 1e6
        least = best(lambda lines=lines: sum(len(orjson.dumps(orjson.loads(line))) for line in lines))  # type: ignore[misc]
        took = best(lambda lines=lines, target=target: sum(map(len, Conversion(target).lines(lines, "data"))))  # type: ignore[misc]
        print(f"| {source} | {target} | {size:.0f} | {size / took:.0f} | {least / took:.0%} |", flush=True)
    print("\n| trainer | reads | MB | MB/s | of parse and write alone |\n|---|---|---|---|---|")
    for name, target in TRAINERS:
        lines = inputs.get(target) or converted(base, target)
        size = sum(map(len, lines)) / 1e6
        least = best(lambda lines=lines: sum(len(orjson.dumps(orjson.loads(line))) for line in lines))  # type: ignore[misc]
        took = best(lambda lines=lines, name=name, target=target: handed(lines, name, target))  # type: ignore[misc]
        print(f"| {name} | {target} | {size:.0f} | {size / took:.0f} | {least / took:.0%} |", flush=True)
    print(f"\npeak memory with all inputs in it: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
