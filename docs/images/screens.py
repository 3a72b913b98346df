"""Draws the screens of the terminal UI on the example dataset: ``python docs/images/screens.py`` (``make docs``).

Dates and the folder's name are made up, so that the pictures change only when the screens do.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

import wcwidth
from word_diff import places

import dsvc
from dsvc.origin import Annotator
from dsvc.repository.repository import Repository
from dsvc.repository.results import CommitRequest
from dsvc.repository.reviews.starting import request_of
from dsvc.store.dvc_packs import DvcPacks
from dsvc.store.git_history import GitHistory
from dsvc_tui.app import DsvcApp
from dsvc_tui.messages import Open, Target
from dsvc_tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE: Final = Path(__file__).resolve().parent
EXAMPLES: Final = HERE.parents[1] / "examples" / "finance_qa_versions"
FILE: Final = "data/finance_qa.jsonl"
DAY: Final = datetime(2025, 11, 3, 9, 30, tzinfo=timezone(timedelta(hours=8)))
SIZE: Final = (110, 30)
PICTURES: Final[dict[str, tuple[str, Target, Sequence[str]]]] = {
    "home": ("home", Target(), ["down"]),
    "browse": ("browse", Target("finance_qa@v1.1"), ["down", "down"]),
    "diff": ("diff", Target("v1.1..v1.2"), ["down"]),
    "history": ("history", Target("finance_qa@v1.2", row=113), []),
    "import": (
        "import",
        Target("cards.json"),
        ["tab", "tab", *"openai", "tab", "tab", *"data/cards.jsonl", "tab", *"card centre", "tab"],
    ),
    "export": ("export", Target("finance_qa@v1.2"), [*"trl", "tab", *"finance-trl", "tab"]),
    "validate": ("validate", Target("finance_qa@v1.1"), ["enter", "down", "down", "down", "space", "down"]),
    "stats": ("stats", Target("finance_qa@v1.0", other="finance_qa@v1.1"), []),
    "commit": ("commit", Target("finance_qa"), [*"wording", "tab", *"new cards", "tab", "tab", *"qwen3:model"]),
    "pilot": ("pilot", Target("finance_qa@v1.2"), ["s", *"100", "enter", "f", *"label", "enter"]),
    "split": ("split", Target("finance_qa"), ["f", *"label", "enter"]),
    "review": ("review", Target("finance_qa"), ["a", "a", "r", "a"]),
}
"""Name: screen, what it shows, keys pressed before."""
_VARYING: Final = (
    (r"terminal-\d+", "terminal"),
    (r"\b[0-9a-f]{32}\b", "d4ed80ef287710cf9b86d978e0d69612"),
    (r"[\d.]+&#160;kB&#160;git", "62&#160;kB&#160;git"),
)
"""What differs from run to run, and what stands for it."""
_TEXT: Final = re.compile(r'(<text class="[^"]*") x="([\d.]+)" (y="[^"]*") textLength="[\d.]+"([^>]*>)([^<]*)</text>')
_CELL: Final = 12.2
"""Width of a column in the pictures that Textual draws, in pixels."""


def prepare(folder: Path) -> None:
    """The three versions of the example."""
    for command in ("init -q -b main", "config user.name 李敏", "config user.email limin@example.com"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    dsvc.init(folder)
    git = GitHistory.open(folder)
    story = json.loads((EXAMPLES / "story.json").read_text("utf-8"))["versions"]
    for number, version in enumerate(story):
        (folder / FILE).parent.mkdir(exist_ok=True)
        (folder / FILE).write_bytes((EXAMPLES / version["file"]).read_bytes())
        moment = DAY + timedelta(days=2 * number)
        repository = Repository.over(git, DvcPacks.at(folder), clock=lambda moment=moment: moment)
        source = version["source"]["name"] if number < 2 else None
        annotators = tuple(Annotator(who["name"], who["kind"]) for who in version["annotators"])
        repository.commit(
            CommitRequest(
                target=FILE,
                reason=version["reason"],
                source=source,
                annotators=annotators,
                allow_findings="as collected",
            )
        )


def edit(folder: Path, *, edited: bool) -> None:
    """The working file as in the last version, or with a record more, one less and one changed."""
    story = json.loads((EXAMPLES / "story.json").read_text("utf-8"))["versions"]
    lines = (EXAMPLES / story[-1]["file"]).read_bytes().splitlines(keepends=True)
    if edited:
        lines[3] = lines[3].replace("算在".encode(), "会算在".encode())
        lines[5] = (
            json.dumps(
                {"instruction": "附属卡可以单独设置额度吗？", "output": "可以，由主卡持有人设置。"}, ensure_ascii=False
            ).encode()
            + b"\n"
        )
    (folder / FILE).write_bytes(b"".join(lines))


CARDS: Final = (
    {
        "instruction": "积分怎么兑换里程？",
        "input": "白金卡",
        "output": "手机银行，积分商城，航空里程。",
        "topic": "积分",
    },
    {"instruction": "How do I replace a lost card?", "input": "", "output": "In the app: Card, Replace."},
)


async def draw(folder: Path, name: str) -> str:
    """One screen as SVG."""
    screen, target, keys = PICTURES[name]
    app = DsvcApp(Session(folder), Open(screen, target))
    async with app.run_test(size=SIZE) as pilot:
        for key in ("", *keys):
            if key:
                await pilot.press(
                    {" ": "space", ":": "colon", "/": "slash", ".": "full_stop", "-": "minus"}.get(key, key)
                )
            await app.workers.wait_for_complete()
            await pilot.pause()
        picture = app.export_screenshot(title="dsvc tui", simplify=True)
    for pattern, text in _VARYING:
        picture = re.sub(pattern, text, picture)
    return picture


def in_columns(picture: str) -> str:
    """Each wide character at its own column.

    Textual gives a text the length of as many columns as it has characters, which squeezes Chinese into half its room.
    """

    def placed(text: re.Match[str]) -> str:
        head, start, y, rest, escaped = text.groups()
        content = html.unescape(escaped).rstrip("\xa0")
        if wcwidth.width(content) == len(content):
            return text.group()
        x = places(content, float(start), _CELL)
        return f'{head} x="{x}" {y}{rest}{html.escape(content, quote=False)}</text>'

    return _TEXT.sub(placed, picture)


def main() -> None:
    """Draw all pictures."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "finance"
        folder.mkdir()
        prepare(folder)
        (folder / "cards.json").write_text(json.dumps(CARDS, ensure_ascii=False), "utf-8")
        for name in PICTURES:
            edit(folder, edited=name == "commit")
            if name == "review":
                request = request_of("check-1", sample="20", guidelines="对不对？说得清楚吗？")
                dsvc.open(folder).reviews.start("finance_qa@v1.2", request)
            picture = asyncio.run(draw(folder, name)).replace(str(folder), "~/finance")
            (HERE / f"{name}.svg").write_text(in_columns(picture), "utf-8")


if __name__ == "__main__":
    main()
