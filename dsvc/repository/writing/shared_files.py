"""What dsvc puts into every repository beside the datasets, and renews: ``rebuild.py`` and git's attributes.

Each ends in a line that tells its version and the sha256 of all that stands above it, so that anybody can tell, without
running it, how old it is and whether somebody has changed it (``docs/format.md`` section 3).
"""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from dsvc.repository.context import Context
    from dsvc.store.git_values import CommitId

REBUILD_PATH: Final = ".dsvc/rebuild.py"
ATTRIBUTES_PATH: Final = ".dsvc/.gitattributes"

REBUILD_VERSION: Final = 2
"""Goes up with each release in which ``rebuild.py`` is another one than in the release before."""
ATTRIBUTES_VERSION: Final = 2
"""The same for :data:`ATTRIBUTES`."""

ATTRIBUTES: Final = (
    b"* -filter text eol=lf\nmanifest.json -merge\nstore.dvc -merge\nversions.jsonl merge=union\n"
    b"*.results.jsonl merge=union\n**/reviews/*/*.jsonl merge=union\n"
)

_LAST_LINE = re.compile(rb"# dsvc (?P<version>\d{1,9}) (?P<sha256>[0-9a-f]{64})\n")
_WITHOUT_LAST_LINE: Final = frozenset(
    {
        "5a00e32ac059fdd1aa1e75c662a3cf601155b8b93807b11ed721c8d7245ebcb0",  # attributes; the others are scripts
        "c15c81bc541de62399c67865d7a74496c205e9c2f2843c1b60f8d8905a309cf9",
        "3c82691f5927c7dc6c7822aabf0fcad9c73d6b18ea561f37541a8dbe97229e54",
        "f1f6b7eba3236b2d0f9833db1e4628a4ee6d807e126014fe36b5b63a987e67ef",
        "f595d4e80eda0df12075d576dd5080211276a3acd4a5417243904ec13646c953",
        "a99cb767d9e311b2315073aa0ae85f0fa16c7067cfa5fce217a78bf6b844baa3",
        "ab642aa5ad299b738af1f4b48ad77cca70f368a57324999fca358b8e8e144d98",
    }
)
"""Sha256 of files from before there was such a line."""


class Shared(msgspec.Struct, frozen=True):
    """A file of dsvc's as somebody has it; ``version`` is None where none is told."""

    version: int | None
    changed: bool

    @staticmethod
    def read(data: bytes) -> Shared:
        """What the last line says, and whether it is true."""
        start = data.rfind(b"\n", 0, -1) + 1
        match = _LAST_LINE.fullmatch(data[start:])
        if match is not None:
            same = hashlib.sha256(data[:start]).hexdigest().encode() == match["sha256"]
            return Shared(int(match["version"]), changed=not same)
        if hashlib.sha256(data).hexdigest() in _WITHOUT_LAST_LINE:
            return Shared(0, changed=False)
        return Shared(None, changed=True)


def rebuild_script() -> bytes:
    """``.dsvc/rebuild.py``, which stands beside this package's modules as ``dsvc/rebuild.py``."""
    return _sealed((files("dsvc") / "rebuild.py").read_bytes(), REBUILD_VERSION)


def attributes() -> bytes:
    """``.dsvc/.gitattributes``."""
    return _sealed(ATTRIBUTES, ATTRIBUTES_VERSION)


def shared_files() -> dict[str, bytes]:
    """All of them, by repository path."""
    return {ATTRIBUTES_PATH: attributes(), REBUILD_PATH: rebuild_script()}


def renewals(ctx: Context, head: CommitId | None, notes: list[str]) -> dict[str, tuple[str | None, str]]:
    """Those that are older than this dsvc's: their text before and after. What somebody has changed stays, with a note.

    Never an older one for a newer one. Those that ``head`` does not have are not spoken of.
    """
    found: dict[str, tuple[str | None, str]] = {}
    for path, new in shared_files().items():
        old = ctx.git.read(head, path) if head is not None else None
        if old is None:
            continue
        there, ours = Shared.read(old), Shared.read(new)
        assert ours.version is not None
        if there.version is not None and there.version >= ours.version:
            continue
        if there.changed or ctx.git.changed_in_worktree(path):
            notes.append(
                f"'{path}' is of an older dsvc and was changed here, so it stays; for the new one: "
                f"git rm -f '{path}' && git commit -m 'renew it', then dsvc commit"
            )
            continue
        notes.append(f"renewed '{path}', which was of an older dsvc")
        found[path] = (_text(old), _text(new))
    return found


def _sealed(body: bytes, version: int) -> bytes:
    return body + f"# dsvc {version} {hashlib.sha256(body).hexdigest()}\n".encode()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
