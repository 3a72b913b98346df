"""Random layouts for property tests: packs of lines, files made of their ranges, folds that hold some of them."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st
from msgspec.structs import replace

from dsvc.layout import FileLayout, Fold, Layout, Pack, Pieces
from dsvc.origin import Annotator, Origin, PackId, VersionId
from dsvc.pack import pack_id

LINE = 5
"""Bytes in each line of the packs made here."""


def pack_bytes(number: int, lines: int) -> bytes:
    """The content of a pack: lines of five bytes, different in every pack."""
    return b"".join(b"%02x%02x\n" % (number % 256, line % 256) for line in range(lines))


def digest(text: str) -> PackId:
    """Any 32 digits that belong to a text."""
    return PackId(hashlib.sha256(text.encode()).hexdigest()[:32])


def packs_of(lines: list[int], *, first: int = 0) -> tuple[Pack, ...]:
    """A pack table with packs of so many lines."""
    packs = []
    for number, count in enumerate(lines, first):
        annotators = (Annotator(f"注{number % 3}", "model"),) if number % 2 else ()
        origin = Origin(VersionId(digest(f"v{number % 4}")), f"书{number % 4}", annotators)
        sha256 = hashlib.sha256(pack_bytes(number, count)).hexdigest()
        packs.append(Pack(pack_id(sha256), count * LINE, count, origin))
    return tuple(packs)


@st.composite
def pieces_over(draw: st.DrawFn, packs: tuple[Pack, ...], most: int = 12) -> Pieces:
    """Pieces over the packs; the last one may stop one byte short."""
    rows = []
    for _ in range(draw(st.integers(0, most if packs else 0))):
        pack = draw(st.integers(0, len(packs) - 1))
        first = draw(st.integers(0, packs[pack].lines - 1))
        count = draw(st.integers(1, packs[pack].lines - first))
        rows.append((pack, first * LINE, count * LINE, count))
    cut_short: bool = draw(st.booleans())
    if rows and cut_short:
        pack, offset, size, lines = rows[-1]
        rows[-1] = (pack, offset, size - 1, lines)
    return Pieces.of(rows)


def file_of(path: str, pieces: Pieces, split: str | None = None) -> FileLayout:
    """A file made of pieces, with counts that fit."""
    lines, size = int(pieces.lines.sum()), int(pieces.bytes.sum())
    return FileLayout(path, pieces, lines, lines, size, hashlib.sha256(path.encode()).hexdigest(), split)


def fold_of(name: str, runs: Pieces) -> Fold:
    """A fold that holds these runs."""
    return Fold(name, digest(f"{name}{list(runs)}"), int(runs.bytes.sum()), runs)


@st.composite
def folds_over(draw: st.DrawFn, packs: tuple[Pack, ...], most: int = 3) -> tuple[Fold, ...]:
    """Folds with runs that may overlap; two may have the same name."""
    folds = []
    for number in range(draw(st.integers(0, most))):
        runs = draw(pieces_over(packs))
        if len(runs):
            folds.append(fold_of(draw(st.sampled_from([f"{digest(str(number))}.jsonl", "医疗.jsonl"])), runs))
    return tuple(folds)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """A layout of up to six packs, three files and three folds."""
    packs = packs_of(draw(st.lists(st.integers(1, 9), max_size=6)))
    paths = draw(st.lists(st.sampled_from(["data/医疗.jsonl", "b.jsonl", "c.jsonl"]), unique=True, max_size=3))
    files = tuple(file_of(path, draw(pieces_over(packs)), draw(st.sampled_from([None, "train"]))) for path in paths)
    return Layout(packs, files, draw(folds_over(packs)) if packs else ())


@st.composite
def edited(draw: st.DrawFn, layout: Layout) -> Layout:
    """What a commit may make of a layout: pieces deleted, moved, cut; a new pack; perhaps a fold."""
    packs = (*layout.packs, *packs_of([draw(st.integers(1, 5))], first=len(layout.packs)))
    files = []
    for file in layout.files:
        rows = [(p.pack, p.offset, p.bytes, p.lines) for p in file.pieces]
        if draw(st.booleans()):
            rows = draw(st.permutations(rows))[: draw(st.integers(0, len(rows)))]
        new = (len(packs) - 1, 0, packs[-1].bytes, packs[-1].lines)
        rows.insert(draw(st.integers(0, len(rows))), new)
        rows += [(p.pack, p.offset, p.bytes, p.lines) for p in draw(pieces_over(packs, most=2))]
        files.append(file_of(file.path, Pieces.of(rows), file.split))
    folds = layout.folds
    if draw(st.booleans()):
        folds = (*folds, *draw(folds_over(packs, most=1)))
    elif draw(st.booleans()):
        folds = folds[1:]  # as after a merge with a version that has other folds
    return replace(layout, packs=packs, files=tuple(files), folds=folds)
