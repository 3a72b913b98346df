"""``dsvc pilot``: samples that stay the same, what they gave, and where they go from here."""

from __future__ import annotations

from dsvc.cli.verb_group import VerbGroup

command = VerbGroup(
    "pilot",
    package="dsvc.cli.pilot",
    verbs={
        "create": "Take a sample of a version, and keep it under a name.",
        "list": "List the pilots of a dataset, with the last result of each.",
        "show": "Show a pilot: its rule, its groups, its results, and how far it is from the whole version.",
        "export": "Write a pilot for a trainer, in a shape, or as any other format of 'dsvc export'.",
        "result": "Write down what a trial on a pilot gave.",
        "compare": "Compare two pilots: their results, their records, and what changed in the data between them.",
        "carry": "Take a pilot to another version, and tell which of its records stayed, changed or were replaced.",
        "rm": "Keep a pilot and its results no longer; the commits that have them stay.",
    },
    text="""Take a sample of a version for a trial, the same one every time.

    A pilot is a sample with a name: chosen by a rule that any machine follows to the same records, kept in git
    beside the version, and compared with the whole before it is taken.""",
)
