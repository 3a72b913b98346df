"""``dsvc review``: records looked at by hand, one after the other."""

from __future__ import annotations

from dsvc.cli.verb_group import VerbGroup

command = VerbGroup(
    "review",
    package="dsvc.cli.review",
    verbs={
        "start": "Choose records of a version to be looked at.",
        "next": "Show the next record without a verdict.",
        "accept": "Say that the record that was shown is right.",
        "reject": "Say that the record that was shown is wrong.",
        "edit": "Correct the record that was shown.",
        "skip": "Put the record that was shown off.",
        "undo": "Take the last verdict back.",
        "status": "Tell how far a review is, and how many records are right.",
        "finish": "Commit the verdicts, and make a version of what they correct.",
        "list": "List the reviews of a dataset.",
        "rm": "Keep a review no longer; the commits that have it stay.",
    },
    text="""Look at records by hand, and let a version remember it.

    A review is a queue of records. Each verdict is on disk before the next record is shown; several people may work at
    one queue. What they correct becomes a version, and how many records are right goes to the gates.""",
)
