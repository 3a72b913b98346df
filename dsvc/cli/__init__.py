"""The ``dsvc`` command: one file a verb, loaded when it is asked for."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave the process with its exit status."""
    import gc
    import sys

    # The collector would look through all that was imported, again and again, for what nobody uses any more.
    gc.set_threshold(50_000)
    try:
        from dsvc.cli.diagnostics import run
        from dsvc.cli.output import open_closed

        open_closed()
        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # during the imports, or while an error was told
        sys.stderr.write("interrupted\n")
        status = 130
    gc.freeze()  # what is left now dies with the process; nor need it be looked through at the end
    sys.exit(status)
