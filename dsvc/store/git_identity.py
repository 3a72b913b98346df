"""Who makes a commit, and when, in the words of git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError
from dsvc.store.git_values import Identity

if TYPE_CHECKING:
    from datetime import datetime

    from dsvc.store.git_process import GitProcess

_HERE_ONLY = "\n(without --global: for this repository only)"

SAVING = Identity("dsvc", "dsvc@localhost")
"""Who makes a commit that only keeps data alive, where git knows no name."""

NOT_IN_A_NAME = {ord(mark): " " for mark in "<>\n\0"}


def identity(git: GitProcess, role: str) -> Identity:
    """Who git takes for the ``AUTHOR`` or the ``COMMITTER``: environment, then configuration.

    Raises ProtectedError when nobody said; git's guess from account and host name counts as nobody.
    """
    done = git.run("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
    if done.returncode != 0:
        git.output("config", "--list")  # a broken configuration file is another complaint
        raise _unknown(git, role)
    name, _, rest = done.stdout.decode("utf-8", "replace").rpartition(" <")
    return Identity(name, rest.partition(">")[0])


def _unknown(git: GitProcess, role: str) -> ProtectedError:
    """What git lacks to know who somebody is: tried by giving it one of the two."""
    name = "git config --global user.name 'Your Name'"
    email = "git config --global user.email 'you@example.com'"
    for given, missing, hint in (("user.name=x", "name", name), ("user.email=x@x", "email", email)):
        if git.run("-c", "user.useConfigOnly=true", "-c", given, "var", f"GIT_{role}_IDENT").returncode == 0:
            return ProtectedError(
                f"git does not know who you are: user.{missing} is not configured", hint=f"{hint}{_HERE_ONLY}"
            )
    return ProtectedError(
        "git does not know who you are: neither user.name nor user.email is configured",
        hint=f"{name} && {email}{_HERE_ONLY}",
    )


def line_of(person: Identity) -> str:
    """``name <email>``, without the characters that git's own format has no way to hold."""
    name, email = (" ".join(part.translate(NOT_IN_A_NAME).split()) for part in (person.name, person.email))
    return f"{name} <{email}>"


def git_date(moment: datetime) -> str:
    """git's own form ``@SECONDS ZONE``; seconds are whole. Raises ValueError for a naive ``moment``."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be recorded")
    return f"@{int(moment.timestamp())} {moment:%z}"


def somebody(git: GitProcess) -> dict[str, str]:
    """The environment that lets git commit: empty where git knows a name, `SAVING`'s where not."""
    try:
        identity(git, "AUTHOR")
        identity(git, "COMMITTER")
    except ProtectedError:
        parts = {"NAME": SAVING.name, "EMAIL": SAVING.email}
        return {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in parts.items()}
    return {}
