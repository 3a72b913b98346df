"""What users do when the power goes: each story prepares a repository, and has one verb that is killed."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dsvc
from dsvc.repository import Repository
from dsvc.repository.results import CommitRequest
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import request_of
from dsvc.sampling.rule import Rule
from dsvc.splitting.rule import Share

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "data/medical.jsonl"
FOLDER = "data/split"


def records(*numbers: int, word: str = "逾期") -> bytes:
    """JSONL lines, one for each number."""
    return b"".join(
        json.dumps({"id": n, "text": f"{word} {n} days " + "x" * 60}, ensure_ascii=False).encode() + b"\n"
        for n in numbers
    )


FIRST = records(*range(40))
SECOND = records(*range(20), word="grace") + records(*range(20, 45))
EDITS = SECOND + b"not even a record \xff\n" + records(99)


@dataclass(frozen=True)
class Story:
    """``prepare`` is called with a git repository that has other work in it; ``act`` is the verb to be killed."""

    name: str
    prepare: Callable[[Path], object]
    act: Callable[[Path], object]


def open_repo(root: Path) -> Repository:
    """The repository, for a user without patience."""
    return Repository.open(root, lock_timeout=0.2)


def git(root: Path, *args: str) -> str:
    """Run git, which must not fail."""
    done = subprocess.run(["git", *args], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}{done.stdout}"
    return done.stdout


def put(root: Path, content: bytes, path: str = FILE) -> None:
    """Write a working file as an editor does: in place."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def commit(root: Path, target: str = FILE, **fields: object) -> object:
    """Commit a dataset."""
    request = CommitRequest(target=target, reason="why", source="manual", **fields)  # type: ignore[arg-type]
    return open_repo(root).commit(request)


def empty_git(root: Path) -> None:
    """A git repository with a user's own work: committed, staged, and neither."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--template=")
    put(root, b"notes\n", "notes.txt")
    git(root, "add", "notes.txt")
    git(root, "commit", "--quiet", "-m", "notes")
    put(root, b"staged\n", "staged.txt")
    git(root, "add", "staged.txt")
    put(root, b"notes, changed\n", "notes.txt")


def _first_prepared(root: Path) -> None:
    dsvc.init(root)
    _no_hooks(root)
    put(root, FIRST)


def _no_hooks(root: Path) -> None:
    shutil.rmtree(root / ".git" / "hooks", ignore_errors=True)


def _one_version(root: Path) -> None:
    _first_prepared(root)
    commit(root)


def _edited(root: Path) -> None:
    _one_version(root)
    put(root, SECOND)


def _two_versions(root: Path) -> None:
    _edited(root)
    commit(root)


def _two_and_edits(root: Path) -> None:
    _two_versions(root)
    put(root, EDITS)


def _folder(root: Path) -> None:
    dsvc.init(root)
    _no_hooks(root)
    put(root, FIRST, f"{FOLDER}/train.jsonl")
    put(root, records(100, 101), f"{FOLDER}/test.jsonl")


def _folder_edited(root: Path) -> None:
    _folder(root)
    commit(root, FOLDER)
    put(root, SECOND, f"{FOLDER}/train.jsonl")
    put(root, records(7), f"{FOLDER}/dev.jsonl")
    (root / FOLDER / "test.jsonl").unlink()


def _folder_two(root: Path) -> None:
    _folder_edited(root)
    commit(root, FOLDER)


def _switched(root: Path) -> None:
    _two_versions(root)
    git(root, "stash", "--quiet")
    git(root, "checkout", "--quiet", "HEAD~1")


def _then(prepare: Callable[[Path], object], verb: Callable[[Path], object]) -> Callable[[Path], object]:
    def both(root: Path) -> None:
        prepare(root)
        verb(root)

    return both


def _unborn(root: Path) -> None:
    shutil.rmtree(root / ".git")
    git(root, "init", "--quiet", "--template=")
    git(root, "add", "staged.txt")
    _first_prepared(root)


def _import_prepared(root: Path) -> None:
    _two_versions(root)
    put(root, records(1, 2, 3, word="imported"), "incoming.jsonl")


def _checkout(root: Path) -> object:
    return open_repo(root).checkout("medical@v1.0")


def _checkout_force(root: Path) -> object:
    return open_repo(root).checkout("medical@v1.0", force=True)


def _checkout_folder(root: Path) -> object:
    return open_repo(root).checkout("split@v1.0")


def _restore(root: Path) -> object:
    return open_repo(root).restore()


def _rollback(root: Path) -> object:
    return open_repo(root).rollback("medical@v1.0")


def _rollback_force(root: Path) -> object:
    return open_repo(root).rollback("medical@v1.0", force=True)


def _rollback_folder(root: Path) -> object:
    return open_repo(root).rollback("split@v1.0")


def _rm(root: Path) -> object:
    return open_repo(root).remove("medical")


def _undo(root: Path) -> object:
    return open_repo(root).undo()


def _folder_import_prepared(root: Path) -> None:
    _folder(root)
    commit(root, FOLDER)
    put(root, SECOND, "incoming/train.jsonl")
    put(root, records(7), "incoming/dev.jsonl")


def _folder_import(root: Path) -> object:
    request = CommitRequest(target=FOLDER, reason="import", source="elsewhere")
    return open_repo(root).import_(root / "incoming", request)


def _import(root: Path) -> object:
    request = CommitRequest(target=FILE, reason="import", source="elsewhere")
    return open_repo(root).import_(root / "incoming.jsonl", request)


def _answers_prepared(root: Path) -> None:
    """The first version went out to annotators; a second one came meanwhile, and then their answers."""
    _one_version(root)
    how = {"texts": ("id",), "labels": ("text",), "rows": (21, 30)}
    open_repo(root).export("medical@v1.0", "doccano", root / "tasks.jsonl", **how)
    put(root, SECOND)
    commit(root)
    examples = [json.loads(line) for line in (root / "tasks.jsonl").read_bytes().splitlines()]
    answered = [{**example, "label": ["answered"], "Comments": []} for example in examples]
    (root / "tasks.jsonl").unlink()
    put(root, b"".join(json.dumps(each).encode() + b"\n" for each in answered), "a1.jsonl")


def _take_back(root: Path) -> object:
    return open_repo(root).import_update(root / "a1.jsonl", CommitRequest(target=FILE, reason=""))


def _by_git(root: Path) -> None:
    _first_prepared(root)
    git(root, "commit", "--quiet", "-m", "one", "--", *_added(root))
    put(root, SECOND)
    git(root, "commit", "--quiet", "-m", "two", "--", FILE)


def _added(root: Path) -> list[str]:
    git(root, "add", FILE)
    return [FILE]


def _adopt(root: Path) -> object:
    return open_repo(root).adopt(CommitRequest(target=FILE, reason=""), history=True)


def _formatting_prepared(root: Path) -> None:
    _two_versions(root)
    lines = [json.loads(line) for line in SECOND.splitlines()]
    put(root, b"".join(json.dumps(line).encode() + b"\n" for line in lines) + records(77))


def _formatting(root: Path) -> object:
    return open_repo(root).restore(formatting=True)


def _fix_prepared(root: Path) -> None:
    _two_versions(root)
    put(root, FIRST + FIRST[:200].replace(b"\n", b"\r\n") + b'{"text": " spaced "}\r\n')


def _fix(root: Path) -> object:
    return open_repo(root).fix()


def _validate(root: Path) -> object:
    return [*open_repo(root).validate("medical", processes=1)]


def _accept(root: Path) -> object:
    repository = open_repo(root)
    return repository.accept([*repository.validate("medical", processes=1)][:1], "medical")


def _accept_all(root: Path) -> object:
    repository = open_repo(root)
    return repository.accept([*repository.validate("medical", processes=1)], "medical")


def _pilot(root: Path) -> object:
    return open_repo(root).pilots.create("medical@v1.0", "pilot-a", Rule(size="10"))


def _result(root: Path) -> object:
    return open_repo(root).pilots.result("pilot-a", {"accuracy": 0.5})


def _carry(root: Path) -> object:
    return open_repo(root).pilots.carry("pilot-a", "medical@v1.1")


def _pilot_rm(root: Path) -> object:
    return open_repo(root).pilots.remove("pilot-a")


def _pilot_rm_tag(root: Path) -> object:
    return open_repo(root).pilots.remove("pilot-a", tag=True)


def _review(root: Path) -> object:
    return open_repo(root).reviews.start("medical@HEAD", request_of("一审", sample="4"))


def _verdicts(root: Path) -> object:
    """Two verdicts more: a correction, and one that is right."""
    session = open_repo(root).reviews.open("一审", reviewer="审核员")
    assert session.current is not None
    session.give("edit", corrected=session.current.content.replace(b" days", b" nights"), comment="改了")
    session.give("accept")
    return session


def _verdict(root: Path) -> object:
    session = open_repo(root).reviews.open("一审", reviewer="审核员")
    return session.give("reject", comment="不对") if session.progress.judged == 2 else None


def _verdict_undo(root: Path) -> object:
    session = open_repo(root).reviews.open("一审", reviewer="审核员")
    return session.undo() if session.progress.judged == 2 else None


def _accepted(root: Path) -> object:
    return open_repo(root).reviews.open("一审", reviewer="审核员").give("accept")


def _finish(root: Path) -> object:
    return open_repo(root).reviews.finish(FinishRequest(partial=True))


def _finish_removing(root: Path) -> object:
    return open_repo(root).reviews.finish(FinishRequest(partial=True, remove_rejected=True))


def _review_folder(root: Path) -> object:
    open_repo(root).reviews.start("split@HEAD", request_of("一审", sample="4"))
    return _verdicts(root)


def _split_prepared(root: Path) -> None:
    _folder(root)
    commit(root, FOLDER)
    put(root, records(100, 101) + records(300), f"{FOLDER}/test.jsonl")
    put(root, records(*range(200, 230)), f"{FOLDER}/new.jsonl")


def _split(root: Path) -> object:
    shares = (Share("train", 0.5), Share("test", 0.5))
    return open_repo(root).split(FOLDER, shares=shares, near_duplicates="ignore")


def _split_file_prepared(root: Path) -> None:
    """Git leaves out what is no dataset yet: it is looked at otherwise."""
    _two_versions(root)
    exclude = root / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("/data/parts/\n")


def _split_file(root: Path) -> object:
    shares = (Share("train", 0.8), Share("test", 0.2))
    return open_repo(root).split("medical", shares=shares, output="data/parts", near_duplicates="ignore")


def _split_again_prepared(root: Path) -> None:
    """The parts were split, committed and edited since, and the file that they came from has grown."""
    _split_file_prepared(root)
    _split_file(root)
    commit(root, "data/parts")
    train = root / "data" / "parts" / "train.jsonl"
    train.write_bytes(train.read_bytes() + records(555, word="edited"))
    put(root, SECOND + records(*range(600, 620)))


def _split_again(root: Path) -> object:
    return open_repo(root).split("medical")


STORIES = (
    Story("init", lambda root: None, lambda root: dsvc.init(root)),
    Story("first commit", _first_prepared, commit),
    Story("first commit of a new repository", _unborn, commit),
    Story("commit", _edited, commit),
    Story("commit whole", _edited, lambda root: commit(root, whole=True)),
    Story("first commit of a folder", _folder, lambda root: commit(root, FOLDER)),
    Story("commit of a folder", _folder_edited, lambda root: commit(root, FOLDER)),
    Story("checkout", _two_versions, _checkout),
    Story("checkout over edits", _two_and_edits, _checkout_force),
    Story("checkout of a folder", _folder_two, _checkout_folder),
    Story("restore", _two_and_edits, _restore),
    Story("restore formatting", _formatting_prepared, _formatting),
    Story("fix", _fix_prepared, _fix),
    Story("undo fix", _then(_fix_prepared, _fix), _undo),
    Story("accept", _then(_two_and_edits, _validate), _accept),
    Story("accept more", _then(_then(_two_and_edits, _validate), _accept), _accept_all),
    Story("undo accept", _then(_two_and_edits, _accept), _undo),
    Story("undo accept more", _then(_then(_two_and_edits, _accept), _accept_all), _undo),
    Story("split", _split_prepared, _split),
    Story("split of a file", _split_file_prepared, _split_file),
    Story("split again over edits", _split_again_prepared, _split_again),
    Story("undo split", _then(_split_prepared, _split), _undo),
    Story("undo split of a file", _then(_split_file_prepared, _split_file), _undo),
    Story("rollback", _two_versions, _rollback),
    Story("rollback over edits", _two_and_edits, _rollback_force),
    Story("rollback of a folder", _folder_two, _rollback_folder),
    Story("undo first commit", _one_version, _undo),
    Story("undo commit", _two_versions, _undo),
    Story("undo checkout", _then(_two_versions, _checkout), _undo),
    Story("undo checkout over edits", _then(_two_and_edits, _checkout_force), _undo),
    Story("undo restore", _then(_two_and_edits, _restore), _undo),
    Story("undo rollback", _then(_two_versions, _rollback), _undo),
    Story("undo rollback of a folder", _then(_folder_two, _rollback_folder), _undo),
    Story("import of answers", _answers_prepared, _take_back),
    Story("pilot create", _two_and_edits, _pilot),
    Story("undo pilot create", _then(_two_versions, _pilot), _undo),
    Story("pilot result", _then(_two_and_edits, _pilot), _result),
    Story("undo pilot result", _then(_then(_two_versions, _pilot), _result), _undo),
    Story("pilot carry", _then(_two_versions, _pilot), _carry),
    Story("pilot rm", _then(_then(_two_versions, _pilot), _result), _pilot_rm),
    Story("pilot rm with its tag", _then(_two_versions, _pilot), _pilot_rm_tag),
    Story("undo pilot rm with its tag", _then(_then(_two_versions, _pilot), _pilot_rm_tag), _undo),
    Story("review start", _two_and_edits, _review),
    Story("undo review start", _then(_two_versions, _review), _undo),
    Story("verdict", _then(_then(_two_and_edits, _review), _verdicts), _verdict),
    Story("undo verdict", _then(_then(_two_and_edits, _review), _verdicts), _verdict_undo),
    Story("review finish", _then(_then(_two_versions, _review), _verdicts), _finish),
    Story(
        "review finish that removes",
        _then(_then(_then(_two_versions, _review), _verdicts), _verdict),
        _finish_removing,
    ),
    Story("review finish without corrections", _then(_then(_two_and_edits, _review), _accepted), _finish),
    Story("review finish of a folder", _then(_folder_two, _review_folder), _finish),
    Story("undo review finish", _then(_then(_then(_two_versions, _review), _verdicts), _finish), _undo),
    Story("rm", _two_and_edits, _rm),
    Story("undo rm", _then(_two_and_edits, _rm), _undo),
    Story("keep in step", _switched, lambda root: open_repo(root).keep_in_step()),
    Story("tag", _two_versions, lambda root: open_repo(root).tag("medical@v1.0", "good", None)),
    Story("adopt", _by_git, _adopt),
    Story("undo adopt", _then(_by_git, _adopt), _undo),
    Story("import", _import_prepared, _import),
    Story("import of a folder", _folder_import_prepared, _folder_import),
)
