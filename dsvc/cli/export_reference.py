"""The table of shapes and trainers in ``docs/export.md``, made by exporting the examples of the shapes.

``python -m dsvc.cli.export_reference docs/export.md`` writes it anew; a test compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError
from dsvc.exporters.registry import TRAINERS
from dsvc.exporters.trainers import trainer
from dsvc.formats import Conversion, all_shapes
from dsvc.formats.fit import possible
from dsvc.formats.json_text import line_of

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Trainer
    from dsvc.formats.definition import Shape

START, END = "<!-- shapes:start -->\n", "<!-- shapes:end -->\n"
_LEGEND: Final = """\
Made by `python -m dsvc.cli.export_reference`. What records of a shape become for each trainer; `as it is`: they stay;
`rewritten`: they keep the shape, not the form, which is told; `−`: something is lost, and told; `!`: some examples
cannot be written; empty: the trainer cannot be given them.
"""


def table() -> str:
    """The table with its legend."""
    trainers = [trainer(name) for name in TRAINERS]
    rows = [f"| shape | {' | '.join(one.title for one in trainers)} |", f"|---|{'---|' * len(trainers)}"]
    rows += [
        f"| [{shape.name}](formats.md#{shape.name}) | {' | '.join([_cell(shape, one) for one in trainers])} |"
        for shape in all_shapes()
    ]
    return "\n".join([_LEGEND, *rows, ""])


def target_of(shape: Shape, one: Trainer) -> str | None:
    """What records of a shape become for a trainer; None when it cannot be given them."""
    if shape.name in one.reads:
        return shape.name
    if shape.kind in one.targets:
        return one.targets[shape.kind]
    return next((target for kind, target in one.targets.items() if possible(shape.kind, kind)), None)


def _cell(shape: Shape, one: Trainer) -> str:
    target = target_of(shape, one)
    if target is None:
        return ""
    conversion = Conversion(target, shape.name, demands=one.demands(target, set()), skip=True)
    lines = [line_of(example) for example in shape.examples]
    written: list[bytes] = []
    try:
        for line in lines:
            conversion.new_file()  # each example by itself
            written += conversion.lines([line], shape.name)
    except BadDataError:
        return ""
    if conversion.left_out == len(lines):
        return ""
    marks = (" −" if conversion.told.lost_records else "") + (" !" if conversion.left_out else "")
    kept = all(line in lines for line in written)
    return ("as it is" if kept else f"`{target}`" if target != shape.name else "rewritten") + marks


def page(text: str) -> str:
    """The page with the table of today."""
    before, _, rest = text.partition(START)
    return f"{before}{START}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(page(path.read_text("utf-8")), "utf-8")
