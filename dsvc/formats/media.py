"""Media inside of messages: lists of files with placeholders in the text, or parts with addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import NOTHING, Part
from dsvc.formats.misfit import Misfit, expected
from dsvc.formats.report import with_others

if TYPE_CHECKING:
    from dsvc.formats.canonical import Content, Medium
    from dsvc.formats.report import Told
    from dsvc.record import Json

LISTS: Final[dict[str, Medium]] = {"images": "image", "videos": "video", "audios": "audio"}
"""Fields with the files, and what stands for one of them in a text: ``<image>``."""

_PLACEHOLDER: Final = re.compile(r"<(image|video|audio)>")


class Given:
    """The files of a record, handed out in the order of their placeholders."""

    def __init__(self, value: dict[str, Json], told: Told) -> None:
        self._waiting: dict[str, list[Json]] = {}
        for field, medium in LISTS.items():
            found = value.get(field)
            if found is None:
                if field in value:
                    told.rewritten(field, "null becomes absent")
                continue
            if type(found) is not list:
                told.rewritten(field, "one file becomes a list of one")
                found = [found]
            if not found:
                told.rewritten(field, "an empty list becomes absent")
                continue
            for number, item in enumerate(found):
                if not isinstance(item, (str, dict)):
                    expected("a path", item, f"{field}[{number}]")
            self._waiting[medium] = found[::-1]

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def split(self, text: str, field: str) -> Content:
        """A text with its placeholders resolved; those of a medium that the record has no files of stay text."""
        if "<" not in text:
            return text
        parts: list[Part] = []
        start = 0
        for match in _PLACEHOLDER.finditer(text):
            if match[1] not in self._waiting:
                continue
            if match.start() > start:
                parts.append(Part("text", text[start : match.start()]))
            parts.append(Part(match[1], self.take(match[1], field)))  # type: ignore[arg-type]  # as in the pattern
            start = match.end()
        if not parts:
            return text
        if start < len(text):
            parts.append(Part("text", text[start:]))
        return parts

    def take(self, medium: str, field: str) -> Json:
        """The next file. Raises Misfit when there is none left."""
        waiting = self._waiting.get(medium)
        if not waiting:
            raise Misfit(field, f"has more <{medium}> than '{medium}s' has files")
        return waiting.pop()

    def finish(self) -> None:
        """Raise Misfit when files are left over: trainers refuse the record."""
        for medium, waiting in self._waiting.items():
            if waiting:
                raise Misfit(f"{medium}s", f"has {len(waiting)} more than the text has <{medium}>")


class Taken:
    """Collects the files of a record that is written."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._files: dict[str, list[Json]] = {}
        self._texts_hold: set[str] = set()

    def joined(self, content: list[Part], where: str) -> str:
        """Parts as one text with placeholders."""
        texts: list[str] = []
        before = None
        for part in content:
            if part.extra:
                for key in part.extra:
                    self._told.lost(f"{where}.{key}", "a placeholder stands for the file alone")
            if part.kind == "text":
                texts.append(text_of(part))
                if before == "text":
                    self._told.rewritten(where, "several texts become one")
                elif not texts[-1]:
                    self._told.rewritten(where, "an empty text among parts goes")
                self._texts_hold.update(_PLACEHOLDER.findall(texts[-1]))
            else:
                self._files.setdefault(part.kind, []).append(part.value)
                texts.append(f"<{part.kind}>")
            before = part.kind
        if not any(part.kind != "text" for part in content):
            self._told.rewritten(where, "a list of texts becomes a text")
        return "".join(texts)

    def note(self, text: str) -> None:
        """Look at a text that is written as it is."""
        if "<" in text:
            self._texts_hold.update(_PLACEHOLDER.findall(text))

    def fields(self) -> dict[str, Json]:
        """The lists of files. Raises Misfit when a text itself holds what would stand for a file."""
        if not self._files:
            return NOTHING
        made: dict[str, Json] = {}
        for field, medium in LISTS.items():
            if medium in self._texts_hold:
                raise Misfit(field, f"a text holds '<{medium}>', which would be taken for a file", "reword the text")
            if medium in self._files:
                made[field] = self._files[medium]
        return made


def text_of(part: Part) -> str:
    """The text of a part."""
    assert isinstance(part.value, str)
    return part.value


def texts_only(content: Content, told: Told, where: str, *, allowed: frozenset[str] = frozenset()) -> str:
    """Content as one text, for a target that has no place for media; each medium that is left out is told."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    for part in content:
        if part.kind != "text" and part.kind not in allowed:
            told.lost(f"{part.kind}s", "the target has texts only")
        elif part.kind == "text" and part.extra:
            for key in part.extra:
                told.lost(f"{where}.{key}", "the target has texts only")
    told.rewritten(where, "a list of parts becomes a text")
    return "".join([text_of(part) for part in content if part.kind == "text"])


def read_parts(found: list[Json], field: str, style: str, given: Given | None, told: Told) -> list[Part]:
    """Content that is a list of typed parts, as OpenAI or Hugging Face write them. Raises Misfit for other types."""
    return [_read_part(part, f"{field}[{number}]", style, given, told) for number, part in enumerate(found)]


def _read_part(part: Json, field: str, style: str, given: Given | None, told: Told) -> Part:
    if type(part) is not dict:
        expected("an object with a type", part, field)
    kind = part.get("type")
    if kind == "text" and type(part.get("text")) is str:
        return Part("text", part["text"], _others(part, ("type", "text")))
    if style == "openai":
        address = part.get("image_url")
        if kind == "image_url" and type(address) is dict and type(address.get("url")) is str:
            inner, outer = _others(address, ("url",)), _others(part, ("type", "image_url"))
            if "detail" in outer or inner.keys() - {"detail"}:
                told.rewritten("content of messages", "keys of image_url but detail stand beside it")
            return Part("image", address["url"], {**outer, **inner})
        sound = part.get("input_audio")
        if kind == "input_audio" and type(sound) is dict:
            return Part("audio", sound, _others(part, ("type", "input_audio")))
        raise Misfit(f"{field}.type", "is not 'text' with 'text', 'image_url' with 'image_url.url' or 'input_audio'")
    if kind in ("image", "video", "audio"):
        assert isinstance(kind, str)
        if len(part) == 1:
            if given is None:
                raise Misfit(field, f"has no file, and the record no '{kind}s'")
            return Part(kind, given.take(kind, field))  # type: ignore[arg-type]  # one of the three
        key = next((key for key in (kind, "url", "path", "base64") if isinstance(part.get(key), (str, dict))), None)
        if key is not None:
            if kind == "image" or key != kind:
                told.rewritten(f"{field.split('[')[0]}[].content", f"{kind} in '{key}' of its part")
            return Part(kind, part[key], _others(part, ("type", key)))  # type: ignore[arg-type]  # one of the three
    raise Misfit(f"{field}.type", "is not 'text' with 'text', 'image', 'video' or 'audio'")


def _others(part: dict[str, Json], known: tuple[str, ...]) -> dict[str, Json]:
    if len(part) == len(known):
        return NOTHING
    return {key: value for key, value in part.items() if key not in known}


def write_part(part: Part, style: str, taken: Taken, told: Told) -> dict[str, Json] | None:
    """A part as OpenAI or Hugging Face write it; None for one that OpenAI has no place for (told)."""
    where = "content of messages"
    if part.kind == "text":
        return with_others({"type": "text", "text": part.value}, part.extra, told, where, _PART_KEYS)
    if style == "openai":
        if part.kind == "image" and isinstance(part.value, str):
            inside: dict[str, Json] = {"url": part.value}
            if "detail" in part.extra:
                inside["detail"] = part.extra["detail"]
            rest = {key: value for key, value in part.extra.items() if key != "detail"}
            return with_others({"type": "image_url", "image_url": inside}, rest, told, where, _PART_KEYS)
        if part.kind == "audio" and isinstance(part.value, dict):
            made: dict[str, Json] = {"type": "input_audio", "input_audio": part.value}
            return with_others(made, part.extra, told, where, _PART_KEYS)
        told.lost(f"{part.kind}s", "OpenAI takes images with an address, and sound as data")
        return None
    if part.kind == "image":
        for key in part.extra:
            told.lost(f"{where}.{key}", "the image stands in 'images'")
        taken.joined([Part("image", part.value)], where)
        return {"type": "image"}
    return with_others({"type": part.kind, part.kind: part.value}, part.extra, told, where, _PART_KEYS)


_PART_KEYS: Final = frozenset(
    ("type", "text", "image_url", "input_audio", "image", "video", "audio", "url", "path", "base64", "detail")
)
"""What means something in a part, for OpenAI or for Hugging Face."""
