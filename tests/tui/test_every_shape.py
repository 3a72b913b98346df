"""The record pane, for every shape that there is: who speaks, which answer was preferred, nothing left as bare JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.formats import all_shapes
from dsvc.importers import read
from dsvc_tui.records.conversation import blocks
from dsvc_tui.records.fields import MISSING, field
from dsvc_tui.records.pages import page
from dsvc_tui.records.shape import first_text
from tests.repository.lab import lines
from tests.stories.project import DATA

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.formats.definition import Shape
    from tests.tui.conftest import Start

EXAMPLES = [(shape, number) for shape in all_shapes() for number in range(len(shape.examples))]
ROLES = {
    "conversation": {"user", "assistant"},
    "labels": {"text"},
    "preference": {"user", "chosen", "rejected"},
    "unpaired": {"user", "assistant"},
    "reward": {"user", "assistant"},
    "steps": {"user", "step 1", "step 2"},
    "text": {"text"},
}
"""Who speaks in records of a kind."""
MEDIA = {"image-caption": {"image", "caption"}, "audio-summary": {"audio", "summary"}}


def laid_out(value: object, width: int = 100) -> str:
    content = json.dumps(value, ensure_ascii=False).encode()
    found = page(content, len(content), "conversation", width, wrapped=True, switched=())
    return "\n".join("".join(text for _, text in line.parts).rstrip() for line in found)


@pytest.mark.parametrize(("shape", "number"), EXAMPLES, ids=lambda value: getattr(value, "name", str(value)))
def test_an_example_of_each_shape(shape: Shape, number: int) -> None:
    value = shape.examples[number]
    found = [*blocks(value)]
    assert MEDIA.get(shape.name, ROLES[shape.kind]) <= {block.role for block in found}
    assert all(field(value, block.path) is not MISSING for block in found)
    assert not [
        block for block in found if not block.is_field and block.text.startswith(('{"role"', '[{"role"', '{"type"'))
    ]
    assert len({block.key for block in found}) == len(found)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("alpaca", "▾ user  history\n  How do I replace a lost card?"),
        ("sharegpt", "▸ assistant reasoning  <think>  Blue, with a wave: the travel card."),
        ("openai", '▸ assistant tool calls  block_card {"reason": "丢失"}'),
        ("openai", "  Is this slip complete?\n  [image https://example.com/slip.png]"),
        ("trl", "▾ assistant  weight 0\n  Four."),
        ("multimodal", "▾ images\n  1  slips/1.jpg\n  2  slips/2.jpg"),
        ("llamafactory-v1", "▸ assistant tool call  balance {}"),
        ("classification", "label  产品>积分>兑换  3 levels: 产品 › 积分 › 兑换"),
        ("classification", "2 labels: app · fees"),
        ("preference-swift", "▾ chosen\n  新卡会提前一个月寄出。\n\n▾ rejected\n  那就没卡了。"),
        ("preference-v1", "▾ user\n  一句话介绍存单。\n\n▾ chosen\n  银行开出的存款凭证。\n\n▾ rejected\n  纸。"),
        ("preference-implicit", "▾ user\n  几点关门？\n\n▾ chosen\n  下午五点。\n\n▾ rejected\n  看情况。"),
        ("preference-openai", "▾ user\n  额度怎么提？\n\n▾ chosen\n  手机银行：信用卡，额度管理。"),
        ("kto", "label  false  ✗ not a good answer"),
        ("kto-alpaca", "kto_tag  true  ✓ a good answer"),
        ("reward", "reward_score  0.92"),
        ("stepwise", "▾ step 1  ✓ right\n  3 * 4 = 12\n\n▾ step 2  ✗ wrong\n  12 + 1 = 14"),
        ("complex-cot", "▸ reasoning  5 ‰ is 0.5 %.\n\n▾ assistant\n  They are equal."),
    ],
)
def test_what_a_user_of_a_shape_expects(name: str, said: str) -> None:
    assert said in "\n\n".join(
        laid_out(value) for shape in all_shapes() if shape.name == name for value in shape.examples
    )


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"role": "user", "content": [1, {"type": 3}]}], "chosen": [], "rejected": {"a": 1}},
        {"chosen": [{"from": 1}], "rejected": [{"value": {}}], "completions": [None], "labels": []},
        {"completions": ["a", "b"], "labels": [1]},
        {"history": ["odd", ["q", "a"], 3], "label": ">", "images": "x", "kto_tag": "yes"},
        {
            "messages": [{"role": "assistant", "tool_calls": "no json", "reasoning": ["a", 1]}],
            "input": {"messages": []},
        },
        {"conversations": [{"from": "function_call", "value": "{broken"}, {"from": "gpt", "value": "<think>x"}]},
    ],
)
def test_what_no_shape_allows_is_shown_as_it_is(value: object) -> None:
    assert laid_out(value)
    first_text(value)


@pytest.mark.skipif(not (DATA / "formats").is_dir(), reason="the published files are not on this machine")
def test_real_files_of_every_shape() -> None:
    for path in sorted((DATA / "formats").iterdir()):
        if path.name != "dataset_info.json":
            for line in filter(bytes.strip, read(path)):
                value = json.loads(line)
                found = [*blocks(value)]
                assert found
                assert not [
                    b for b in found if not b.is_field and b.text.startswith(('{"role"', '[{"role"', '{"type"'))
                ]


async def test_reasoning_and_answer_of_one_field_fold_by_themselves(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(
        lines({"instruction": "q", "output": "<think>\nlong\nthought\n</think>\n\nshort"})
    )
    async with start(tmp_path, "browse", "a.jsonl") as desk:
        assert "▸ assistant reasoning" in desk.text
        assert "▾ assistant\n" in sides(desk.text)
        await desk.press("enter", "down", "down", "down", "enter")
        assert "▾ assistant reasoning" in desk.text
        assert "  thought\n" in sides(desk.text)
        assert "▾ assistant\n" in sides(desk.text)


def sides(text: str) -> str:
    """What stands on the right of the list, or below it."""
    return "\n".join(row.rpartition("│")[2].rstrip() for row in text.split("\n"))
