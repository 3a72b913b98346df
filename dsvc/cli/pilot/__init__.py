"""``dsvc pilot``: samples that stay the same, what they gave, and where they go from here."""

from __future__ import annotations

from dsvc.cli.verb_group import VerbGroup

command = VerbGroup(
    "pilot",
    package="dsvc.cli.pilot",
    verbs={
        "list": "List the pilots of a dataset.",
    },
    text="""Take a sample of a version for a trial, the same one every time.

    A pilot is a sample with a name: chosen by a rule that any machine follows to the same records, kept in git
    beside the version, and compared with the whole before it is taken.""",
)
