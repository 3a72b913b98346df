"""What the fields of an import can be chosen from: datasets, and what was written for earlier versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsvc_tui.committing import LICENCES, named, offered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository import Repository


@dataclass(frozen=True, slots=True)
class Offers:
    """Texts by field, the newest first."""

    datasets: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    texts: Mapping[str, list[str]] | None = None

    def choices(self, name: str) -> list[tuple[str, str]]:
        """What can be chosen for a field, each with a note."""
        if name == "dataset":
            return [*zip(self.datasets, self.paths, strict=True)]
        if name == "format":
            from dsvc.importers import FORMATS
            from dsvc.importers.tools import TOOLS

            return [*((each, "how its files are written") for each in FORMATS), *((each, "a tool") for each in TOOLS)]
        return [(text, "") for text in (self.texts or {}).get(name, [])]


def offers(repository: Repository) -> Offers:
    """All that there is in a repository."""
    datasets = repository.datasets()
    log = [entry.entry for dataset in datasets for entry in repository.log(dataset.name)]
    return Offers(
        tuple([dataset.name for dataset in datasets]),
        tuple([dataset.path for dataset in datasets]),
        {
            "source": offered(source for entry in log for source in entry.sources),
            "licence": list(LICENCES),
            "annotators": offered(", ".join(map(named, entry.annotators)) for entry in log),
            "reason": offered(entry.reason for entry in log if entry.kind == "commit"),
        },
    )
