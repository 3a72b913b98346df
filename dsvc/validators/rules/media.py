"""Images, videos and audio: as many as there are placeholders for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_MEDIA: Final = (("images", "<image>"), ("videos", "<video>"), ("audios", "<audio>"))
_FIELDS: Final = frozenset(key for key, _ in _MEDIA)


def _media_count(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, keys=_FIELDS)


def _check(record: Checked) -> Iterator[Found]:
    fields = record.fields
    for key, placeholder in _MEDIA:
        given = fields.get(key)
        if given is None:
            continue
        files = len(given) if isinstance(given, list) else 1
        places = sum(text.count(placeholder) for steps, text in record.texts if steps[0] not in _FIELDS)
        if places and places != files:
            fix = f"write {placeholder} where each of them belongs"
            yield Found(f"{places} {placeholder} in the texts, and {files} in '{key}'", (key,), fix)


RULES: Final = (
    Rule(
        id="media-count",
        topic="structure",
        severity="error",
        title="not as many media as placeholders",
        why="LLaMA-Factory stops the run with a ValueError when it comes to the record.",
        example=Example(
            bad=('{"messages": [{"role": "user", "content": "<image><image>?"}], "images": ["a.png"]}',),
            good=(
                '{"messages": [{"role": "user", "content": "<image>?"}], "images": ["a.png"]}',
                '{"text": "the tag <image> in HTML"}',
            ),
        ),
        make=_media_count,
        sources=("LLaMA-Factory data/mm_plugin.py, _validate_messages",),
    ),
)
