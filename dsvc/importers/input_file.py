"""One file to read records from: where its bytes are, and what its reader has to tell about it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import msgspec

from dsvc.importers.compression import SUFFIXES, is_zip, members, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator


class InputFile(msgspec.Struct, frozen=True):
    """A file, or a member of a zip file; ``name`` is what messages call it.

    ``encoding`` is the one that the user named. ``told`` grows while the file is read: one sentence for each thing that
    was decided for the user, or that does not come along.
    """

    path: Path
    name: str
    member: str | None = None
    encoding: str | None = None
    told: list[str] = msgspec.field(default_factory=list)

    @staticmethod
    def of(path: Path, name: str, encoding: str | None = None, told: list[str] | None = None) -> InputFile:
        """The file; of a zip with one file in it that one."""
        member = None
        if path.is_file() and is_zip(path) and len(inside := members(path, name)) == 1:
            member = inside[0]
        return InputFile(path, name, member, encoding, told if told is not None else [])

    @property
    def suffix(self) -> str:
        """The ending of its name that tells a format, in lower case: ``.jsonl`` of ``a.jsonl.gz``."""
        path = PurePath(self.member or self.path.name)
        while path.suffix.lower() in SUFFIXES:
            path = path.with_suffix("")
        return path.suffix.lower()

    @property
    def stem(self) -> str:
        """Its name without what tells a format or a compression: ``a`` of ``a.jsonl.gz``."""
        path = PurePath(self.member or self.path.name)
        while path.suffix.lower() in SUFFIXES:
            path = path.with_suffix("")
        return path.stem

    def tell(self, sentence: str) -> None:
        """Note a sentence for the user, once."""
        if sentence not in self.told:
            self.told.append(sentence)

    def chunks(self) -> Iterator[bytes]:
        """Its content, decompressed. Raises BadDataError when the compressed data is damaged or cut off."""
        return unpacked(self.path, self.member, self.name)

    def text(self) -> Iterator[str]:
        """Its text, in chunks. Raises BadDataError (name, line) for bytes that its encoding does not have."""
        from dsvc.importers.encoding import decoded

        return decoded(self.chunks(), self.name, self.encoding, self.tell)

    def beginning(self, count: int) -> bytes:
        """The first bytes of its content."""
        begin = b""
        for chunk in self.chunks():
            begin += chunk
            if len(begin) >= count:
                break
        return begin[:count]

    @contextmanager
    def seekable(self) -> Iterator[Path]:
        """A file with its content, for readers that jump about in it; a copy when it is compressed."""
        if self.is_plain:
            yield self.path
            return
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="dsvc-") as folder:
            copy = Path(folder) / "content"
            with copy.open("wb") as file:
                file.writelines(self.chunks())
            yield copy

    @property
    def is_plain(self) -> bool:
        """Whether its bytes are its content."""
        return self.member is None and not self._is_compressed()

    def _is_compressed(self) -> bool:
        from dsvc.importers.compression import MAGIC_BYTES, kind_of

        with self.path.open("rb") as file:
            return kind_of(file.read(MAGIC_BYTES)) is not None
