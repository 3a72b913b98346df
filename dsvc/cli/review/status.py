"""``dsvc review status``: how far a review is, and how many records are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.review.naming import name_argument, of_option
from dsvc.cli.verb import verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.reviews.status import ReviewStatus
    from dsvc.reviewing.accuracy import Accuracy

FORMAT = "dsvc.review-status/1"


@verb(
    "status",
    examples=[
        ("dsvc review status", "of the only review"),
        ("dsvc review status check-1 --label-field category", "by the values of another field"),
    ],
    exits=(0, 2, 3, 7, 8),
)
@name_argument
@of_option
@click.option(
    "--label-field", metavar="FIELD", help="By the values of this field.  [default: class_field of the gates]"
)
@json_option
def command(*, name: str | None, target: str | None, label_field: str | None, as_json: bool) -> None:
    """Tell how far a review is, and how many records are right.

    The range behind a share is where the share of all records lies with 95 % of confidence (Wilson's score interval).
    It is told once every record has a verdict: they are shown in the order of the file, and the first ones say nothing
    of the others. A record counts as right when nobody has rejected or corrected it.
    """
    import dsvc
    from dsvc.render.review_text import status_lines

    with progress("reading") as shown:
        found = dsvc.open(progress=shown).reviews.status(name, of=target, label=label_field)
    if label_field is not None and found.judged and not found.by_label:
        diagnostics.note(f"none of the judged records has a field '{label_field}'")
    if as_json:
        output.json_line("review", FORMAT, _fields(found))
    else:
        output.write(status_lines(found, output.style()))


def _fields(found: ReviewStatus) -> dict[str, object]:
    import msgspec

    return {
        "name": found.review.name,
        "dataset": found.dataset.name,
        "version": found.review.version,
        "number": found.review.number,
        "records": len(found.review.records),
        "judged": found.judged,
        "represents": found.represents,
        "accuracy": found.accuracy.to_json(of_all=found.represents),
        "reviewers": [
            {
                "name": each.reviewer.name,
                "kind": each.reviewer.kind,
                "verdicts": dict(each.counts),
                "records": each.records,
                "has_share": each.has_share,
                "left": each.left,
                "accuracy": each.accuracy.to_json(of_all=found.part_represents and not each.left),
                "committed": each.committed,
            }
            for each in found.reviewers
        ],
        "label_field": found.label,
        "by_label": _parts(found.by_label, of_all=found.label_represents),
        "by_annotator": _parts(found.by_annotator, of_all=found.part_represents),
        "disputed": list(found.disputed),
        "in_common": msgspec.to_builtins(found.in_common),
    }


def _parts(parts: Mapping[str, Accuracy], *, of_all: bool) -> dict[str, object]:
    return {name: accuracy.to_json(of_all=of_all) for name, accuracy in parts.items()}
