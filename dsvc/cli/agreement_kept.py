"""``dsvc agreement --kept`` and ``--forget``: what is kept of earlier comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.cli import output
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.agreements.file import KeptAgreement

FORMAT = "dsvc.agreements/1"


def tell_kept(sides: tuple[str, ...], forgotten: str | None, *, as_json: bool) -> None:
    """List what is kept of a dataset (``sides`` names none: of all); or take the ``forgotten`` one out of HEAD."""
    import dsvc
    from dsvc.cli.going_back import tell

    if len(sides) > 1:
        raise UsageError("of which dataset?", hint="name one, or none for all")
    target = sides[0] if sides else None
    agreements = dsvc.open().agreements
    if forgotten is not None:
        tell(agreements.remove(forgotten, of=target), as_json=as_json)
        return
    found = agreements.list(target)
    if not as_json:
        output.write(_lines(found))
        return
    for each in found:
        output.json_line("agreement", FORMAT, {name: v for name, v in each.to_json().items() if name != "format"})


def _lines(found: Sequence[KeptAgreement]) -> Iterator[str]:
    from dsvc.render.columns import in_columns

    if not found:
        yield "no agreement is kept; keep one: dsvc agreement REV... --field FIELD --keep NAME"
    rows = [
        (
            each.name,
            f"{each.dataset}@{each.number}",
            f"'{each.field}'",
            f"{each.agreed / each.compared:.1%}" if each.compared else "nothing compared",
            f"{each.agreed:,} of {each.compared:,}",
            ", ".join(each.annotators),
            f"{each.created_at:%Y-%m-%d}",
        )
        for each in found
    ]
    yield from in_columns(rows)
