"""DVC's lock: whatever ``dvc`` reads or writes, no verb of dsvc changes while a ``dvc`` is at work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import DsvcError, LockedError
from dsvc.repository import Repository
from dsvc.repository.results import CommitRequest
from dsvc.store.git_history import GitHistory
from tests.faults.inspection import check_settled, look
from tests.faults.stories import FILE, FIRST, SECOND, commit, empty_git, git, open_repo, put, records
from tests.faults.test_together import in_background
from tests.store.dvc_command import run_dvc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THIRD = SECOND + records(500)
EDITED = SECOND + records(900)
STORE = ".dsvc/data/medical/store"
HOLDER = (
    "import sys\nfrom dvc.repo import Repo, lock_repo\n"
    "with Repo(sys.argv[1]) as repo, lock_repo(repo):\n"
    "    print('locked', flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two versions, the second one also on a branch of its own; no hooks."""
    root = tmp_path / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, FIRST)
    commit(root)
    git(root, "branch", "old")
    put(root, SECOND)
    commit(root)
    return root


@contextmanager
def dvc_at_work(root: Path) -> Iterator[int]:
    """The real DVC holds its lock."""
    command = [sys.executable, "-c", HOLDER, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process.pid
        finally:
            process.communicate("")


def everything(root: Path) -> dict[str, object]:
    """What must not change: files with their places on disk (a new link counts), references, the index."""
    paths = [path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file()]
    files = {
        str(path): ((root / path).stat().st_ino, (root / path).read_bytes())
        for path in paths
        if path.parts[0] != ".git" and path.parts[:2] != (".dvc", "tmp")
    }
    return {"files": files, "refs": git(root, "for-each-ref"), "index": git(root, "ls-files", "--stage")}


def copied_store(root: Path) -> None:
    """What ``dvc pull`` leaves: copies instead of links."""
    for file in (root / STORE).iterdir():
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data)


def damaged(root: Path) -> None:
    run_dvc(root, "remote", "add", "--local", "--default", "store", str(root.parent / "remote"))
    open_repo(root).push()
    pack = max((p for p in (root / ".dvc/cache/files/md5").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes().replace(b"x", b"y", 1))


def behind(root: Path) -> None:
    git(root, "switch", "--quiet", "old")


def half_done(root: Path) -> None:
    """A commit whose process died when git was to commit."""

    def die(*_args: object, **_options: object) -> None:
        os._exit(9)

    def act() -> None:
        GitHistory.commit = die  # type: ignore[assignment,method-assign]
        commit(root)

    put(root, THIRD)
    os.waitpid(in_background(act, root.parent / "told"), 0)
    assert open_repo(root)._context.journal.open_entries()


VERBS: dict[str, tuple[Callable[[Path], object], Callable[[Repository], object]]] = {
    "commit": (lambda root: put(root, THIRD), lambda repo: repo.commit(request())),
    "undo of a commit": (lambda _: None, lambda repo: repo.undo()),
    "undo of a checkout": (lambda root: open_repo(root).checkout("medical@v1.0"), lambda repo: repo.undo()),
    "checkout": (lambda _: None, lambda repo: repo.checkout("medical@v1.0")),
    "checkout after dvc pull": (copied_store, lambda repo: repo.checkout("medical@v1.1")),
    "checkout over edits": (lambda root: put(root, EDITED), lambda repo: repo.checkout("medical@v1.0", force=True)),
    "restore": (lambda root: put(root, EDITED), lambda repo: repo.restore()),
    "rollback": (lambda _: None, lambda repo: repo.rollback("medical@v1.0")),
    "keep in step": (behind, lambda repo: repo.keep_in_step()),
    "recovery": (half_done, lambda repo: repo.commit(request())),
    "recovery before undo": (half_done, lambda repo: repo.undo()),
    "fsck --repair": (damaged, lambda repo: list(repo.fsck(repair=True))),
}


def request(reason: str = "why") -> CommitRequest:
    return CommitRequest(target=FILE, reason=reason, source="manual")


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_changes_while_dvc_is_at_work(root: Path, verb: str) -> None:
    prepare, act = VERBS[verb]
    prepare(root)
    before = everything(root)
    with dvc_at_work(root) as process:
        with pytest.raises(LockedError, match=f"is locked by process {process}") as caught:
            act(open_repo(root))
        assert (caught.value.exit_code, caught.value.hint) == (5, "wait for it to end, then retry")
        assert everything(root) == before
    act(open_repo(root))
    assert everything(root) != before
    assert "up to date" in run_dvc(root, "status")


def test_readers_do_not_wait_for_dvc(root: Path) -> None:
    with pytest.raises(DsvcError, match="nothing to commit"):
        commit(root)
    with dvc_at_work(root):
        repo = open_repo(root)
        assert repo.status()[0].problem is None
        assert repo.keep_in_step() == []
        assert len(list(repo.diff("medical@v1.0", "medical@v1.1"))) > 0
        assert list(repo.fsck()) == []


def test_status_says_what_an_interrupted_command_waits_for(root: Path) -> None:
    half_done(root)
    with dvc_at_work(root):
        problem = open_repo(root).status()[0].problem
        assert problem is not None
        assert "an interrupted command waits to be put right" in problem
        assert "is locked by process" in problem
    assert open_repo(root).status()[0].problem is None


def back_and_forth(root: Path, rounds: int) -> None:
    """Every verb that changes what DVC looks at, again and again."""
    for number in range(rounds):
        repo = Repository.open(root, lock_timeout=60)
        repo.checkout("medical@v1.0")
        repo.checkout("medical@v1.1")
        put(root, SECOND + records(600 + number))
        repo.commit(request(f"number {number}"))
        repo.undo()
        repo.restore()
        assert (root / FILE).read_bytes() == SECOND


def beside(root: Path, act: Callable[[], object], *commands: tuple[str, ...]) -> None:
    """Run the real ``dvc`` again and again while something goes on; it may only find the lock taken."""
    told = root.parent / "told"
    writer = in_background(act, told)
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        for words in commands:
            done = subprocess.run([sys.executable, "-m", "dvc", *words], cwd=root, capture_output=True, text=True)
            said = done.stdout + done.stderr
            assert done.returncode == 0 or "lock" in said.lower(), said
    assert not told.exists(), told.read_text()


def test_dvc_beside_verbs_that_go_back(root: Path) -> None:
    beside(root, lambda: back_and_forth(root, 4), ("status",), ("checkout",), ("gc", "-A", "-f"))
    state = look(root)
    assert state.versions.keys() == {"medical@v1.0", "medical@v1.1"}
    assert len(state.kept) == 8  # four undone versions, and their edits saved four times
    assert not check_settled(root, state, state)
    assert "up to date" in run_dvc(root, "status")


def test_dvc_beside_recovery(root: Path) -> None:
    def interrupted_and_recovered() -> None:
        for _ in range(3):
            half_done(root)
            Repository.open(root, lock_timeout=60).restore()

    beside(root, interrupted_and_recovered, ("status",), ("checkout",), ("gc", "-A", "-f"))
    state = look(root)
    assert state.versions.keys() == {"medical@v1.0", "medical@v1.1"}
    assert not check_settled(root, state, state)
    assert "up to date" in run_dvc(root, "status")


def test_a_stage_of_dvc_may_run_dsvc_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``dvc repro`` notes that the stage reads what dsvc keeps; the dsvc that the stage runs is not kept out."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    command = "dsvc checkout medical@v1.0 && cp data/medical.jsonl trained"
    run_dvc(root, "stage", "add", "-n", "train", "-d", ".dsvc/data/medical/manifest.json", "-O", "trained", command)
    run_dvc(root, "repro")
    assert (root / "trained").read_bytes() == FIRST
