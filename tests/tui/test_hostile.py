"""Text that attacks a terminal or a markup parser, in every widget that shows data: shown as it is, or as marks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual import events

import dsvc
from dsvc.errors import UsageError
from dsvc_tui.records.pages import VIEWS
from dsvc_tui.records.passes import Frequencies
from dsvc_tui.widgets.dialogs import Choose, ChooseSeveral, Confirm, Dialog, Prompt
from dsvc_tui.widgets.frequency_table import FrequencyTable
from tests.hostile import HOSTILE
from tests.repository.lab import FILE, Lab, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.tui.conftest import Desk, Start

_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def is_safe(desk: Desk, where: str) -> None:
    """No row has anything that acts on a terminal, and all are as wide as the screen."""
    for row in desk.rows():
        assert _FORBIDDEN.search(row) is None, (where, row)
    strips = desk.app.screen._compositor.render_strips()
    assert {sum(segment.cell_length for segment in strip) for strip in strips} == {desk.app.size.width}, where


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("shape", ["fields", "chat", "nested", "raw"])
async def test_records(start: Start, tmp_path: Path, shape: str, view: str) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"".join(written(shape, text) + b"\n" for text in HOSTILE.values()))
    async with start(tmp_path, "browse", "x.jsonl", size=(120, 24)) as desk:
        await desk.press(*["v"] * VIEWS.index(view))
        for name in HOSTILE:
            is_safe(desk, name)
            await desk.pilot.press("down")
        await desk.press("w", "home", "enter", "down", "down", "enter", "pagedown", "escape")
        is_safe(desk, "inside")


def written(shape: str, text: str) -> bytes:
    """A line that holds a text."""
    if shape == "raw":
        return (text.encode("utf-8", "surrogatepass") + b"\xff\xfe").replace(b"\n", b" ")
    call = {"role": "assistant", "content": "x", "tool_calls": [{"f": text}]}
    record = {
        "fields": {"instruction": text, "label": text[:20], text[:50]: 1},
        "chat": {"messages": [{"role": text[:99], "content": text}, call]},
        "nested": {"text": [text, {"k": text}]},
    }[shape]
    return json.dumps(record).encode()


async def test_what_is_said_about_versions(start: Start, lab: Lab) -> None:
    for number, text in enumerate(HOSTILE.values()):
        if text.strip() and "\x00" not in text and len(text) < 1000 and "\ud800" not in text:
            lab.save(lines({"a": number}), reason=text, source=text, path=FILE)
    async with start(lab.root, size=(120, 30)) as desk:
        for row in range(2 * len(lab.numbers())):
            is_safe(desk, f"line {row}")
            await desk.pilot.press("down")


async def test_the_history_of_a_record(start: Start, lab: Lab) -> None:
    texts = [text for text in HOSTILE.values() if "\x00" not in text and len(text) < 1000 and "\ud800" not in text]
    for text in texts:
        if text.strip():
            lab.save(lines({"id": 1, "text": text}), reason=text, source=text, path=FILE)
    async with start(lab.root, "history", size=(120, 30)) as desk:
        for row in range(len(texts)):
            is_safe(desk, f"step {row}")
            await desk.press("down", "f", "escape")


@pytest.mark.parametrize("kind", ["confirm", "prompt", "choose", "several", "frequencies"])
async def test_dialogs(start: Start, tmp_path: Path, kind: str) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n")
    async with start(tmp_path, "browse", "x.jsonl", size=(100, 24)) as desk:
        for name, text in HOSTILE.items():
            dialogs: dict[str, Callable[[str], Dialog[Any]]] = {
                "confirm": lambda text: Confirm(text, [("strong", text)], asked_with="d"),
                "prompt": lambda text: Prompt(text, hint=text),
                "choose": lambda text: Choose(text, [(text, text)]),
                "several": lambda text: ChooseSeveral(text, [(text, text)], {0}),
                "frequencies": lambda text: FrequencyTable(text, Frequencies([(text, 2)], 0, 0, 2)),
            }
            desk.app.push_screen(dialogs[kind](text))
            await desk.settle()
            is_safe(desk, name)
            await desk.press("escape")


async def test_what_is_typed_for_a_commit(start: Start, lab: Lab) -> None:
    lab.write(lines({"a": 1}))
    texts = [text for text in HOSTILE.values() if len(text) < 1000]
    async with start(lab.root, "commit", size=(100, 24)) as desk:
        for text in texts:
            desk.app.post_message(events.Paste(text))
            await desk.press("tab")
            is_safe(desk, text)
        await desk.press("ctrl+s")
        is_safe(desk, "refused")


async def test_what_is_pasted_into_prompts(start: Start, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n")
    async with start(tmp_path, "browse", "x.jsonl", size=(100, 24)) as desk:
        for key, (name, text) in zip(cycle(["slash", "f", "g", "question_mark"]), HOSTILE.items(), strict=False):
            await desk.press(key)
            desk.app.post_message(events.Paste(text[:1000]))
            await desk.settle()
            is_safe(desk, name)
            await desk.press("escape")


async def test_messages(start: Start, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n")
    async with start(tmp_path, "browse", "x.jsonl", size=(100, 24)) as desk:
        for name, text in HOSTILE.items():
            desk.app.clear_notifications()
            desk.app.report(UsageError(text, hint=text))
            desk.app.notify(text, title=text[:50])
            await desk.settle()
            is_safe(desk, name)
        assert len(desk.faults()) == len(HOSTILE)


async def test_names_fields_and_searches(start: Start, tmp_path: Path) -> None:
    names = [re.sub(r"[/\x00]", "_", text[:60]) for text in HOSTILE.values()]
    folder = tmp_path / "".join(names[:8]).encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")[:80]
    folder.mkdir()
    (folder / "x.jsonl").write_bytes(
        lines(*({"label": text[:300], "id": 1} for text in HOSTILE.values() if text[:1] != "\ud800"))
    )
    async with start(folder.parent, "browse", f"{folder.name}/x.jsonl", size=(100, 24)) as desk:
        is_safe(desk, "title")
        for field in ("label", "id"):
            await desk.press("t")
            await desk.type(field)
            await desk.press("enter")
            is_safe(desk, f"values of {field}")
            await desk.press("enter")
            is_safe(desk, f"only one of {field}")
        await desk.press("question_mark")
        is_safe(desk, "help")


# In a real terminal

tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
RUN = f"exec {sys.executable} -c 'from dsvc.cli import main; main()'"


class Tmux:
    """A terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self._server = ("tmux", "-L", f"dsvc-test-{os.getpid()}", "-f", os.devnull)
        self._folder = folder
        self._raw = folder / "raw"

    def __call__(self, *arguments: str) -> str:
        return subprocess.run([*self._server, *arguments], check=True, capture_output=True, text=True).stdout

    def start(self, command: str) -> None:
        size = ("-x", "100", "-y", "24")
        self("new-session", "-d", *size, "-c", str(self._folder), f"sleep 0.3; {command}")
        self("pipe-pane", f"cat > '{self._raw}'")

    def wait_for(self, pattern: str) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            shown = self("capture-pane", "-p")
            if re.search(pattern, shown):
                return shown
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} did not appear:\n{shown}")

    def written(self) -> str:
        """Everything that was written to the terminal."""
        return self._raw.read_bytes().decode("utf-8")


@contextmanager
def terminal(folder: Path) -> Iterator[Tmux]:
    found = Tmux(folder)
    try:
        yield found
    finally:
        subprocess.run([*found._server, "kill-server"], check=False, capture_output=True)


@tmux
def test_nothing_in_the_data_reaches_a_real_terminal(tmp_path: Path) -> None:
    attacks = [
        "\x1b]52;c;aGFja2Vk\x07",
        "\x1b]0;hacked\x07",
        "\x1b[2J\x1b[31mred",
        "\x9b2J",
        "\u202eabc",
        "[@click=app.quit]x[/]",
    ]
    records = [{"instruction": f"attack {number} {text}", "output": text * 3} for number, text in enumerate(attacks)]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    environment = f"PYTHONPATH={Path(dsvc.__file__).parents[1]}:{Path(dsvc.__file__).parents[1] / 'tui'}"
    with terminal(tmp_path) as tmux:
        tmux.start(f"export {environment}; {RUN} tui x.jsonl")
        tmux.wait_for("row 1 of 6 records")
        for number in range(1, 6):
            tmux("send-keys", "Down")
            tmux.wait_for(f"row {number + 1} of 6")
            tmux("send-keys", "v")
        shown = tmux.wait_for("attack 0")
        tmux("send-keys", "q")
        assert "attack 5 [@click=app.quit]x[/]" in shown
        assert "␛]52;c;aGFja2Vk␇" in shown
        written = tmux.written()
        for attack in attacks[:5]:
            assert attack not in written
        assert "aGFja2Vk\x07" not in written
        assert not {"\x9b", "\u202e"} & {*written}
        assert "hacked" not in tmux("display-message", "-p", "#{pane_title}")


@pytest.mark.parametrize("name", HOSTILE)
async def test_in_what_is_edited(start: Start, lab: Lab, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown safely while it is edited, as a field and as a whole record; and not changed by looking at it."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    record = {"text": HOSTILE[name][:1000], HOSTILE[name][:50] or "-": {"中": HOSTILE[name][:1000]}}
    lab.write(json.dumps(record).encode() + b"\n")
    async with start(lab.root, "browse", "medical") as desk:
        for keys in (["e"], ["e", "enter"], ["e", "down", "enter"], ["E"], ["a"]):
            await desk.press(*keys)
            is_safe(desk, f"{name} {keys}")
            await desk.press("ctrl+s" if keys[-1] == "enter" or keys == ["E"] else "escape")
            is_safe(desk, f"{name} {keys}, taken")
        assert "unsaved" not in desk.rows()[0]


@pytest.mark.parametrize("name", HOSTILE)
async def test_in_findings_and_figures(start: Start, lab: Lab, name: str) -> None:
    """As a role that nobody reads, in a text that is found, as a label and as the name of a field."""
    text = HOSTILE[name][:2000]
    talk = {
        "conversations": [{"from": text or "-", "value": text}, {"from": "gpt", "value": f"{text} li.min@bank.cn"}],
        "label": text[:40],
        text[:50] or "-": text,
    }
    lab.write((json.dumps(talk) + "\n").encode() * 3)
    async with start(lab.root, "validate", "medical") as desk:
        for _ in range(6):
            await desk.press("space", "down")
            is_safe(desk, f"{name} finding")
            await desk.press("down")
    async with start(lab.root, "stats", "medical") as desk:
        is_safe(desk, f"{name} figures")
