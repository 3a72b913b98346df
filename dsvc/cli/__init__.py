"""The ``dsvc`` command: one file a verb, loaded when it is asked for."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave the process with its exit status."""
    import sys

    from dsvc.cli.diagnostics import run

    sys.exit(run(sys.argv[1:]))
