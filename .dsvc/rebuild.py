#!/usr/bin/env python3
"""Get every version of every dataset out of this repository without dsvc.

It needs Python 3.8 and git, nothing else. First fetch the data, where a remote has it:

    dvc remote add --local -d NAME URL    # the same remote: so that versions older than its setting are found, too
    dvc fetch --all-commits

    python .dsvc/rebuild.py                              list the datasets, their versions, and what is missing
    python .dsvc/rebuild.py medical v1.0 -o out.jsonl    write one version (without -o: to standard output)
    python .dsvc/rebuild.py --all FOLDER                 write every version of every dataset

A number means the version that a branch, a tag or the work tree has. Edits that dsvc saved before they were overwritten
("saved edits") and versions that were taken back ("undone") are listed after these and are named by their ids.

A dataset of several files is written into a folder. What is written is compared with the sha256 that was noted when
the version was made. Exit status: 0 all is well, 1 something is missing or damaged, 2 wrong usage.

How it works, in the words of dsvc's docs/format.md: the *ledger* (versions.jsonl, in git) names for each version the
md5 of DVC's directory object and the id of its *layout*. The directory object lists the md5 of each file in the
version's store; DVC's cache holds these under their md5. The layout says which byte ranges (*pieces*) of which *packs*
(plain JSONL files) make the version's files. It may be a delta of another layout. Where packs were put together, or a
version was stored whole, a *fold* tells which ranges (*runs*) of which packs a stored file is made of.
"""
# ruff: noqa: B905, PTH105, PTH111, RUF007, S324, SIM115, UP006, UP035 - what Python 3.8 can do

from __future__ import annotations

import argparse
import configparser
import hashlib
import json
import os
import subprocess
import sys
import zlib
from array import array
from bisect import bisect_right
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Dict, Iterator, List, NamedTuple, Tuple

LEDGER_FORMAT = "dsvc.ledger/1"
LAYOUT_FORMAT = b"dsvc.layout/1\n"
CHUNK = 4 * 1024 * 1024
FETCH = (
    "to get it: dvc fetch --all-commits"
    " (older than the remote's setting: dvc remote add --local -d NAME URL first, the same remote)"
)
MOST_OPEN_FILES = 100
NOT_KEPT = "--exclude=refs/tags/dsvc-keep/*"  # for git log: dsvc keeps what it took back on tags of this name

Version = Dict[str, Any]  # a line of the ledger
Table = List["array[int]"]  # three columns: pack numbers, offsets, sizes
Run = Tuple[int, int, str, int]  # start and end in a pack, the stored file that holds it, where in that file


class RebuildError(Exception):
    """Something is missing, damaged, or written in a format that this script does not know."""


# --- which versions there are -----------------------------------------------------------------------------------------


class Dataset:
    """A dataset: its path below .dsvc/, its name, and its versions by id."""

    def __init__(self, root: Path, path: str) -> None:
        self.path = path
        self.folder = root / ".dsvc" / path
        self.name = PurePosixPath(path).name
        self.versions: dict[str, Version] = {}
        self.kept: dict[str, str] = {}  # what those versions are that only have an id: "saved edits", "undone"
        self.unread: set[bytes] = set()
        with suppress(OSError, ValueError, KeyError, TypeError):
            self.name = str(json.loads((self.folder / "manifest.json").read_bytes())["dataset"]["name"])

    def add(self, ledger: bytes, *, undone: bool = False) -> None:
        """Take the versions from a ledger's bytes; lines of another format (or of a merge conflict) are noted.

        ``undone``: nothing but a tag dsvc-keep/... has this ledger. Ledgers that others have, too, come first.
        """
        for line in filter(bytes.strip, ledger.split(b"\n")):
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if isinstance(entry, dict) and entry.get("format") == LEDGER_FORMAT:
                known = self.versions.get(entry["id"])
                if known is not None:  # one that was renumbered: the highest number counts
                    if not undone and parts(entry["number"]) > parts(known["number"]):
                        self.versions[entry["id"]] = entry
                else:
                    self.versions[entry["id"]] = entry
                    if undone or entry.get("kind") == "save":
                        self.kept[entry["id"]] = "saved edits" if entry.get("kind") == "save" else "undone"
            else:
                self.unread.add(line)

    def in_order(self) -> list[Version]:
        """The versions by the time they were recorded; of one second, parents before their children.

        Saved edits and undone versions come after all others.
        """
        left = sorted(self.versions.values(), key=lambda v: (moment(v["recorded_at"]), v["id"]))
        ordered: list[Version] = []
        while left:
            waiting = {version["id"] for version in left}
            ready = next((v for v in left if waiting.isdisjoint(v["parents"])), left[0])
            ordered.append(ready)
            left.remove(ready)
        return sorted(ordered, key=lambda version: version["id"] in self.kept)

    def find(self, wanted: str) -> Version:
        """The version with this number, or whose id starts so."""
        found = [v for v in self.in_order() if v["number"] == wanted and v["id"] not in self.kept]
        found = found or [v for v in self.in_order() if v["id"].startswith(wanted)]
        if not found:
            raise RebuildError(f"'{self.name}' has no version '{wanted}'")
        if len(found) > 1:
            ids = ", ".join(version["id"] for version in found)
            raise RebuildError(f"'{self.name}' has {len(found)} versions '{wanted}', by their ids: {ids}")
        return found[0]


def parts(number: str) -> list[int]:
    """A number to compare by: v1.10 is higher than v1.9."""
    return [int(part) for part in number.lstrip("v").split(".")]


def moment(text: str) -> datetime:
    """A point in time; Python 3.8 does not know the letter Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def read_datasets(root: Path) -> list[Dataset]:
    """All datasets of the work tree and of all commits that a branch or tag reaches, by path."""
    datasets: dict[str, Dataset] = {}
    on_disk = [(p.relative_to(root).as_posix(), p.read_bytes()) for p in (root / ".dsvc").rglob("versions.jsonl")]
    ledgers = [(path, ledger, False) for path, ledger in [*on_disk, *ledgers_in_git(root, NOT_KEPT)]]
    for path, ledger, undone in ledgers + [(path, ledger, True) for path, ledger in ledgers_in_git(root)]:
        name = path[len(".dsvc/") : -len("/versions.jsonl")]
        datasets.setdefault(name, Dataset(root, name)).add(ledger, undone=undone)
    return [datasets[path] for path in sorted(datasets)]


def ledgers_in_git(root: Path, *without: str) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every state of every ledger in the history."""
    log = [
        "-c",
        "log.showRoot=true",
        "log",
        *without,
        "--all",
        "--format=",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "-z",
    ]
    tokens = git(root, *log, "--relative", "--", ".dsvc").split(b"\0")
    paths = {}  # Each change is ":old-mode new-mode old-blob new-blob status", then the path.
    for change, path in zip(tokens, tokens[1:]):
        fields = change.strip().split(b" ")
        if len(fields) == 5 and fields[0].startswith(b":") and path.endswith(b"/versions.jsonl"):
            paths[fields[3]] = os.fsdecode(path)
    blobs = [blob for blob in paths if blob.strip(b"0")]
    if not blobs:
        return
    content, start = git(root, "cat-file", "--batch", stdin=b"".join(blob + b"\n" for blob in blobs)), 0
    for blob in blobs:
        end_of_header = content.find(b"\n", start)
        header = content[start:end_of_header].split(b" ")  # "<blob> blob <size>", or "<blob> missing" (partial clone)
        start = end_of_header + 1
        if len(header) == 3:
            size = int(header[2])
            yield paths[blob], content[start : start + size]
            start += size + 1


def git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What a git command prints; nothing (and a word on stderr) where there is no git repository."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], input=stdin, stdout=subprocess.PIPE, check=True)
    except (OSError, subprocess.CalledProcessError):
        print("note: git does not work here: only the versions in the work tree are known", file=sys.stderr)
        return b""
    return done.stdout


# --- where bytes are --------------------------------------------------------------------------------------------------


def find_cache(root: Path) -> Path:
    """The folder of DVC's cache: cache.dir of .dvc/config.local or .dvc/config, else .dvc/cache."""
    for name in ("config.local", "config"):
        config = configparser.RawConfigParser(strict=False)
        try:
            lines = (root / ".dvc" / name).read_text("utf-8").splitlines()
            config.read_string("\n".join(line.strip() for line in lines))
            directory = config.get("cache", "dir").strip("'\"")
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue
        return root / ".dvc" / os.path.expanduser(directory)
    return root / ".dvc" / "cache"


class Store:
    """The stored files of one version: in DVC's cache, else in the store/ folder beside the ledger."""

    def __init__(self, cache: Path, dataset: Dataset, version: Version) -> None:
        self.cache = cache / "files" / "md5"
        self.folder = dataset.folder / "store"
        self.files: dict[str, BinaryIO] = {}
        self.md5s: dict[str, str] = {}
        self.missing = []
        listing = self.cache / version["dir"][:2] / version["dir"][2:]
        if listing.is_file():
            data = listing.read_bytes()
            if hashlib.md5(data).hexdigest() + ".dir" != version["dir"]:
                raise RebuildError(f"the directory object '{version['dir']}' is damaged")
            self.md5s = {item["relpath"]: item["md5"] for item in json.loads(data)}
            self.missing = [name for name in self.md5s if self.path(name) is None]
        elif self.path(version["layout"] + ".layout") is None:  # the folder may hold this version, or another one
            self.missing = [f"{version['dir']} (the list of its files)"]

    def path(self, name: str) -> Path | None:
        """Where a stored file lies; None where its bytes are not at hand."""
        md5 = self.md5s.get(name, "??")
        places = (self.cache / md5[:2] / md5[2:], self.folder / name)
        return next((place for place in places if place.is_file()), None)

    def open(self, name: str) -> BinaryIO:
        """A stored file, opened once; of very many the one opened first is closed."""
        if name not in self.files:
            path = self.path(name)
            if path is None:
                md5 = self.md5s.get(name, "unknown")
                raise RebuildError(f"'{name}' (md5 {md5}) is not in the cache; {FETCH}")
            if len(self.files) >= MOST_OPEN_FILES:
                self.files.pop(next(iter(self.files))).close()
            self.files[name] = open(path, "rb", buffering=0)
        return self.files[name]

    def read(self, name: str, offset: int, size: int) -> bytes:
        """A range of a stored file."""
        file = self.open(name)
        file.seek(offset)
        data = file.read(size)
        if len(data) != size:
            raise RebuildError(f"the stored file '{name}' is too short")
        return data

    def close(self) -> None:
        """Close all files."""
        for file in self.files.values():
            file.close()


# --- layouts ----------------------------------------------------------------------------------------------------------


class Layout(NamedTuple):
    """Ids of packs; folds (oldest first) and files as their header has them, with their "runs" and "table"."""

    packs: list[str]
    folds: list[dict[str, Any]]
    files: list[dict[str, Any]]


def read_layout(store: Store, layout_id: str) -> Layout:
    """The layout with this id: its chain of deltas, from the checkpoint on."""
    chain = []
    wanted: str | None = layout_id
    while wanted is not None:
        file = store.open(wanted + ".layout")
        file.seek(0)
        data = file.read()
        if hashlib.sha256(data).hexdigest()[:32] != wanted:
            raise RebuildError(f"the layout '{wanted}' is damaged")
        if not data.startswith(LAYOUT_FORMAT):
            raise RebuildError(f"the layout '{wanted}' has a format that this script does not know: {data[:16]!r}")
        line, _, tables = zlib.decompress(data[len(LAYOUT_FORMAT) :]).partition(b"\n")
        chain.append((json.loads(line), tables))
        wanted = chain[-1][0]["base"]
    layout = Layout([], [], [])
    for header, tables in reversed(chain):
        layout = apply(layout, header, tables)
    return layout


def apply(base: Layout, header: dict[str, Any], tables: bytes) -> Layout:
    """The layout that a header and its tables make of their base (for a checkpoint: of nothing)."""
    pieces = read_table(tables, 0, sum(file["pieces"] for file in header["files"]), 4)
    position = 8 * 4 * len(pieces[0])
    runs = read_table(tables, position, sum(fold["runs"] for fold in header["folds"]), 3)
    files = [
        dict(file, table=expand(part, base))
        for file, part in zip(header["files"], cut(pieces, [file["pieces"] for file in header["files"]]))
    ]
    counts = [fold["runs"] for fold in header["folds"]]
    folds = [dict(fold, runs=part) for fold, part in zip(header["folds"], cut(runs, counts))]
    return Layout(base.packs + [pack[0] for pack in header["packs"]], base.folds + folds, files)


def cut(table: Table, counts: list[int]) -> Iterator[Table]:
    """The first so many rows, the next so many, …"""
    start = 0
    for count in counts:
        yield [column[start : start + count] for column in table]
        start += count


def read_table(data: bytes, position: int, rows: int, columns: int) -> Table:
    """Pack, offset and size columns of a table (a fourth column counts lines and is not needed here)."""
    table = []
    for _ in range(columns):
        # Byte k of all integers of a column lies together; put each where it belongs.
        plain = bytearray(8 * rows)
        for k in range(8):
            plain[k::8] = data[position : position + rows]
            position += rows
        column = array("q")
        column.frombytes(plain)
        if sys.byteorder == "big":
            column.byteswap()
        table.append(column)
    # A pack number is the difference to the row above, an offset to the end of the last row with the same pack number.
    packs, offsets, sizes = table[:3]
    pack = 0
    ends: dict[int, int] = {}
    for row in range(rows):
        packs[row] = pack = pack + packs[row]
        offsets[row] += ends.get(pack, 0)
        ends[pack] = offsets[row] + sizes[row]
    return [packs, offsets, sizes]


def expand(table: Table, base: Layout) -> Table:
    """The table with each row of pack -1-k replaced by the pieces that it copies from file k of the base."""
    expanded: Table = [array("q"), array("q"), array("q")]
    for row in zip(*table):
        pack, first, count = row
        copied = base.files[-1 - pack]["table"] if pack < 0 else None
        for number, column in enumerate(expanded):
            if copied is None:
                column.append(row[number])
            else:
                column.extend(copied[number][first : first + count])
    return expanded


class Holdings:
    """Where the bytes of packs are held: each in the newest fold that has it, else in <pack id>.jsonl."""

    def __init__(self, layout: Layout) -> None:
        self.own = [pack + ".jsonl" for pack in layout.packs]
        self.digests = dict(zip(self.own, layout.packs))  # stored file -> start of its sha256
        self.folds: list[dict[int, list[Run]]] = []  # newest first, each by pack number
        seen = set()
        for fold in reversed(layout.folds):
            if fold["file"] not in seen:  # else a newer fold has replaced this file
                seen.add(fold["file"])
                self.digests[fold["file"]] = fold["id"]
                self.folds.append(runs_by_pack(fold))

    def parts(self, pack: int, start: int, end: int, fold: int = 0) -> list[tuple[str, int, int]]:
        """(stored file, offset in it, size) of each part of a range of a pack."""
        while fold < len(self.folds) and pack not in self.folds[fold]:
            fold += 1
        if fold == len(self.folds):
            return [(self.own[pack], start, end - start)]
        runs, found = self.folds[fold][pack], []
        number = max(bisect_right(runs, (start, sys.maxsize)) - 1, 0)
        while start < end:
            first, last, file, place = runs[number] if number < len(runs) else (end, end, "", 0)
            if start < first:  # not in this fold: in an older one, or in the pack
                upto = min(first, end)
                found += self.parts(pack, start, upto, fold + 1)
                start = upto
            elif start < last:
                upto = min(last, end)
                found.append((file, place + start - first, upto - start))
                start = upto
            else:
                number += 1
        return found


def runs_by_pack(fold: dict[str, Any]) -> dict[int, list[Run]]:
    """A fold's runs, cut where they overlap (a file stored whole may hold the same lines twice)."""
    place, found = 0, []
    for pack, offset, size in zip(*fold["runs"]):
        found.append((pack, offset, offset + size, place))
        place += size
    by_pack: dict[int, list[Run]] = {}
    for pack, start, end, place in sorted(found):
        runs = by_pack.setdefault(pack, [])
        skipped = max(runs[-1][1] - start, 0) if runs else 0
        if start + skipped < end:
            runs.append((start + skipped, end, fold["file"], place + skipped))
    return by_pack


# --- writing versions -------------------------------------------------------------------------------------------------


def chunks(store: Store, holdings: Holdings, table: Table) -> Iterator[bytes]:
    """The bytes of a file, in chunks of a few megabytes at most."""
    for pack, offset, size in zip(*table):
        for name, start, length in holdings.parts(pack, offset, offset + size):
            for at in range(start, start + length, CHUNK):
                yield store.read(name, at, min(CHUNK, start + length - at))


def write_file(store: Store, layout: Layout, file: dict[str, Any], out: BinaryIO) -> None:
    """Write one file of a version. Raises RebuildError when its bytes are not those that were committed."""
    holdings, digest = Holdings(layout), hashlib.sha256()
    for chunk in chunks(store, holdings, file["table"]):
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    if digest.hexdigest() != file["sha256"]:
        damaged = [name for name, expected in holdings.digests.items() if is_damaged(store, name, expected)]
        names = ", ".join(damaged) or "unknown"
        raise RebuildError(f"'{file['path']}' is not what was committed; damaged stored files: {names}")


def is_damaged(store: Store, name: str, expected: str) -> bool:
    """Whether a stored file that is at hand has other bytes than its digest says."""
    path, digest = store.path(name), hashlib.sha256()
    if path is None:
        return False
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()[:32] != expected


def rebuild(cache: Path, dataset: Dataset, version: Version, target: Path | None, suffix: str = "") -> Path | None:
    """Write a version to standard output (target None), to the file target + suffix, or into the folder target."""
    if (dataset.folder / "redactions.jsonl").exists():
        raise RebuildError(f"records of '{dataset.name}' were redacted; this script is too old to know which")
    store = Store(cache, dataset, version)
    try:
        layout = read_layout(store, version["layout"])
        is_folder = any(file["split"] is not None for file in layout.files)  # only files of a folder have a split
        if target is None and len(layout.files) != 1:
            raise RebuildError(f"'{dataset.name}' has {len(layout.files)} files; name a folder: -o FOLDER")
        if target is not None and not is_folder:
            target = target.with_name(target.name + suffix)
        for file in layout.files:
            if target is None:
                write_file(store, layout, file, sys.stdout.buffer)
            else:
                write_to_disk(store, layout, file, target / PurePosixPath(file["path"]).name if is_folder else target)
    except (zlib.error, ValueError, KeyError, IndexError) as error:
        raise RebuildError(f"the data of this version cannot be read: {type(error).__name__}: {error}") from error
    finally:
        store.close()
    return target


def write_to_disk(store: Store, layout: Layout, file: dict[str, Any], target: Path) -> None:
    """Write one file of a version; it gets its name only when all its bytes are right."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    try:
        with open(partial, "wb", buffering=1024 * 1024) as out:
            write_file(store, layout, file, out)
        os.replace(partial, target)
    finally:
        if partial.exists():
            partial.unlink()


# --- the command line -------------------------------------------------------------------------------------------------


def list_versions(cache: Path, datasets: list[Dataset]) -> int:
    """Print what there is; the number of versions whose data is not all at hand."""
    incomplete = 0
    for dataset in datasets:
        print(f"{dataset.name}  (.dsvc/{dataset.path})")
        for version in dataset.in_order():
            try:
                missing = Store(cache, dataset, version).missing
            except RebuildError as error:
                missing = [str(error)]
            state = f"missing: {missing[0]}" if missing else "ok"
            state += f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            records = f"{version['counts']['records']:,} records"
            kept = dataset.kept.get(version["id"])
            state = f"{kept}, {state}" if kept else state
            number = "" if kept else version["number"]
            print(f"  {number:8} {version['id'][:8]}  {version['recorded_at'][:10]}  {records:18} {state}")
            incomplete += bool(missing)
    return incomplete


def label_of(dataset: Dataset, version: Version) -> str:
    """A file name for a version: its number where that is enough; undone-v1.1-1234abcd, saved-edits-5678cdef."""
    kept, number, start = dataset.kept.get(version["id"]), version["number"], version["id"][:8]
    if kept == "saved edits":
        return f"saved-edits-{start}"
    if kept:
        return f"{kept}-{number}-{start}"
    numbers = [other["number"] for other in dataset.versions.values() if other["id"] not in dataset.kept]
    return number if numbers.count(number) == 1 else f"{number}-{start}"


def rebuild_all(cache: Path, datasets: list[Dataset], folder: Path) -> int:
    """Write every version to FOLDER/path/number; how many could not be written."""
    failed = 0
    for dataset in datasets:
        for version in dataset.in_order():
            label = label_of(dataset, version)
            try:
                target = rebuild(cache, dataset, version, folder / dataset.path / label, suffix=".jsonl")
                print(f"{dataset.name} {label} -> {target}")
            except (RebuildError, OSError) as error:
                failed += 1
                print(f"{dataset.name} {label}: {error}", file=sys.stderr)
    return failed


def run(options: argparse.Namespace) -> int:
    """Do what the command line asks for; the number of things that failed."""
    root = Path(options.root) if options.root else Path(__file__).resolve().parent.parent
    if not (root / ".dsvc").is_dir():
        raise RebuildError(f"there is no .dsvc folder in '{root}'; name the repository: --root FOLDER")
    cache = Path(options.cache) if options.cache else find_cache(root)
    datasets = read_datasets(root)
    for dataset in datasets:
        if dataset.unread:
            print(f"note: {len(dataset.unread)} ledger lines of '{dataset.name}' cannot be read", file=sys.stderr)
    if options.all:
        return rebuild_all(cache, datasets, Path(options.all))
    if not options.dataset:
        return list_versions(cache, datasets)
    path = options.dataset[: -len(".jsonl")] if options.dataset.endswith(".jsonl") else options.dataset
    found = [d for d in datasets if d.path == path] or [d for d in datasets if d.name == options.dataset]
    if len(found) != 1:
        known = ", ".join(f"{dataset.name} ({dataset.path})" for dataset in datasets) or "none"
        raise RebuildError(f"which dataset is '{options.dataset}'? there are: {known}")
    if not options.version:
        return list_versions(cache, found)
    target = Path(options.output) if options.output else None
    if target is not None and target.exists() and not target.is_dir():
        raise RebuildError(f"'{target}' exists already; choose another name")
    rebuild(cache, found[0], found[0].find(options.version), target)
    return 0


def main() -> int:
    """Read the command line and do what it says; the exit status."""
    summary, _, rest = str(__doc__).partition("\n")
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=rest, formatter_class=layout)
    parser.add_argument("dataset", nargs="?", help="name of a dataset, or path of its file")
    parser.add_argument("version", nargs="?", help="number (v1.0) or start of the id of a version")
    parser.add_argument("-o", "--output", help="file to write; a folder for a dataset of several files")
    parser.add_argument("--all", metavar="FOLDER", help="write every version of every dataset")
    parser.add_argument("--cache", metavar="FOLDER", help="DVC's cache (default: as DVC's settings say, or .dvc/cache)")
    parser.add_argument("--root", metavar="FOLDER", help="the repository (default: where this script lies)")
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return 1 if run(options) else 0
    except (RebuildError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
# dsvc 2 13527007f2dd72435d58f2556d0ab7f31bb853136e5d2f8c438c67bea2743c6e
