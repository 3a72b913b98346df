"""What a shell offers behind a verb: datasets and versions of the repository here, and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import click
    from click.shell_completion import CompletionItem


def datasets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of datasets, and paths."""
    return _offered(_datasets, incomplete)


def revisions(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Datasets, their versions (``medical@v1.0``; of the only one also ``v1.0``), and paths."""
    return _offered(_revisions, incomplete)


def named(found: Callable[[], dict[str, str]], incomplete: str) -> list[CompletionItem]:
    """Names with a note each, as a function finds them in the repository here."""
    from click.shell_completion import CompletionItem

    try:
        names = found()
    except Exception:  # a shell that asks while somebody types wants no message
        return []
    return [CompletionItem(name, help=text) for name, text in names.items() if name.startswith(incomplete)]


def shape_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of shapes."""
    from click.shell_completion import CompletionItem

    from dsvc.formats.registry import NAMES, shape

    return [CompletionItem(name, help=shape(name).title) for name in NAMES if name.startswith(incomplete)]


def _offered(find: Callable[[], Iterator[CompletionItem]], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    try:
        found = [item for item in find() if item.value.startswith(incomplete)]
    except Exception:  # a shell that asks while somebody types wants no message
        found = []
    return [*found, CompletionItem(incomplete, type="file")]


def _datasets() -> Iterator[CompletionItem]:
    from click.shell_completion import CompletionItem

    import dsvc

    for dataset in dsvc.open().datasets():
        yield CompletionItem(dataset.name, help=dataset.path)


def _revisions() -> Iterator[CompletionItem]:
    from click.shell_completion import CompletionItem

    import dsvc
    from dsvc.render.safe_text import safe

    repository = dsvc.open()
    datasets = repository.datasets()
    for dataset in datasets:
        yield CompletionItem(dataset.name, help=dataset.path)
        for entry in repository.log(dataset.name):
            reason = safe(entry.entry.reason.partition("\n")[0])
            yield CompletionItem(f"{dataset.name}@{entry.entry.number}", help=reason)
            if len(datasets) == 1:
                yield CompletionItem(entry.entry.number, help=reason)
