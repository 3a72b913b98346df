"""``dsvc pilot result``: what a trial on a pilot gave."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.options import ShareType, json_option
from dsvc.cli.pilot.naming import FORMAT, of_option, pilots, result_fields
from dsvc.cli.verb import verb
from dsvc.errors import UsageError


@verb(
    "result",
    examples=[
        ("dsvc pilot result pilot-a --metric accuracy=0.71", "one figure"),
        ('dsvc pilot result pilot-a --metric loss=1.32 --model qwen2.5-0.5b --note "lr 2e-5"', "with model and note"),
        ("dsvc pilot result pilot-a --metric accuracy=0.71 --metric f1=0.6 --run 7", "two, of a run"),
    ],
    exits=(0, 2, 3, 5),
)
@click.argument("name", metavar="NAME", shell_complete=pilots)
@of_option
@click.option("--metric", "metrics", multiple=True, required=True, metavar="NAME=NUMBER", help="A figure. Repeatable.")
@click.option("--model", metavar="NAME", help="What was trained.")
@click.option("--run", metavar="ID", help="The run, as the training log calls it.")
@click.option("--note", metavar="TEXT", help="Whatever else there is to say.")
@click.option("--validation", type=ShareType(), metavar="SHARE", help="The share that the export set aside: 0.1.")
@json_option
def command(
    *,
    name: str,
    target: str | None,
    metrics: tuple[str, ...],
    model: str | None,
    run: str | None,
    note: str | None,
    validation: float | None,
    as_json: bool,
) -> None:
    """Write down what a trial on a pilot gave.

    Results are lines of a file beside the pilot, in a git commit: they are added, and none is ever changed. dsvc undo
    takes back the last one. Of which share was set aside for validation a pilot that is carried over learns what was
    trained on; where nobody says it, it is taken to be the share of the next export.
    """
    import dsvc
    from dsvc.render.pilot_text import result_text
    from dsvc.render.safe_text import safe
    from dsvc.repository.pilots.results import metric_of

    figures: dict[str, float] = {}
    for metric, value in map(metric_of, metrics):
        if metric in figures:
            raise UsageError(
                f"'{metric}' is given twice", hint="one figure a metric; of another run: dsvc pilot result again"
            )
        figures[metric] = value
    made = dsvc.open().pilots.result(name, figures, model=model, run=run, note=note, validation=validation, of=target)
    if as_json:
        output.json_line("result", FORMAT, {"pilot": name, **result_fields(made)})
        return
    output.write([f"{safe(name)}  {result_text(made)}"])
