"""Compressed files: gzip, bzip2, xz, Zstandard and zip, known by their first bytes, whatever they are called."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from dsvc.errors import BadDataError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from zipfile import ZipFile, ZipInfo

SUFFIXES: Final = (".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd", ".zip")
MAGIC_BYTES: Final = 6
_MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
_CHUNK: Final = 1 << 20
_PACKED_CHUNK: Final = 1 << 13
"""Compressed bytes that are unpacked at once: they may become a thousand times as many."""
_DEPTH: Final = 3
"""A ``.jsonl.gz`` inside of a zip is unpacked too; deeper nesting is not data."""
_DAMAGED: Final = "the file is damaged or cut off; get it again from where it comes from"


def kind_of(begin: bytes) -> str | None:
    """How content that begins so is compressed; None: it is not."""
    if begin.startswith(b"BZh"):
        return "bz2" if begin[4:6] == b"1A" else None  # a table may well begin with such letters
    return next((kind for magic, kind in _MAGIC.items() if begin.startswith(magic)), None)


def unpacked(path: Path, member: str | None, name: str) -> Iterator[bytes]:
    """The content of a file (of one ``member`` of a zip), decompressed, in chunks.

    A zip with one file is that file. Raises BadDataError when the content is damaged or cut off, or a zip of several.
    """
    if member is None and is_zip(path):
        names = members(path, name)
        if len(names) != 1:
            raise BadDataError(
                f"'{name}' holds {len(names):,} files with records, not one" if names else f"'{name}' holds no records",
                hint="import takes all of them; for one of them unpack it: unzip",
            )
        member = names[0]
    yield from _peeled(_stored(path, name) if member is None else _of_member(path, member, name), name, _DEPTH)


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive."""
    with path.open("rb") as file:
        return kind_of(file.read(MAGIC_BYTES)) == "zip"


def members(path: Path, name: str) -> list[str]:
    """The files in a zip archive that may hold records, in order.

    Raises BadDataError when it is damaged, an office document, or names a file outside of itself.
    """
    with _zip(path, name) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if "[Content_Types].xml" in names:
        raise BadDataError(
            f"'{name}' is an office document", hint="save the sheet as 'CSV UTF-8' in the program, and take that file"
        )
    for each in names:
        if each.startswith("/") or ".." in each.split("/"):
            raise BadDataError(
                f"'{name}' holds '{each}', a name that leads out of it",
                hint="zip it anew, with names below one folder; or take the files out, and import their folder",
            )
    return [each for each in names if not each.startswith("__MACOSX/") and not each.split("/")[-1].startswith(".")]


def shown_name(path: Path, member: str) -> str:
    """A member's name as it was meant: without the flag for UTF-8, Chinese Windows writes GB18030."""
    with _zip(path, str(path)) as archive:
        if archive.getinfo(member).flag_bits & 0x800:
            return member
    raw = member.encode("cp437", "replace")
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8")
    with suppress(UnicodeDecodeError):
        return raw.decode("gb18030")
    return member


def _zip(path: Path, name: str) -> ZipFile:
    from zipfile import BadZipFile, ZipFile

    try:
        return ZipFile(path)
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise BadDataError(f"cannot read '{name}': {_reason(error)}", hint=_DAMAGED) from None


def _stored(path: Path, name: str) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except FileNotFoundError:
        raise NotFoundError(f"there is no file '{name}'") from None


def _of_member(path: Path, member: str, name: str) -> Iterator[bytes]:
    import zlib
    from lzma import LZMAError
    from zipfile import BadZipFile

    with _zip(path, name) as archive:
        info: ZipInfo = archive.getinfo(member)
        try:
            with archive.open(info) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except RuntimeError:
            raise BadDataError(
                f"'{name}' is protected by a password", hint="unpack it first, and import what comes out"
            ) from None
        except (BadZipFile, zlib.error, LZMAError, EOFError, NotImplementedError) as error:
            raise BadDataError(f"cannot read '{name}': {_reason(error)}", hint=_DAMAGED) from None


def _peeled(chunks: Iterator[bytes], name: str, depth: int) -> Iterator[bytes]:
    begin = b""
    while len(begin) < MAGIC_BYTES and (chunk := next(chunks, None)) is not None:
        begin += chunk
    kind = kind_of(begin)
    if kind is None or not depth:
        _refuse_archive(begin, name)
        yield from chain([begin], chunks)
        return
    if kind == "zip":
        raise BadDataError(f"'{name}' holds another zip file", hint="unpack it first, and import what comes out")
    yield from _peeled(_inflated(chain([begin], chunks), _decoder(kind), name), name, depth - 1)


def _refuse_archive(begin: bytes, name: str) -> None:
    if begin[257:262] == b"ustar":
        raise BadDataError(
            f"'{name}' is a tar archive", hint="unpack it: tar -xf, then import the folder that comes out"
        )


def _decoder(kind: str) -> Callable[[], Any]:
    """What makes decompressors, which all have ``decompress``, ``eof`` and ``unused_data``."""
    if kind == "gzip":
        import zlib

        return lambda: zlib.decompressobj(wbits=31)
    if kind == "bz2":
        from bz2 import BZ2Decompressor

        return BZ2Decompressor
    if kind == "xz":
        from lzma import LZMADecompressor

        return LZMADecompressor
    from zstandard import ZstdDecompressor

    return lambda: ZstdDecompressor(max_window_size=2**31).decompressobj()


def _inflated(chunks: Iterable[bytes], new: Callable[[], Any], name: str) -> Iterator[bytes]:
    """One stream after the other, as ``cat a.gz b.gz`` and parallel compressors write them; zeros between them pad."""
    decoder = new()
    for chunk in chunks:
        for start in range(0, len(chunk), _PACKED_CHUNK):
            rest = chunk[start : start + _PACKED_CHUNK]
            while rest:
                if decoder.eof:
                    if not (rest := rest.lstrip(b"\0")):
                        break
                    decoder = new()
                try:
                    out = decoder.decompress(rest)
                except Exception as error:  # zlib, lzma and zstandard each have their own
                    raise BadDataError(f"cannot read '{name}': {_reason(error)}", hint=_DAMAGED) from None
                if out:
                    yield out
                rest = decoder.unused_data if decoder.eof else b""
    if not decoder.eof:
        raise BadDataError(f"cannot read '{name}': the compressed data ends too early", hint=_DAMAGED)


def _reason(error: Exception) -> str:
    text = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    return text[:1].lower() + text[1:]
