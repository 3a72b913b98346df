"""What a description of a version is made of, and what of it strangers may read.

People's names, their mail addresses, and addresses of one's own machines and networks go out only when somebody says
so: they are of no use to who trains on the data.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from dsvc.exporters.provenance import Provenance  # noqa: TC001 - msgspec needs them at run time
from dsvc.manifest import LedgerEntry, Manifest, Source  # noqa: TC001
from dsvc.snapshot import Snapshot  # noqa: TC001
from dsvc.validators.by_commits import FoundByCommit  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN: Final = "…"
"""Stands for what is not told."""

_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s<>\"')]+")
_PATH: Final = re.compile(r"(?<![\w/.:])(?:~|\.{1,2})?/[^\s'\",;)]+|(?<!\w)[A-Za-z]:\\[^\s'\"]+|\\\\[^\s'\"]+")
_ADDRESS: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])(?::\d+)?")
_PUBLIC: Final = ("http", "https", "doi")


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A version: its manifest, the versions from it back to the first, and its content.

    ``records_by_source`` counts the records of the version by the source that they came from (None: nobody wrote it
    down); ``languages`` are codes that somebody knows (``zh``, ``en``); they are not guessed.
    """

    name: str
    manifest: Manifest
    versions: tuple[LedgerEntry, ...]
    snapshot: Snapshot
    provenance: Provenance
    records_by_source: dict[str | None, int] = {}
    with_people: bool = False
    languages: tuple[str, ...] = ()
    kept: tuple[FoundByCommit, ...] = ()
    """Errors that commits of these versions kept for a reason, the newest first."""

    @property
    def sources(self) -> list[Source]:
        """Where the records came from."""
        return list(self.manifest.sources)

    @property
    def licences(self) -> list[str]:
        """The licences of the sources, each once, as SPDX expressions or ``unknown``."""
        return list(dict.fromkeys(source.licence for source in self.manifest.sources))

    def text(self, text: str) -> str:
        """A text that somebody wrote (a reason, the name of a source), as it may go out."""
        if self.with_people:
            return text
        for name in self._people():
            text = text.replace(name, HIDDEN)
        text = _MAIL.sub(HIDDEN, text)
        text = _URL.sub(lambda found: found[0] if is_public(found[0]) else HIDDEN, text)
        return _ADDRESS.sub(HIDDEN, _without_paths(text))

    def address(self, uri: str | None) -> str | None:
        """Where a source lies, when strangers may know it."""
        if uri is None or self.with_people:
            return uri
        return uri if is_public(uri) else None

    def _people(self) -> Iterator[str]:
        """The names of people, longest first."""
        names: set[str] = set()
        for entry in (*self.versions, self.manifest.ledger_entry()):
            for person in (entry.author, entry.recorded_by):
                names.update((person.name, person.email))
            names.update(annotator.name for annotator in entry.annotators if annotator.kind == "person")
        yield from sorted((name for name in names if len(name) > 1), key=len, reverse=True)


def _without_paths(text: str) -> str:
    """The text without paths of a machine; those inside of addresses that stayed are none."""
    kept = [found.span() for found in _URL.finditer(text)]
    return _PATH.sub(
        lambda found: found[0] if any(start <= found.start() < end for start, end in kept) else HIDDEN, text
    )


def is_public(uri: str) -> bool:
    """Whether an address is one of the public internet: not a path, not a host of one's own network.

    https://www.rfc-editor.org/rfc/rfc6761 and rfc6762 for names, https://www.rfc-editor.org/rfc/rfc1918 for numbers.
    """
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if parts.scheme == "doi":
        return True
    if parts.scheme not in _PUBLIC or not host or parts.username or parts.password:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        return "." in host and last not in _LOCAL


_LOCAL: Final = frozenset(
    ("local", "localhost", "internal", "intranet", "intra", "corp", "home", "lan", "private", "test", "invalid", "arpa")
)
