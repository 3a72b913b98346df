"""Help: the short table tells what the verbs say of themselves, and every verb has examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from inline_snapshot import snapshot

from dsvc.cli.app import VERBS
from dsvc.cli.reference import load, paths, reference
from dsvc.cli.verb import Verb
from dsvc.cli.verb_group import VerbGroup

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

SHORT: dict[tuple[str, ...], str] = {(name,): text for section in VERBS.values() for name, text in section.items()}
GROUPS = {path: command for path in SHORT if isinstance(command := load(path)[1], VerbGroup)}
SHORT |= {(*path, name): text for path, group in GROUPS.items() for name, text in group.verbs.items()}


def test_overview(shell: Shell) -> None:
    overview = shell()
    assert overview == shell("--help")
    assert overview == snapshot("""\
Usage: dsvc [OPTIONS] [COMMAND] [ARGS]...

  Version control for fine-tuning datasets, record by record.

  The dataset stays one plain JSONL file; edit it with anything.

Options:
  -C FOLDER   Work as if started in FOLDER.
  --version   Print the version of dsvc and exit.
  -h, --help  Show this message and exit.

Everyday:
  commit    Keep the working file as a new version.
  status    Tell which working files differ from their version.
  diff      Show what changed: which records, which fields, which words.
  log       List the versions, newest first: who, where from, why.
  checkout  Put a version's content into the working file.
  rollback  Make a new version with the content of an old one.
  validate  Tell what is wrong, record by record.
  undo      Take back the last command that changed something.
  import    Bring in records from a file, a folder, standard input or a hub.

Look:
  tui       Look at datasets, versions and records on the whole terminal.
  blame     Tell which version each record, or each field, comes from.
  show      Show a version, or one record of it.
  cat       Write out the records of a version, or of the working file.
  describe  Name the version that the working file is, for training logs.
  identify  Tell which version a file is, or is nearest to.
  stats     Tell what a version is made of: lengths, tokens, turns, labels,
            languages, sources.
  formats   List the shapes of records, or tell which ones a file has.

Try out:
  pilot      Take a sample of a version for a trial, the same one every time.
  split      Put records into parts for training, validation and test; what
             has a part never leaves it.
  review     Look at records by hand, and let a version remember it.
  agreement  Tell how far annotators agree.

Set up, go back, hand over:
  init        Start keeping datasets in a git repository.
  restore     Put the working file back to its version.
  fix         Make safe repairs in the working file: line ends, white space,
              role names, empty records, duplicates.
  tag         Name a version.
  adopt       Take over a dataset that plain DVC, git or git-lfs keeps.
  rm          Stop keeping a dataset; its file and its old versions stay.
  export      Write a version for other tools, or for a trainer.
  convert     Bring records into another shape, and tell what is lost.
  push        Send the data of all versions to the DVC remote.
  fsck        Check that the stored data of every version is whole.
  install     Install the git hooks that keep working files in step.
  completion  Print the completion script for a shell.

  Every verb explains itself: dsvc VERB --help
""")


@pytest.mark.parametrize("path", SHORT, ids=" ".join)
def test_every_verb_explains_itself(shell: Shell, path: tuple[str, ...]) -> None:
    command = load(path)[1]
    assert command.name == path[-1]
    assert (command.help or "").split("\n\n")[0].replace("\n", " ").strip() == SHORT[path]
    assert all(isinstance(option, click.Argument) or option.help for option in command.params)
    assert shell(*path, "--help").startswith(f"Usage: dsvc {' '.join(path)}")


@pytest.mark.parametrize("path", [path for path in SHORT if path not in GROUPS], ids=" ".join)
def test_every_verb_has_examples_and_exit_statuses(path: tuple[str, ...]) -> None:
    command = load(path)[1]
    assert isinstance(command, Verb)
    assert all(example.startswith(("dsvc ", "eval ")) and text for example, text in command.examples)
    assert command.exits


def test_every_verb_is_on_the_reference_page() -> None:
    assert set(paths()) == SHORT.keys()


def test_a_group_without_a_verb_lists_its_verbs(shell: Shell) -> None:
    for path in GROUPS:
        assert shell(*path) == shell(*path, "--help")


def test_symbols_of_diff(shell: Shell) -> None:
    assert shell("diff", "--help") == snapshot("""\
Usage: dsvc diff [OPTIONS] [OLD [NEW]]

  Show what changed: which records, which fields, which words.

  OLD and NEW are versions (v1.0, medical@v1.0, HEAD~2), OLD..NEW in one, a
  dataset's name or path (its working file), or any JSONL files or folders of
  them, wherever they lie; - is standard input. A JSON array, CSV and TSV are
  read as 'dsvc import' reads them. Without NEW: against the working file;
  without both: the working files of all datasets against their versions.

  +  added            [-text-]  taken out of a text
  -  removed          {+text+}  put into a text
  ~  modified         …         unchanged text left out
  >  moved            =         same value, written differently

  Numbers behind a sign are rows of the new file (of the old one for removed
  records); where a side has several files they are FILE:LINE. A change that
  20 records or more share is told once, in the summary (--full: in each
  record, too). Neighbours that moved together are one line, and so are
  neighbours that are only written differently. Between two versions sources
  that only one of them has records of are told, with their licences.

Options:
  --stat              Only what it adds up to, no records.
  -n, --limit N       Show the first N changes.  [x>=0]
  --key FIELD         Records with equal FIELD are the same one. Repeatable.
  --word / --no-word  Show changed words (default), or old and new text whole.
  --full              Shorten nothing.
  --exit-code         Exit with 1 when there are differences.
  --json              One JSON object a line.
  --no-pager          Never page long output ($PAGER, less -R).
  -h, --help          Show this message and exit.

Examples:
  dsvc diff                                     the working files against
                                                their versions
  dsvc diff v1.0..v1.1                          two versions
  dsvc diff medical@v1.0 medical                a version and the working
                                                file, one of several datasets
  dsvc diff old.jsonl new.jsonl --key id        any two files, also outside a
                                                repository
  dsvc diff medical@v1.0 ~/new.jsonl            a version and a file that lies
                                                anywhere
  dsvc diff old.json new.csv                    elements of an array, rows of
                                                a table: as dsvc import reads
                                                them
  dsvc diff v1.0 <(jq -c 'select(.label)' new.jsonl)
                                                a version and what another
                                                program writes
  dsvc diff --stat                              only what it adds up to
  dsvc diff v1.0 --json | jq -c 'select(.type=="modified")'
                                                for a script

Exit status:
  0  done
  1  there are differences (only with --exit-code)
  2  wrong usage
  3  no such repository, dataset, version or file
  4  the data cannot be read as records
""")


def test_version(shell: Shell) -> None:
    assert shell("--version").startswith("dsvc 0.")


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_script(shell: Shell, shell_name: str) -> None:
    assert "_DSVC_COMPLETE" in shell("completion", shell_name)


def test_the_reference_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text("utf-8") == reference(), "python -m dsvc.cli.reference > docs/cli.md"
