"""The one place that turns what went wrong into text on stderr and an exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from dsvc.cli.output import broken_pipe
from dsvc.errors import DsvcError, ExitCode, HookError
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run ``dsvc`` with these arguments; the exit status, everything that went wrong already told."""
    from dsvc.cli.app import app

    try:
        if "_DSVC_COMPLETE" in os.environ:
            app.main(args=list(arguments), prog_name="dsvc")
        # Not through ``main``: it has exit statuses of its own for a closed pipe and Ctrl-C.
        with app.make_context("dsvc", list(arguments)) as context:
            status = app.invoke(context)
        sys.stdout.flush()  # while a closed pipe can still be handled
        return status if isinstance(status, int) else ExitCode.OK
    except BaseException as error:
        return failed(error)


def failed(error: BaseException) -> int:
    """Tell an exception on stderr; the exit status it stands for. What stops the process by itself goes on."""
    if isinstance(error, DsvcError):
        tell(error.message, error.hint, _said_besides(error))
        _trace(error)
        return error.exit_code
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, (KeyboardInterrupt, EOFError, click.Abort)):
        late = str(error) if isinstance(error, KeyboardInterrupt) else ""
        note(f"interrupted, {late}" if late else "interrupted")
        return ExitCode.INTERRUPTED
    if isinstance(error, click.ClickException):
        return _usage(error)
    if isinstance(error, BrokenPipeError):
        broken_pipe()
        return ExitCode.OK
    if isinstance(error, (SystemExit, GeneratorExit)):
        raise error
    return _unexpected(error)


def _said_besides(error: DsvcError) -> str:
    """What a hook said after the line that the message has: a gate in one tells what failed."""
    output = error.output if isinstance(error, HookError) else ""
    return output.strip().partition("\n")[2].strip("\n")


def tell(message: str, hint: str | None = None, besides: str = "") -> None:
    """An error, what is told besides, and the way out on a line of its own."""
    _line("error", message.replace("\n", "⏎"))
    if besides:
        note(besides)
    if hint:
        _line("hint", hint)


def warn(message: str, hint: str | None = None) -> None:
    """Something that should be known and stops nothing."""
    _line("warning", message)
    if hint:
        _line("hint", hint)


def note(message: str) -> None:
    """Something that was done along the way."""
    click.echo(safe(message, newline="keep"), err=True)


def _line(label: str, text: str) -> None:
    click.echo(f"{label}: {safe(text, newline='keep')}", err=True)


def _usage(error: click.ClickException) -> int:
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    tell(message[:1].lower() + message[1:], f"{context.command_path} --help" if context is not None else None)
    return error.exit_code


def _unexpected(error: BaseException) -> int:
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
        tell(f"cannot use '{error.filename}': {reason}" if error.filename else reason)
        _trace(error)
        return ExitCode.NOTHING if isinstance(error, FileNotFoundError) else ExitCode.PROTECTED
    first = str(error).strip().partition("\n")[0]
    tell(
        f"unexpected {type(error).__name__}: {first}" if first else f"unexpected {type(error).__name__}",
        "this is a fault in dsvc; run it again with DSVC_DEBUG=1 and report what it prints",
    )
    _trace(error)
    return 70


def _trace(error: BaseException) -> None:
    if os.environ.get("DSVC_DEBUG", "0") not in ("", "0"):
        import traceback

        sys.stderr.write(safe("".join(traceback.format_exception(error)), newline="keep"))
