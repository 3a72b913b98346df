"""``dsvc split``: records in parts for training, validation and test."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.options import ShareType, json_option, share_of
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.cli.progress import Progress
    from dsvc.repository.splits.split import Split
    from dsvc.splitting.rule import Share

FORMAT = "dsvc.split/1"


@verb(
    "split",
    examples=[
        (
            "dsvc split medical --train 0.8 --validation 0.1 --test 0.1 -o data/medical_split",
            "the parts of a file in a new folder, to be committed as a dataset of its own",
        ),
        ("dsvc split medical", "again by the same rule: new records get a side, the others keep theirs"),
        ("dsvc split medical_split --add new.jsonl", "put more records into the parts of a folder"),
        ("dsvc split --train 0.9 --test 0.1 --stratify label --group-by patient", "strata, and groups that stay whole"),
        ("dsvc split --train 0.8 --test 0.2 --dry-run", "tell what would be done"),
    ],
    exits=(0, 2, 3, 4, 5, 7, 8),
)
@click.argument("target", required=False, metavar="[TARGET]", shell_complete=revisions)
@click.option("--train", type=ShareType(), metavar="SHARE", help="The share of the part 'train': 0.8, or 80%.")
@click.option("--validation", type=ShareType(), metavar="SHARE", help="The share of the part 'validation'.")
@click.option("--test", type=ShareType(), metavar="SHARE", help="The share of the part 'test'.")
@click.option("--share", "named", multiple=True, metavar="NAME=SHARE", help="A part of another name: dev=0.1.")
@click.option("--stratify", multiple=True, metavar="FIELD", help="Split each value of this field by the same shares.")
@click.option("--group-by", multiple=True, metavar="FIELD", help="Keep records with one value of this field together.")
@click.option("--seed", metavar="TEXT", help="Any text: another split by the same rule.")
@click.option(
    "--near-duplicates",
    type=click.Choice(["together", "ignore"]),
    help="Keep records that are nearly the same on one side; 'together' unless said.",
)
@click.option("--add", multiple=True, type=click.Path(), metavar="FILE", help="Put the records of this file in, too.")
@click.option("--anew", is_flag=True, help="Forget which side records are on.")
@click.option("--force", is_flag=True, help="Replace parts that have what TARGET lacks, or are of another dataset.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and change nothing.")
@click.option("-o", "--output", "place", type=click.Path(), metavar="FOLDER", help="The folder of the parts.")
@json_option
def command(**given: Any) -> None:
    """Put records into parts for training, validation and test; what has a part never leaves it.

    TARGET is a dataset, a version or a file. A folder whose files are the parts is split in place: records that are on
    a side stay there, and those of its other files get one. The parts of a single file go into a folder of their own
    (-o). What is not said is as in the last split of the same folder, whose rule is kept with its versions.

    Equal records, near-duplicates and groups stay on one side. The versions are not touched: look with 'dsvc diff',
    keep it with 'dsvc commit', prove it with 'dsvc validate', take it back with 'dsvc undo'.
    """
    asked = _asked(given)
    with progress("reading") as shown:
        made = _split(given, asked, shown)
    if given["as_json"]:
        _tell_json(made, dry_run=given["dry_run"])
        return
    from dsvc.render.split_text import split_lines

    output.write([*split_lines(made.plan, output.style()), *_next(made, dry_run=given["dry_run"])])


def _split(given: dict[str, Any], asked: dict[str, Any], shown: Progress) -> Split:
    import dsvc
    from dsvc.repository.splits.plain import split_path
    from dsvc.repository.splits.target import SplitRequest

    target, place = given["target"], given["place"]
    try:
        repository = dsvc.open(progress=shown)
    except NotFoundError:
        if target is None or not Path(target).exists():
            raise
        folder = Path(place) if place is not None else None
        return split_path(Path(target), folder, SplitRequest(**asked), dry_run=given["dry_run"], progress=shown)
    return repository.split(target, dry_run=given["dry_run"], output=place, **asked)


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "shares": _shares(given),
        "seed": given["seed"],
        "stratify": given["stratify"] or None,
        "group_by": given["group_by"] or None,
        "near_duplicates": given["near_duplicates"],
        "add": given["add"],
        "anew": given["anew"],
        "force": given["force"],
    }


def _shares(given: dict[str, Any]) -> tuple[Share, ...] | None:
    """The shares that were said; None when none was."""
    from dsvc.splitting.rule import Share

    said = [Share(part, given[part]) for part in ("train", "validation", "test") if given[part] is not None]
    for text in given["named"]:
        name, equals, number = text.rpartition("=")
        try:
            said.append(Share(name, share_of(number)))
        except ValueError:
            equals = ""
        if not equals or not name:
            raise UsageError(f"'{text}' is not the share of a part", hint="write it like --share dev=0.1")
    return tuple(said) or None


def _next(made: Split, *, dry_run: bool) -> Iterator[str]:
    from dsvc.render.numbers import plural
    from dsvc.render.safe_text import safe

    yield from (f"note: {safe(each)}" for each in made.notes)
    if made.gone:
        yield f"gone:          {plural(made.gone, 'record')} that {'was' if made.gone == 1 else 'were'} in the parts"
    if dry_run:
        yield "nothing was changed"
        return
    if made.outcome is None and not made.changed:
        yield "nothing to do: every record is on its side"
        return
    yield f"written:       {', '.join(safe(path) for path in made.changed) or 'no file; the rule is another one'}"
    if made.outcome is None:
        return
    if made.outcome.saved_as is not None:
        yield f"saved:         what was there, as '{safe(made.outcome.saved_as)}'"
    yield from _commands(made)


def _commands(made: Split) -> Sequence[str]:
    from dsvc.render.safe_text import safe

    tracked = made.outcome is not None and made.outcome.version is not None
    name = safe(made.dataset.name if tracked else quote(made.dataset.path))
    look = f"look: dsvc diff {name} · " if tracked else ""
    return [f"{look}keep: dsvc commit {name} -m why · prove: dsvc validate {name} · take back: dsvc undo"]


def _tell_json(made: Split, *, dry_run: bool) -> None:
    import msgspec

    plan = made.plan
    for number, part in enumerate(plan.parts):
        strata = [
            {"values": list(values), "records": count} for values, count in zip(plan.strata, part.strata, strict=False)
        ]
        fields = {"name": part.name, "records": part.records, "share": part.share, "wanted": part.wanted}
        output.json_line("part", FORMAT, {**fields, "new": part.new, "number": number, "strata": strata})
    for problem in plan.problems:
        output.json_line("problem", FORMAT, msgspec.to_builtins(problem))
    facts = {
        "dataset": made.dataset.name,
        "path": made.dataset.path,
        "dry_run": dry_run,
        "records": plan.records,
        "kept": plan.kept,
        "gone": made.gone,
        "notes": list(made.notes),
        "held": msgspec.to_builtins(plan.held),
        "rule": made.memory.to_json(),
        "files": [{"path": path, "lines": lines} for path, lines in made.files.items()],
        "changed": list(made.changed),
        "saved": made.outcome.saved_as if made.outcome is not None else None,
    }
    output.json_line("split", FORMAT, facts)
