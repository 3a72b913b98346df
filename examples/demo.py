"""The main job on the example dataset, with the real ``dsvc`` command, in a repository made for it.

    python examples/demo.py [FOLDER]        (or: make demo)

Builds FOLDER (default: ``demo`` beside the Makefile; git ignores it) anew each time and leaves it there to look around
in. Needs no network and no git identity, and takes nothing from the user's git configuration.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
VERSIONS: Final = HERE / "finance_qa_versions"
FILE: Final = "data/finance_qa.jsonl"
MARK: Final = ".git/made-by-dsvc-demo"
"""Only a folder with this file in it is removed."""
PLAIN_WORD: Final = re.compile(r"[\w@%+=:,./-]+")
"""What needs no quotes in a shell. The story has no word with a character that double quotes leave alive."""

COMPLAINTS: Final = """\
投诉内容,类别
"还款日当天已还款，为什么仍收违约金？",逾期
积分兑换的礼品一个月没有发货,积分
"""
GREETINGS: Final = (
    ("first greetings", '{"input": "您好", "output": "您好，请问有什么可以帮您？"}\n'),
    ("politer", '{"input": "您好", "output": "您好，很高兴为您服务，请问有什么可以帮您？"}\n'),
)


def main() -> int:
    """Run the demo; 0 when every command did what it should."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "demo").resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        print(f"error: '{folder}' is not empty and was not made by this demo", file=sys.stderr)
        return 5
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    story = json.loads((VERSIONS / "story.json").read_text("utf-8"))["versions"]
    with tempfile.TemporaryDirectory(prefix="dsvc-demo-") as home:
        stage = Stage(folder, environment(Path(home)), colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
        try:
            play(stage, *story)
        except subprocess.CalledProcessError as error:
            print(f"error: the command failed with exit status {error.returncode}", file=sys.stderr)
            return 1
    return 0


def environment(home: Path) -> dict[str, str]:
    """This process' environment without anybody's git, DVC or dsvc settings; the pager off, the width fixed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "DVC_", "DSVC_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc"),
        "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc"),
        "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc"),
        "PYTHONIOENCODING": "utf-8",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
        "COLUMNS": "100",
    }


@dataclass(frozen=True)
class Stage:
    """Where the demo plays: says things, runs commands and shows both."""

    folder: Path
    environment: dict[str, str]
    colour: bool

    def title(self, text: str) -> None:
        self.write("")
        self.write(self.paint("1", f"== {text} =="))

    def say(self, text: str) -> None:
        self.write(self.paint("2", f"# {text}"))

    def run(self, *words: str | Path, status: int = 0) -> None:
        """Show a command and run it in the demo's folder; its output goes where ours goes."""
        self.typed(shown(words))
        self.quietly(*words, status=status)

    def quietly(self, *words: str | Path, status: int = 0) -> None:
        """Run a command without showing it. Raises CalledProcessError when it ends with another status."""
        command = [str(word) for word in words]
        # stderr joins stdout, so that both come in the right order also when the demo is written to a file.
        done = subprocess.run(command, cwd=self.folder, env=self.environment, stderr=subprocess.STDOUT, check=False)
        if done.returncode != status:
            raise subprocess.CalledProcessError(done.returncode, command)

    def edit(self, version: str) -> None:
        """The work of a day: the working file becomes that of the next version of the story."""
        (self.folder / FILE).parent.mkdir(exist_ok=True)
        self.run("cp", self.original(version), FILE)

    def original(self, version: str) -> str:
        """The story's file of a version, as seen from the demo's folder."""
        return os.path.relpath(VERSIONS / f"{version}.jsonl", self.folder)

    def typed(self, command: str) -> None:
        self.write(f"{self.paint('1;32', '$')} {self.paint('1', command)}")

    def paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def write(self, text: str) -> None:
        print(text, flush=True)


def shown(words: tuple[str | Path, ...]) -> str:
    """A command as one would type it."""
    return " ".join(text if PLAIN_WORD.fullmatch(text := str(word)) else f'"{text}"' for word in words)


def provenance(version: dict[str, Any]) -> list[str]:
    """The options that tell a version's source, its licence, and who made the records."""
    source = version["source"]
    words = ["--source", source["name"], "--license", source["licence"]]
    for annotator in version["annotators"]:
        kind = "" if annotator["kind"] == "person" else f":{annotator['kind']}"
        words += ["--annotator", annotator["name"] + kind]
    return words


def play(stage: Stage, first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]) -> None:
    """The story, in the order in which a team lives it."""
    prepare(stage)
    track(stage, first)
    add(stage, second)
    check(stage)
    correct(stage, third)
    go_back(stage)
    try_out(stage)
    hand_over(stage)
    bring_in(stage)
    leave(stage)
    stage.write("")
    stage.say(f"The repository is still there: cd {shlex.quote(str(stage.folder))} && dsvc log finance_qa")
    stage.say("To look around in it, commit and go back on the whole terminal: dsvc tui (or: make tui-demo)")


def prepare(stage: Stage) -> None:
    """A git repository whose identity is its own, so that none is needed on the machine."""
    stage.quietly("git", "init", "--quiet", "--initial-branch=main")
    stage.quietly("git", "config", "user.name", "李敏")
    stage.quietly("git", "config", "user.email", "limin@example.com")
    stage.quietly("git", "config", "commit.gpgsign", "false")
    stage.quietly("git", "config", "tag.gpgsign", "false")
    (stage.folder / MARK).touch()
    stage.say("A team keeps 500 questions and answers about credit cards, Chinese and English, to fine-tune a model.")


def track(stage: Stage, version: dict[str, Any]) -> None:
    stage.title("v1.0: start from one plain JSONL file")
    stage.run("dsvc", "init")
    stage.edit("v1.0")
    first = ("dsvc", "commit", FILE, *provenance(version), "-m", version["reason"])
    stage.run(*first, status=4)
    stage.say("One answer is still missing. It is kept as it came, and mended below, so that the history shows both:")
    stage.run(*first, "--allow-findings", "as collected")


def add(stage: Stage, version: dict[str, Any]) -> None:
    stage.title("v1.1: edit the file with anything you like, look, keep it")
    stage.say("王芳 and a model write answers about cards that are overdue for more than 90 days.")
    stage.edit("v1.1")
    stage.run("dsvc", "status")
    stage.run("dsvc", "diff", "--stat")
    stage.run("dsvc", "commit", *provenance(version), "-m", version["reason"].partition(";")[0])


def check(stage: Stage) -> None:
    stage.title("Check it before anybody trains on it")
    stage.say("What would a trainer drop, and what should a model not learn? The gate of this version fails:")
    stage.run("dsvc", "validate", "--gate", "--limit", "1", status=1)
    stage.say("Some of it needs no judgement:")
    stage.run("dsvc", "fix")


def correct(stage: Stage, version: dict[str, Any]) -> None:
    stage.title("v1.2: corrections, record by record and word by word")
    stage.say("What needs judgement is corrected by hand.")
    stage.edit("v1.2")
    stage.run("dsvc", "diff", "--limit", "3")
    stage.say("Only what changed is stored; the source of a corrected record stays the one it had.")
    stage.run("dsvc", "commit", "-m", version["reason"].partition(",")[0])
    stage.run("dsvc", "validate", "--gate", "--limit", "0")
    stage.run("dsvc", "log")


def go_back(stage: Stage) -> None:
    stage.title("Go back")
    stage.say("A new version with the old content; nothing is taken out of the history:")
    stage.run("dsvc", "rollback", "v1.1", "-m", "v1.2 made the model worse")
    stage.say("That was wrong after all:")
    stage.run("dsvc", "undo")


def try_out(stage: Stage) -> None:
    stage.title("A trial, a look, a mend, and the next trial")
    stage.say("100 records that represent the whole, the same ones on any machine:")
    stage.run("dsvc", "pilot", "create", "v1.2", "--name", "pilot-a", "--size", "100", "--stratify", "label")
    stage.say("The trial fine-tune is yours; what it gave is kept beside the sample.")
    stage.run("dsvc", "pilot", "result", "pilot-a", "--metric", "accuracy=0.71", "--note", "two epochs")
    stage.say("Some of it is looked at by hand; a verdict is on disk before the next record shows.")
    stage.run("dsvc", "review", "start", "v1.2", "--name", "check-1", "--pilot", "pilot-a", "--sample", "1")
    stage.run("dsvc", "review", "next")
    shorter = "90天以内积分只是冻结，还清后次日解冻；超过90天作废。"
    stage.run("dsvc", "review", "edit", "--set", f"output={shorter}", "-m", "先说结论，说得短些")
    stage.say("What was corrected is a version; the same samples come along, and the trials stand beside each other.")
    stage.run("dsvc", "review", "finish")
    stage.run("dsvc", "pilot", "carry", "pilot-a", "v1.3")
    stage.run("dsvc", "pilot", "result", "pilot-a-v1.3", "--metric", "accuracy=0.74")
    stage.run("dsvc", "pilot", "compare", "pilot-a", "pilot-a-v1.3")
    stage.say("For the training proper: parts from which nothing leaks into another, and no record ever moves.")
    shares = ("--train", "0.8", "--validation", "0.1", "--test", "0.1")
    stage.run("dsvc", "split", "finance_qa", "-o", "data/parts", *shares, "--stratify", "label")
    stage.run("dsvc", "commit", "data/parts", "-m", "parts for training")


def hand_over(stage: Stage) -> None:
    stage.title("Hand it over")
    stage.say("For a training log: exactly which data was it?")
    stage.run("dsvc", "describe", "finance_qa")
    stage.say("For a trainer: its files, and the entry that tells it how to read them.")
    stage.run("dsvc", "export", "finance_qa@v1.3", "--to", "llamafactory", "-o", "llamafactory")
    stage.say("Some weeks later: which version was that file?")
    stage.run("dsvc", "identify", "llamafactory/finance_qa.jsonl")
    stage.quietly("rm", "-r", "llamafactory")
    stage.say("Underneath lie git and DVC as you know them; a push goes to the DVC remote that you have.")
    stage.run("git", "status", "--short")
    stage.run("dvc", "status")


def bring_in(stage: Stage) -> None:
    stage.title("Bring in records from wherever they lie")
    stage.say("The call centre sends a table, as a Chinese Windows writes it:")
    (stage.folder / "投诉.csv").write_text(COMPLAINTS, encoding="gb18030")
    stage.run(
        "dsvc", "import", "投诉.csv", "--as", "data/complaints.jsonl", "--source", "call centre", "--license", "MIT"
    )
    stage.quietly("rm", "投诉.csv")
    stage.say("A set that git itself kept until today comes along with its old versions:")
    for reason, records in GREETINGS:
        (stage.folder / "data" / "greetings.jsonl").write_text(records, encoding="utf-8")
        stage.quietly("git", "add", "data/greetings.jsonl")
        stage.quietly("git", "commit", "--quiet", "-m", reason)
    stage.run("dsvc", "adopt", "data/greetings.jsonl", "--history", "--source", "branch staff")
    stage.run("dsvc", "diff", "greetings@v1.0..v1.1")


def leave(stage: Stage) -> None:
    stage.title("Leave any time: every version comes back without dsvc")
    stage.say("-I -S: Python without a single installed package")
    stage.run("python3", "-I", "-S", ".dsvc/rebuild.py", "finance_qa", "v1.0", "-o", "old.jsonl")
    stage.run("cmp", "old.jsonl", stage.original("v1.0"))
    stage.say("cmp says nothing: the very bytes that were committed.")
    stage.quietly("rm", "old.jsonl")


if __name__ == "__main__":
    sys.exit(main())
