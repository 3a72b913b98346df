"""Images, videos and sound: as many files as places for them, and files that are there."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from dsvc.formats.media import LISTS
from dsvc.validators.finding import Finding
from dsvc.validators.naming import short
from dsvc.validators.rule import DatasetCheck, Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.talks import CONVERSATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place
    from dsvc.validators.rule import Signature

_PLACE: Final = re.compile("<(image|video|audio)>")
_NOT_COUNTED: Final = frozenset((*LISTS, "rejected", "rejected_response", "rejected_messages", "tools"))
"""Fields whose texts have no place for a medium of their own: those of a pair are counted with the better answer."""
_SINGLE: Final = ("image", "video", "audio")
_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")


def _has_lists(signature: Signature) -> bool:
    return any(name in LISTS for name in signature[0])


def _media_count(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, when=_has_lists)


def _check(record: Checked) -> Iterator[Found]:
    fields, places = record.fields, _places(record)
    for name, medium in LISTS.items():
        if name not in fields:
            continue
        given = fields[name]
        files = len(given) if isinstance(given, list) else int(given is not None)
        count = places[medium]
        if count == files:
            continue
        told = f"{count} <{medium}> in the texts, {files} in '{name}'"
        if not files:  # perhaps a tag of HTML
            yield Found(told, (name,), "list the files, or write the tag in another way", severity="warning")
        elif not count:
            fix = f"write <{medium}> where each of them belongs: some trainers put them in front, others stop"
            yield Found(told, (name,), fix, severity="warning")
        else:
            yield Found(told, (name,), f"one <{medium}> for each file")


def _places(record: Checked) -> Counter[str]:
    """Placeholders in texts, and parts of a type that say where the next file belongs."""
    found: Counter[str] = Counter()
    for steps, text in record.texts:
        if "<" in text and steps and steps[0] not in _NOT_COUNTED:
            found.update(_PLACE.findall(text))
    for name in (*CONVERSATIONS, "prompt", "chosen", "completion"):
        turns = record.fields.get(name)
        for turn in turns if isinstance(turns, list) else ():
            parts = turn.get("content") if isinstance(turn, dict) else None
            for part in parts if isinstance(parts, list) else ():
                if isinstance(part, dict) and len(part) == 1 and part.get("type") in _SINGLE:
                    found[str(part["type"])] += 1
    return found


def _media_missing(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(_files, _Missing)


def _files(records: Sequence[Checked]) -> list[tuple[int, Steps, str]]:
    return [
        (number, steps, path)
        for number, record in enumerate(records)
        for steps, path in _paths(record)
        if path and not _ADDRESS.match(path)
    ]


def _paths(record: Checked) -> Iterator[tuple[Steps, str]]:
    """What may be the path of a file, in lists, single fields and parts of content."""
    for name, value in record.fields.items():
        if name in LISTS or name in _SINGLE:
            for number, item in enumerate(value if isinstance(value, list) else [value]):
                yield from _path(item, (name, number) if isinstance(value, list) else (name,))
        elif isinstance(value, list) and b"_url" in record.content:
            for number, turn in enumerate(value):
                yield from _in_parts(turn, (name, number))


def _path(value: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if type(value) is str:
        yield steps, value
    elif isinstance(value, dict) and type(value.get("path")) is str and not value.get("bytes"):
        yield (*steps, "path"), value["path"]


def _in_parts(turn: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    parts = turn.get("content") if isinstance(turn, dict) else None
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("image_url", "video_url", "audio_url") and type(part.get("value")) is str:
            yield (*steps, "content", number, "value"), part["value"]


class _Missing:
    """Looks for each file once, beside the file of the record. ``folder``: the one of the dataset's files."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._wanted: list[tuple[Place, Steps, str]] = []

    def take(self, places: Sequence[Place], summary: list[tuple[int, Steps, str]]) -> None:
        self._wanted += [(places[row], steps, path) for row, steps, path in summary]

    def finish(self) -> Iterator[Finding]:
        from dsvc.textdiff import json_path

        if self.folder is None:
            return
        known: dict[Path, bool] = {}
        for place, steps, path in self._wanted:
            file = self.folder / path
            if file not in known:
                known[file] = _is_there(file)
            if not known[file]:
                told = f"there is no file {short(path)} beside '{place.file}'"
                yield Finding("", "error", told, place, path=json_path(steps), fix="put it there, or mend the path")


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


RULES: Final = (
    Rule(
        id="media-count",
        topic="structure",
        severity="error",
        title="not as many media as places for them",
        why="LLaMA-Factory ends the run with a ValueError when it comes to the record.",
        example=Example(
            bad=(
                '{"messages": [{"role": "user", "content": "<image><image>?"}], "images": ["a.png"]}',
                '{"instruction": "?", "output": "a", "images": ["a.png"]}',
                '{"instruction": "<video>?", "output": "a", "videos": ["a.mp4", "b.mp4"]}',
            ),
            good=(
                '{"messages": [{"role": "user", "content": "<image>?"}], "images": ["a.png"]}',
                '{"messages": [{"role": "user", "content": [{"type": "image"}]}], "images": ["a.png"]}',
                '{"text": "the tag <video> in HTML"}',
                '{"instruction": "?", "output": "a", "images": []}',
            ),
        ),
        make=_media_count,
        sources=("LLaMA-Factory data/mm_plugin.py, _validate_messages", "modelscope/ms-swift docs Custom-dataset.md"),
    ),
    Rule(
        id="media-missing",
        topic="structure",
        severity="error",
        title="a file of an image, video or sound that is not there",
        why="Trainers warn at most, and train the text without it. Paths are looked for from the folder of the "
        "dataset's file; addresses are not looked at.",
        example=Example(
            bad=('{"text": "<image>", "images": ["none.png"]}',),
            good=('{"text": "<image>", "images": ["data.jsonl"]}', '{"image": "https://example.org/a.png"}'),
        ),
        make=_media_missing,
        by_default=False,
        sources=("LLaMA-Factory data/converter.py, _find_medias",),
    ),
)
