"""Questions on a terminal: the source of new records, their licence, why errors stay, the reason for a version."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

import click

from dsvc.cli import diagnostics
from dsvc.cli.progress import WIPE
from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.errors import FoundErrorsError
    from dsvc.repository.repository import Repository
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.reviews.finish import FinishRequest

T = TypeVar("T")
R = TypeVar("R", "CommitRequest", "FinishRequest")

_TEMPLATE = """
# Why this version? Lines that begin with # are left out; an empty text stops the commit.
#
{facts}
"""


def can_ask(*, no_input: bool) -> bool:
    """Whether there is somebody at a terminal to ask."""
    return not no_input and sys.stdin.isatty() and sys.stderr.isatty()


def with_answers(request: R, run: Callable[[R], T], *, ask: bool) -> tuple[R, T]:
    """Run with the request; when it lacks the source of added records, or why errors may stay, ask and run again."""
    from msgspec.structs import replace

    from dsvc.errors import FoundErrorsError, SourceNeededError

    try:
        return request, run(request)
    except (SourceNeededError, FoundErrorsError) as error:
        if not ask:
            raise
        click.echo(WIPE + safe(error.message), err=True)
        answers = _source_answers(request) if isinstance(error, SourceNeededError) else _why_they_stay(error)
    return with_answers(replace(request, **answers), run, ask=ask)


def _source_answers(request: CommitRequest | FinishRequest) -> dict[str, str]:
    licence = getattr(request, "licence", None)
    return {"source": _ask("source of the added records"), "licence": licence or _ask_licence()}


def _why_they_stay(found: FoundErrorsError) -> dict[str, str]:
    why = click.prompt("why it may stay (nothing: stop here)", default="", show_default=False, err=True)
    if not why.strip():
        raise BadDataError("nothing was committed", hint=found.hint)
    return {"allow_findings": why.strip()}


def is_rollback_meant(repository: Repository, target: str) -> str | None:
    """After a ``checkout`` of an older version, ask whether it shall be the newest again; the revision if so."""
    try:
        (state,) = repository.status(target)
    except NotFoundError:  # HEAD has no version of it
        return None
    revision = state.checked_out
    if revision is None or state.base is None or state.head is None:
        return None
    old, new = state.base.number, state.head.number
    question = f"the file has {old}, which is older than HEAD's {new}; make {old} the newest version again (rollback)?"
    return revision if click.confirm(question, err=True) else None


def reason_from_editor(facts: str, typed: str) -> str:
    """Open the editor for a reason, telling ``facts`` in comments; where it cannot be started, ask on the line.

    ``typed``: the command that takes the reason by ``-m``, for hints.

    Raises UsageError when the reason stays empty, and when the editor ends with an error (``:cq`` of vim).
    """
    comments = "\n".join([f"#   {safe(line)}" for line in facts.splitlines()])
    try:
        text = click.edit(_TEMPLATE.format(facts=comments), extension=".txt") or ""
    except (click.ClickException, ValueError) as error:
        if isinstance(error, click.ClickException) and not isinstance(error.__cause__, OSError):
            raise UsageError(editor_failed(error), hint=f'{typed} -m "why"') from error
        diagnostics.warn(editor_failed(error), "set EDITOR")
        text = _ask("why this version")  # what was answered before is not asked again
    reason = "\n".join([line for line in text.splitlines() if not line.startswith("#")]).strip()
    if not reason:
        raise UsageError("no reason was given, nothing was committed", hint=f'{typed} -m "why"')
    return reason


def editor_failed(error: click.ClickException | ValueError) -> str:
    """Why nothing came from ``click.edit``, in words: it cannot be started, or says that something went wrong."""
    if not isinstance(error, click.ClickException):
        return "a quote is not closed in the name of the editor"
    name = error.format_message().partition(": ")[0]
    if isinstance(error.__cause__, OSError):
        return f"cannot start the editor '{name}': {str(error.__cause__.strerror).lower()}"
    return f"the editor '{name}' ended with an error; nothing was changed"


def _ask(question: str) -> str:
    return str(click.prompt(question, err=True)).strip()


def _ask_licence() -> str:
    """Ask until it is one: a slip of the pen here would cost the answers before it."""
    from dsvc.repository.committing.licences import check_licence

    while True:
        answer = str(click.prompt("its licence (SPDX, e.g. CC-BY-4.0)", default="unknown", err=True)).strip()
        try:
            return check_licence(answer)
        except UsageError as error:
            diagnostics.tell(error.message, error.hint)
