"""``dsvc agreement``: how far annotators agree."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.options import ShareType, json_option, pager_option, share_of
from dsvc.cli.progress import progress
from dsvc.cli.review.naming import overlap_option, reviewers_option
from dsvc.cli.verb import verb
from dsvc.errors import ExitCode, NotFoundError, UsageError

if TYPE_CHECKING:
    from dsvc.repository import Repository
    from dsvc.repository.agreements.keeping import AgreementKept
    from dsvc.repository.agreements.measuring import Agreement, AgreementRequest

SIMILAR = 0.9
FORMAT = "dsvc.agreement-report/1"


@verb(
    "agreement",
    examples=[
        ("dsvc agreement anna.jsonl ben.jsonl --field label", "two files, one of each annotator"),
        ("dsvc agreement qa@anna qa@ben --field label", "the versions on two git branches"),
        (
            "dsvc agreement qa --by annotator --field label",
            "a record for each annotator, as imports from tools have it",
        ),
        ("dsvc agreement qa --field anna=label_a --field ben=label_b", "each annotator has a field"),
        ("dsvc agreement qa@anna qa@ben --field label --review decide", "and decide where they disagree"),
        ("dsvc agreement qa --kept", "what is kept for the gates; --forget NAME takes one out of HEAD"),
    ],
    exits={
        0: "done",
        1: "people disagree on more records than --threshold allows",
        2: "wrong usage",
        3: "no such version or file, or nothing to compare",
        4: "the data cannot be read",
        5: "refused, to protect data",
    },
)
@click.argument("sides", nargs=-1, metavar="REV...", shell_complete=revisions)
@click.option("--field", "fields", multiple=True, metavar="FIELD", help="What was answered; or ANNOTATOR=FIELD.")
@click.option("--by", metavar="FIELD", help="The records are there once for each annotator, whose name stands here.")
@click.option(
    "--key", multiple=True, metavar="FIELD", help="Which record is which.  [default: the dataset's key, else the rest]"
)
@click.option(
    "--kind", metavar="KIND", help="label, levels (a>b), set, number, rank or text.  [default: by the answers]"
)
@click.option(
    "--similar",
    type=ShareType(),
    default=SIMILAR,
    show_default=True,
    metavar="SHARE",
    help="From this similarity on two texts count as the same.",
)
@click.option(
    "--annotator",
    "names",
    multiple=True,
    metavar="NAME",
    help="Whose answers a side holds, in order; NAME:model for a model.  [default: who made the version]",
)
@click.option(
    "--threshold",
    metavar="SHARE",
    help="Exit with 1 above this share of disagreement (0.1, 10%).  [default: that of the gates]",
)
@click.option("--list", "as_list", is_flag=True, help="The records that they disagree on, answers side by side.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, metavar="N", help="So many of them.")
@click.option("--keep", metavar="NAME", help="Keep the figures with the version, for the gates.")
@click.option("--kept", is_flag=True, help="List what is kept, of a dataset or of all.")
@click.option("--forget", metavar="NAME", help="Keep an agreement no longer: gates go by it no more.")
@click.option("--review", metavar="NAME", help="Begin a review of what they disagree on; keeps the figures, too.")
@reviewers_option
@overlap_option
@click.option(
    "--on",
    metavar="REV",
    shell_complete=revisions,
    help="The version to keep and to review.  [default: the first side]",
)
@click.option("--into", metavar="FIELD", help="Where the answer goes that a review chooses.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "markdown", "html"]),
    default="text",
    show_default=True,
    help="How it is written: for a terminal, as tables for a pull request, or as a page (> agreement.html).",
)
@json_option
@pager_option
def command(*, sides: tuple[str, ...], as_json: bool, no_pager: bool, **given: Any) -> int:
    """Tell how far annotators agree.

    REV are versions, working files or files anywhere, one of each annotator; or one of them with --by, or with an
    ANNOTATOR=FIELD for each. Records are recognised by their key, else by all that was not asked.

    Percent agreement, Cohen's kappa (two annotators), Fleiss' kappa (more), Krippendorff's alpha; agreement on each
    label, which labels are confused, and the records that they disagree on.
    """
    if given["kept"] or given["forget"] is not None:
        from dsvc.cli.agreement_kept import tell_kept

        tell_kept(sides, given["forget"], as_json=as_json)
        return ExitCode.OK
    if not sides:
        raise UsageError("whose answers shall be compared?", hint="dsvc agreement REV... --field FIELD")
    return _compare(sides, given, as_json=as_json, no_pager=no_pager)


def _compare(sides: tuple[str, ...], given: dict[str, Any], *, as_json: bool, no_pager: bool) -> int:
    """Compare, tell, and write down what is to be kept; the exit status."""
    request = _request(sides, given)
    threshold = _threshold(given["threshold"])
    _check(given, as_json=as_json)
    with progress("reading") as shown:
        repository = _repository(shown, needed=bool(given["keep"] or given["review"]))
        found = _compared(repository, request)
    bound = threshold if threshold is not None else _usual(repository)
    if as_json:
        _tell_json(found, limit=given["limit"])
    else:
        _tell(found, given, bound, no_pager=no_pager)
        if repository is not None and repository.datasets():
            _tell_next(repository, found, sides, given, bound)
    if repository is not None and (given["keep"] or given["review"]):
        _write_down(repository, found, given)
    above = any((each.disagreement or 0.0) > bound for each in found.fields)
    return ExitCode.DIFFERENCES if above else ExitCode.OK


def _request(sides: tuple[str, ...], given: dict[str, Any]) -> AgreementRequest:
    from dsvc.repository.agreements.measuring import AgreementRequest

    columns: dict[str, str] = {}
    fields = []
    for text in given["fields"]:
        name, is_named, path = text.partition("=")
        if not is_named:
            fields.append(text)
        elif not name.strip() or not path.strip():
            raise UsageError(f"'{text}' names no field of an annotator", hint="write it as ANNOTATOR=FIELD")
        else:
            columns[name.strip()] = path.strip()
    if columns and fields:
        raise UsageError("--field FIELD and --field ANNOTATOR=FIELD contradict each other", hint="use one of the two")
    return AgreementRequest(
        sides=sides,
        fields=tuple(fields),
        columns=columns,
        by=given["by"],
        key=given["key"],
        kind=given["kind"],
        similar=given["similar"],
        names=given["names"],
    )


def _threshold(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = share_of(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"'{text}' is no share", hint="--threshold 0.1, or --threshold 10%")
    return share


def _check(given: dict[str, Any], *, as_json: bool) -> None:
    if not 0 <= given["similar"] <= 1:
        raise UsageError(f"{given['similar']:g} is no similarity", hint="from 0 to 1: --similar 0.9, or 90%")
    if given["on"] and not (given["keep"] or given["review"]):
        raise UsageError("--on says which version is kept or reviewed", hint="add --keep NAME or --review NAME")
    if given["into"] and not given["review"]:
        raise UsageError("--into says where a review puts the answers", hint="add --review NAME")
    if (given["reviewers"] or given["overlap"]) and not given["review"]:
        raise UsageError("--reviewers and --overlap are for a review", hint="add --review NAME")
    if as_json and given["shape"] != "text":
        raise UsageError("--json is a format of its own", hint="leave --format out")
    if as_json and given["as_list"]:
        raise UsageError("--json has the list in it", hint="leave --list out")


def _repository(shown: Any, *, needed: bool) -> Repository | None:
    import dsvc

    try:
        return dsvc.open(progress=shown)
    except NotFoundError:
        if needed:
            raise
        return None


def _compared(repository: Repository | None, request: AgreementRequest) -> Agreement:
    if repository is not None:
        return repository.agreements.compare(request)
    from dsvc.repository.agreements.measuring import agreement

    return agreement(None, request, Path.cwd())


def _usual(repository: Repository | None) -> float:
    """The bound of the gate ``disagreement``, in the settings where there are some."""
    from dsvc.validators.gates import GateSettings, bound_of

    settings = (
        repository.validate_settings(None)[1] if repository is not None and repository.datasets() else GateSettings()
    )
    bound = bound_of(settings, "disagreement")
    return bound.bound if bound is not None else 1.0


def _tell(found: Agreement, given: dict[str, Any], bound: float, *, no_pager: bool) -> None:
    from dsvc.render.agreement_text import disagreement_lines, report_lines

    style = output.style()
    if given["shape"] == "markdown":
        from dsvc.render.agreement_markdown import markdown_lines

        output.write(markdown_lines(found, bound))
        return
    if given["shape"] == "html":
        from dsvc.render.agreement_html import agreement_html

        output.write(agreement_html(found, bound, given["limit"]).removesuffix("\n").split("\n"))
        return
    lines = [*report_lines(found, bound, style)]
    if given["as_list"]:
        for field in found.fields:
            lines += disagreement_lines(field, given["limit"], style)
    output.write(lines, pager=not no_pager)


def _tell_next(
    repository: Repository, found: Agreement, sides: tuple[str, ...], given: dict[str, Any], bound: float
) -> None:
    """The command that begins a review of what they disagree on, when that is too much."""
    if (found.worst.disagreement or 0.0) <= bound or given["review"]:
        return
    words = ["dsvc", "agreement", *sides]
    for option, name in (("--field", "fields"), ("--key", "key"), ("--annotator", "names")):
        words += [word for text in given[name] for word in (option, text)]
    for option in ("by", "kind", "threshold", "on", "into"):
        words += [f"--{option}", str(given[option])] if given[option] is not None else []
    if found.has_columns and given["into"] is None:
        words += ["--into", repository.validate_settings(None)[1].class_field]
    words += ["--similar", f"{given['similar']:g}"] if given["similar"] != SIMILAR else []
    diagnostics.note(f"to decide them: {shlex.join([*words, '--review', 'decide'])}")


def _tell_json(found: Agreement, *, limit: int) -> None:
    from dsvc.render.agreement_json import agreement_objects

    for kind, fields in agreement_objects(found, limit):
        output.json_line(kind, FORMAT, fields)


def _write_down(repository: Repository, found: Agreement, given: dict[str, Any]) -> None:
    from dsvc.render.numbers import plural
    from dsvc.render.review_text import share_lines
    from dsvc.repository.agreements.keeping import ReviewKept

    revision = _kept_with(repository, found.sides[0], given["on"])
    agreements, review = repository.agreements, given["review"]
    done: AgreementKept | ReviewKept
    if review:
        options = {name: given[name] for name in ("into", "reviewers", "overlap")}
        done = agreements.review(found, review, revision, kept_as=given["keep"], **options)
    else:
        done = agreements.keep(found, given["keep"], revision)
    for text in done.notes:
        diagnostics.note(text)
    diagnostics.note(f"kept with {done.kept.dataset} {done.kept.number} as '{done.kept.name}'")
    if isinstance(done, ReviewKept):
        records = plural(len(done.kept.disagreed), "record")
        diagnostics.note(f"{records} to be decided: dsvc review next {repository.reviews.called(done.review)}")
        for text in share_lines(done.review):
            diagnostics.note(text)
    if done.missing:
        missing = plural(done.missing, "record")
        diagnostics.note(f"{missing} that were compared {done.kept.number} does not have: the figures are without them")


def _kept_with(repository: Repository, side: str, on: str | None) -> str:
    """The version to keep and to review: ``--on``, of the first side's dataset where it names none; else that side."""
    if on is None:
        return _committed(repository, side)
    datasets = [each.name for each in repository.datasets()]
    if "@" in on or on in datasets or len(datasets) == 1:
        return on
    try:
        return f"{_committed(repository, side).rpartition('@')[0]}@{on}"
    except NotFoundError:
        return on


def _committed(repository: Repository, side: str) -> str:
    """The version that a side is, or that the working file was written from; of files elsewhere the only dataset's."""
    if "@" in side:
        return side
    try:
        return f"{repository.dataset(side).name}@HEAD"
    except NotFoundError:
        datasets = repository.datasets()
        if len(datasets) == 1:
            return f"{datasets[0].name}@HEAD"
        raise NotFoundError(f"'{side}' is no dataset that a review could be of", hint="name one: --on REV") from None
