"""Where reviews and verdicts lie: reviews in git, verdicts in the git directory until ``review finish`` commits them.

``git clean`` and ``git switch`` do not reach the git directory, and a reviewer's verdicts never wait for a commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import CorruptError, NotFoundError, UsageError
from dsvc.origin import Annotator, annotator_named
from dsvc.repository.datasets import fold
from dsvc.repository.named_facts import argument, fact_names, fact_path, name_there, read_fact
from dsvc.repository.versions import require_dataset
from dsvc.reviewing.queue import Review, file_name
from dsvc.reviewing.verdicts import Head, VerdictLog, read_verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.verdicts import Verdicts


def review_path(dataset: Dataset, name: str) -> str:
    """Repository path of a review."""
    return fact_path(dataset.reviews_path, name)


def verdicts_folder(dataset: Dataset, name: str) -> str:
    """Repository path of the folder with the verdicts of a review, one file a reviewer."""
    return f"{dataset.reviews_path}/{name}"


def review_names(ctx: Context, dataset: Dataset) -> list[str]:
    """The reviews of a dataset at HEAD, by name."""
    return fact_names(ctx, dataset.reviews_path)


def read_review(ctx: Context, dataset: Dataset, name: str) -> Review:
    """A review of HEAD's, by its name. Raises NotFoundError."""
    found = name_there(ctx, dataset.reviews_path, name)
    data = read_fact(ctx, dataset.reviews_path, found) if found is not None else None
    if found is None or data is None:
        known = review_names(ctx, dataset)
        told = f"its reviews: {', '.join(known)}" if known else "it has none yet"
        hint = f"dsvc review list {dataset.name}" if known else f"dsvc review start {dataset.name} --name {name}"
        raise NotFoundError(f"'{dataset.name}' has no review '{name}' ({told})", hint=hint)
    review = Review.decode(data, review_path(dataset, found))
    if review.name != found or review.dataset != dataset.name:
        raise CorruptError(
            f"'{review_path(dataset, found)}' is not the file of the review that it calls itself",
            hint=f"git log -p -- '{review_path(dataset, found)}'",
        )
    return review


def find_review(ctx: Context, name: str | None, target: str | None = None) -> tuple[Dataset, Review]:
    """A review by its name, or the only one; of several datasets the one that has it.

    Raises NotFoundError when there is none, UsageError when there are several.
    """
    datasets = ctx.versions.datasets(ctx.git.head())
    if target is not None:
        datasets = [require_dataset(datasets, target)]
    found = [(dataset, each) for dataset in datasets for each in review_names(ctx, dataset)]
    if name is not None:
        found = [(dataset, each) for dataset, each in found if fold(each) == fold(name)]
    if len(found) == 1:
        dataset, called = found[0]
        return dataset, read_review(ctx, dataset, called)
    if not found:
        if name is not None and len(datasets) == 1:
            read_review(ctx, datasets[0], name)  # says which ones there are
        told = f"no dataset here has a review '{name}'" if name is not None else "there is no review yet"
        others = any(review_names(ctx, dataset) for dataset in datasets)
        raise NotFoundError(told, hint="dsvc review list" if others else "dsvc review start REV --name NAME")
    told = ", ".join(f"{each} ({dataset.name})" for dataset, each in found)
    are_alike = len({fold(each) for _, each in found}) == 1
    hint = f"say of which dataset: {found[0][1]} --of {found[0][0].name}" if are_alike else "name one of them"
    raise UsageError(f"there are several reviews: {told}", hint=hint)


def called(ctx: Context, review: Review) -> str:
    """How a command names a review: with its dataset, where there are several."""
    return argument(ctx, review.dataset, review.name)


def reviewer_of(ctx: Context, name: str | None) -> Annotator:
    """Who reviews: as named (``NAME`` or ``NAME:kind``), else git's ``dsvc.annotator`` or ``user.name``, a person."""
    if name:
        return annotator_named(name)
    return Annotator((ctx.git.config("dsvc.annotator") or ctx.git.identity().name).strip())


def file_of(reviewer: Annotator) -> str:
    """The name of the file with a reviewer's verdicts; a model has another one than a person of that name."""
    return file_name(reviewer.name if reviewer.kind == "person" else f"{reviewer.name}:{reviewer.kind}")


def share_of(review: Review, reviewer: Annotator) -> frozenset[str] | None:
    """The records that a reviewer has a share of; None: the review is not shared, or not with this reviewer."""
    own = file_of(reviewer)
    return next((share for who, share in review.shares().items() if file_of(who) == own), None)


def folder_here(ctx: Context, review: Review) -> Path:
    """Where the verdicts on a review lie: in the git directory that all worktrees share, and none takes with it."""
    return ctx.git.common_dir / "dsvc" / "reviews" / review.id


def log_of(ctx: Context, dataset: Dataset, review: Review, reviewer: Annotator) -> VerdictLog:
    """The verdicts of a reviewer: those given here, and those that were committed elsewhere."""
    path = folder_here(ctx, review) / file_of(reviewer)
    log = VerdictLog(path, Head(review=review.id, reviewer=reviewer))
    data = committed(ctx, dataset, review).get(path.name)
    if data is not None:
        log.take_in(data, f"{verdicts_folder(dataset, review.name)}/{path.name}")
    return log


def take_in_committed(ctx: Context, dataset: Dataset, review: Review) -> None:
    """Let the files here have what the same reviewers said elsewhere: to be called before they are committed."""
    for name, data in here(ctx, review).items():
        head, _ = read_verdicts(data, str(folder_here(ctx, review) / name), review.id)
        log_of(ctx, dataset, review, head.reviewer)


def committed(ctx: Context, dataset: Dataset, review: Review) -> dict[str, bytes]:
    """The files of verdicts that HEAD has, by name."""
    head, folder = ctx.git.head(), verdicts_folder(dataset, review.name)
    if head is None:
        return {}
    read = {name: ctx.git.read(head, f"{folder}/{name}") for name in ctx.git.files_in(head, folder)}
    return {name: data for name, data in read.items() if data is not None}


def here(ctx: Context, review: Review) -> dict[str, bytes]:
    """The files of verdicts that lie in the git directory, by name; whole lines of them."""
    folder = folder_here(ctx, review)
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    read = {file.name: file.read_bytes() for file in files}
    whole = {name: data[: data.rfind(b"\n") + 1] for name, data in read.items()}
    return {name: data for name, data in whole.items() if data}


def all_verdicts(ctx: Context, dataset: Dataset, review: Review) -> dict[str, tuple[Annotator, Verdicts]]:
    """The verdicts of every reviewer by file name: those here, and those that HEAD has."""
    found = committed_verdicts(ctx, dataset, review)
    for name, (reviewer, verdicts) in _of_review(review, here(ctx, review), str(folder_here(ctx, review))).items():
        if name in found:
            found[name][1].take(verdicts.lines)
        else:
            found[name] = reviewer, verdicts
    return dict(sorted(found.items()))


def committed_verdicts(ctx: Context, dataset: Dataset, review: Review) -> dict[str, tuple[Annotator, Verdicts]]:
    """The verdicts that HEAD has, of every reviewer by file name."""
    return _of_review(review, committed(ctx, dataset, review), verdicts_folder(dataset, review.name))


def _of_review(review: Review, files: dict[str, bytes], folder: str) -> dict[str, tuple[Annotator, Verdicts]]:
    """What files say of this review, not of another one of its name."""
    read = {name: read_verdicts(data, f"{folder}/{name}", review.id) for name, data in files.items()}
    return {name: (head.reviewer, found) for name, (head, found) in read.items() if head.review == review.id}
