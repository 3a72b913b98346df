"""Shapes that are one medium and a text about it: a question with that medium, and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.formats.canonical import PLAIN, Canonical, Part, Turn
from dsvc.formats.definition import extra_of, with_extra
from dsvc.formats.exchange import answer_text, answer_turn, single, tell_asked
from dsvc.formats.misfit import Misfit, optional_text, text_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.formats.canonical import Medium
    from dsvc.formats.report import Told
    from dsvc.record import Json


def caption_reader(
    medium: Medium, file: str, answer: str, known: frozenset[str]
) -> Callable[[dict[str, Json], Told], Canonical]:
    """Reads a file, perhaps a ``text`` beside it, and the answer."""

    def read(value: dict[str, Json], told: Told) -> Canonical:
        parts = [Part(medium, text_in(value, file))]
        text = optional_text(value, "text")
        if text is None and "text" in value:
            told.rewritten("text", "null becomes absent")
        if text:
            parts.append(Part("text", text))
        elif text is not None:
            told.rewritten("text", "an empty text becomes absent")
        return Canonical([Turn("user", parts), answer_turn(text_in(value, answer), told)], extra=extra_of(value, known))

    return read


def caption_writer(
    medium: Medium, file: str, answer: str, known: frozenset[str]
) -> Callable[[Canonical, Told], dict[str, Json]]:
    """Writes a question with one file of the medium. Raises Misfit when it has none."""

    def write(canonical: Canonical, told: Told) -> dict[str, Json]:
        found = single(canonical, told)
        assert found.answer is not None
        content = found.prompt.content
        parts = content if isinstance(content, list) else [Part("text", content)]
        files = [part for part in parts if part.kind == medium]
        if not files or not isinstance(files[0].value, str):
            raise Misfit(
                file, f"the question has no {medium} with a path or an address", f"the target is about one {medium}"
            )
        details = found.prompt.details or PLAIN
        tell_asked(details, told)
        texts = [str(part.value) for part in parts if part.kind == "text"] + (
            [found.prompt.input] if found.prompt.input else []
        )
        _tell_order(parts, files, texts, medium, told)
        made: dict[str, Json] = {file: files[0].value}
        if text := "\n".join(texts):
            made["text"] = text
        made[answer] = answer_text(found.answer, told, answer)
        return with_extra(made, canonical.extra, known, told)

    return write


def _tell_order(parts: list[Part], files: list[Part], texts: list[str], medium: Medium, told: Told) -> None:
    if len(files) > 1:
        told.lost(f"{medium}s", f"the target has one {medium}; further ones")
    for part in parts:
        if part.kind not in ("text", medium):
            told.lost(f"{part.kind}s", f"the target has one {medium}")
        for key in part.extra:
            told.lost(f"content of messages.{key}", "the target has the file alone")
    if len(texts) > 1 or parts[0].kind != medium or "" in texts:
        told.rewritten("content of messages", f"the {medium} comes first, then one text")
