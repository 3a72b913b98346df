"""Facts of a dataset that have a name: pilots, reviews, agreements, one file each in a folder of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.names import composed
from dsvc.repository.datasets import fold

if TYPE_CHECKING:
    from dsvc.repository.context import Context

SUFFIX: Final = ".json"


def fact_path(folder: str, name: str) -> str:
    """Repository path of the file with this name."""
    return f"{folder}/{name}{SUFFIX}"


def fact_names(ctx: Context, folder: str) -> list[str]:
    """What HEAD has in a folder, by name."""
    head = ctx.git.head()
    found = ctx.git.files_in(head, folder) if head is not None else []
    return sorted(name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX))


def name_there(ctx: Context, folder: str, name: str) -> str | None:
    """The name as HEAD has it, whatever case it is asked for in; None when there is none."""
    return next((each for each in fact_names(ctx, folder) if fold(each) == fold(name)), None)


def argument(ctx: Context, dataset: str, name: str) -> str:
    """How a command names a fact: with its dataset where there are several, which may each have one of that name."""
    return f"{name} --of {dataset}" if len(ctx.versions.datasets(ctx.git.head())) > 1 else name


def read_fact(ctx: Context, folder: str, name: str) -> bytes | None:
    """The file with exactly this name at HEAD, however its letters and marks were typed."""
    head = ctx.git.head()
    if head is None:
        return None
    found = ctx.git.read(head, fact_path(folder, name))
    return found if found is not None else ctx.git.read(head, fact_path(folder, composed(name)))
