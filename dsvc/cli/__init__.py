"""The ``dsvc`` command: one file a verb, loaded when it is asked for."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave the process with its exit status."""
    import sys

    try:
        from dsvc.cli.diagnostics import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # during the imports, or while an error was told
        sys.stderr.write("interrupted\n")
        status = 130
    sys.exit(status)
