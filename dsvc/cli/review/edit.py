"""``dsvc review edit``: the record as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import click

from dsvc.cli import diagnostics
from dsvc.cli.review.naming import judging
from dsvc.cli.verb import verb
from dsvc.errors import BadDataError, NotFoundError, UsageError

if TYPE_CHECKING:
    from dsvc.repository.reviews.session import ReviewItem


@verb(
    "edit",
    examples=[
        ("dsvc review edit --set label=fees", "another value of a field"),
        ("dsvc review edit --set messages[1].content='先还款' -m 'out of date'", "of a field inside, and why"),
        ("dsvc review edit", "the whole record, in $EDITOR"),
        ("dsvc review edit --with mended.json", "the whole record, from a file; - is standard input"),
    ],
    exits=(0, 2, 3, 4, 7, 8),
)
@judging
@click.option(
    "--set",
    "fields",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Another value of a field. A field that is no text takes JSON (--set score=5); again for more fields.",
)
@click.option("--with", "file", metavar="FILE", type=click.File("rb"), help="The whole record as JSON; - is stdin.")
def command(
    *,
    name: str | None,
    target: str | None,
    reviewer: str | None,
    record: str | None,
    comment: str,
    fields: tuple[str, ...],
    file: BinaryIO | None,
    as_json: bool,
) -> None:
    """Correct the record that was shown.

    The correction becomes part of the dataset with 'dsvc review finish'; the working file is not touched before. The
    record counts as wrong: that is what it was. Fields that are lost, or new, or whose values are of another kind, are
    told, and rules of structure that the correction breaks.
    """
    from dsvc.cli.review.judging import give, opened, shown_item
    from dsvc.cli.review.replaced import told_of_fields

    if fields and file is not None:
        raise UsageError("--set and --with contradict each other", hint="leave one of them out")
    session = opened(name, target, reviewer)
    item = shown_item(session, record)
    if file is not None:
        corrected = _from_file(file.read(), item)
    else:
        corrected = _with_fields(item, fields, session.review.fields) if fields else _in_editor(item)
    for text in told_of_fields(_content(item), corrected):
        diagnostics.note(text)
    if (broken := session.broken_by(item, corrected)) is not None:
        diagnostics.note(broken)
    give(session, "edit", comment=comment, corrected=corrected, as_json=as_json)


def _content(item: ReviewItem) -> bytes:
    """What is edited: a correction that was given before, else the record."""
    from dsvc.record import BOM

    if item.verdict is not None and item.verdict.corrected is not None:
        return item.verdict.corrected.encode()
    return item.content.removeprefix(BOM).strip()


def _with_fields(item: ReviewItem, fields: tuple[str, ...], asked: tuple[str, ...]) -> bytes:
    """The record with other values; only a field that annotators were ``asked`` for may be new."""
    from dsvc.conditions.fields import MISSING, field, value_of
    from dsvc.editing.field_splice import with_field, with_field_text
    from dsvc.sampling.identities import steps_in

    content = _content(item)
    for given in fields:
        path, is_set, text = given.partition("=")
        if not is_set or not path.strip():
            raise UsageError(f"'{given}' sets no field", hint="write it as FIELD=VALUE: --set label=fees")
        _utf8(given.encode("utf-8", "surrogateescape"), f"'{given}'")
        steps = steps_in(value_of(content), path.strip())
        old = field(value_of(content), steps)
        if old is MISSING and path.strip() not in asked:
            raise NotFoundError(f"the record has no field '{path.strip()}'", hint="see its fields: dsvc review next")
        if isinstance(old, str):
            content = with_field(content, steps, text, name=item.file, row=item.row - 1)
        else:
            content = with_field_text(content, steps, _json(path, text), name=item.file, row=item.row - 1)
    return content


def _json(path: str, text: str) -> str:
    import json

    from dsvc.record import parse

    try:
        parse(text.encode())
    except ValueError:
        return json.dumps(text, ensure_ascii=False) if text and text[0] not in '{["0123456789-' else _refuse(path, text)
    return text.strip()


def _refuse(path: str, text: str) -> str:
    raise UsageError(f"'{text}' is no JSON value for '{path}'", hint="""a list: --set 'labels=["a", "b"]'""")


def _from_file(data: bytes, item: ReviewItem) -> bytes:
    """One record, however many lines it is written on."""
    from dsvc.editing.pretty import compact

    text = _utf8(data, "the correction").strip().removeprefix("\ufeff")
    return compact(text, _content(item).decode()).encode() if "\n" in text else text.encode()


def _utf8(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadDataError(f"{what} is not UTF-8, byte {error.start + 1}", hint="write it in UTF-8") from error


def _in_editor(item: ReviewItem) -> bytes:
    from dsvc.cli.asking import editor_failed
    from dsvc.editing.pretty import compact, pretty

    written = _content(item).decode()
    try:
        text = click.edit(pretty(written), extension=".json", require_save=False)
    except (click.ClickException, ValueError) as error:
        raise UsageError(editor_failed(error), hint="set EDITOR, or: --set FIELD=VALUE") from error
    if text is None or text.strip() == pretty(written).strip():
        raise UsageError("nothing was changed, so there is no verdict", hint="dsvc review accept, if it is right")
    return compact(text.strip(), written).encode()
