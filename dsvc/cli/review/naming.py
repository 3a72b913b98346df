"""What the verbs of reviews share: how a review and a reviewer are named, and how they stand in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dsvc.cli.completing import named
from dsvc.cli.options import ShareType, of_dataset
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    from dsvc.repository.reviews.session import ReviewItem, ReviewSession
    from dsvc.reviewing.queue import Review

FORMAT = "dsvc.reviews/1"


def reviews(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of reviews, for a shell."""

    def found() -> dict[str, str]:
        import dsvc

        listed = dsvc.open().reviews.list()
        return {each.review.name: f"{each.dataset.name} {each.review.number}" for each in listed}

    return named(found, incomplete)


of_option = of_dataset("review")
name_argument = click.argument("name", required=False, metavar="[NAME]", shell_complete=reviews)
reviewer_option = click.option(
    "--reviewer",
    metavar="NAME",
    help="Who looks (git's dsvc.annotator, else user.name); NAME:model for a model.",
)
record_option = click.option(
    "--record",
    metavar="RECORD",
    help="Not the one that was shown: its number in the review, the first digits of its id, or 'row 12'.",
)


def names_of(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[str, ...]:
    """The names between commas; none where nothing is said. Raises UsageError where nobody is named."""
    names = tuple(each.strip() for each in (text or "").split(",") if each.strip())
    if text is not None and not names:
        raise UsageError("--reviewers names nobody", hint="write it like --reviewers anna,ben")
    return names


reviewers_option = click.option(
    "--reviewers",
    metavar="NAMES",
    callback=names_of,
    help="Who shares the records, each a part of their own: anna,ben.",
)
overlap_option = click.option(
    "--overlap", type=ShareType(), default=0.0, metavar="SHARE", help="How much all of them look at: 0.2, or 20%."
)
comment_option = click.option("-m", "--comment", metavar="TEXT", default="", help="What there is to say about it.")


def judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every verdict."""
    from dsvc.cli.options import json_option

    for decorate in (json_option, comment_option, record_option, reviewer_option, of_option, name_argument):
        command = decorate(command)
    return command


def review_fields(review: Review, *, records: bool = False) -> dict[str, object]:
    """A review as its file has it, without the list of records unless it is wanted."""
    fields = review.to_json()
    fields.pop("format")
    if not records:
        fields["records"] = len(review.records)
        fields.pop("answers")
    return fields


def item_fields(session: ReviewSession, item: ReviewItem) -> dict[str, object]:
    """A record of a review."""
    from dsvc.render.json_text import record_text

    return {
        "review": session.review.name,
        "number": item.number,
        "id": item.record,
        "row": item.row,
        "file": item.file,
        "line": item.line,
        "annotators": [{"name": each.name, "kind": each.kind} for each in item.annotators],
        "stale": item.stale,
        "verdict": item.verdict.to_json() if item.verdict is not None else None,
        "answers": [each.to_json() for each in item.answers],
        "record": record_text(item.content),
    }
