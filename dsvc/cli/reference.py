"""The reference page of the command line, made from the commands themselves.

``python -m dsvc.cli.reference > docs/cli.md``; a test compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from dsvc.cli.app import VERBS, app
from dsvc.cli.verb import Verb
from dsvc.cli.verb_group import VerbGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COLUMNS: Final = 100
_HEAD: Final = """\
# Command line

Made by `python -m dsvc.cli.reference`; do not edit.

Results go to stdout, everything else to stderr. Colours and the pager (`$PAGER`, else `less -R`) are used on a terminal
only; `NO_COLOR` turns colours off, `--no-pager` the pager. `--json` prints one JSON object a line, each with its `type`
and `format`. `-C FOLDER` before the verb works as if started in FOLDER.

A version is written `v1.1`, `medical@v1.1`, `medical@HEAD~2`, `medical@<first digits of its id>`, or as any git
revision; a name or path without `@` is the working file.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | differences or findings exist (`diff --exit-code`) |
| 2 | wrong usage |
| 3 | nothing to do it on: no repository, dataset, version or file |
| 4 | the input data cannot be accepted |
| 5 | refused, to protect data |
| 6 | a merge left conflicts |
| 7 | stored data is damaged, or parts of different versions were mixed |
| 8 | the remote cannot be reached or lacks data |
| 70 | a fault in dsvc; `DSVC_DEBUG=1` prints where |
| 130 | interrupted; nothing is left half done |

| `--json` of | format | `type` of the lines |
|---|---|---|
| `init` | `dsvc.init/1` | `init` |
| `commit`, `import` | `dsvc.commit/1` | `commit` |
| `status` | `dsvc.status/1` | `status`, one for each dataset |
| `diff` | `dsvc.diff/1` | `diff` first; `added`, `removed`, `modified`, `moved`, `reformatted`; `summary` last |
| `log` | `dsvc.log/1` | `version`, newest first |
| `show` | `dsvc.show/1` | `version` (the manifest), or `record` |
| `describe` | `dsvc.describe/1` | `description` |
| `checkout`, `restore`, `rollback`, `undo`, each `rm`, `agreement --forget` | `dsvc.outcome/1` | `outcome` |
| `undo --list` | `dsvc.operations/1` | `operation`, newest first |
| `validate` | `dsvc.validate/1` | `finding`, `gate`; `summary` last; of `--list` and `--rule`: `rule` |
| `tag` | `dsvc.tag/1` | `tag` |
| `export`, `pilot export` | `dsvc.export/1` | `export`, what `dsvc-export.json` holds |
| `pilot create`, `pilot list`, `pilot show` | `dsvc.pilots/1` | `pilot` |
| `pilot create --dry-run` | `dsvc.pilots/1` | `sample`; `drift`, one for each feature |
| `pilot show --verify` | `dsvc.pilots/1` | `verified` |
| `pilot result`, `pilot compare`, `pilot carry` | `dsvc.pilots/1` | `result`, `comparison`, `carried` |
| `split` | `dsvc.split/1` | `split`; `part`, one for each; `problem` |
| `review start`, `review list` | `dsvc.reviews/1` | `review` |
| `review next`, `undo`; `accept`, `reject`, `edit`, `skip` | `dsvc.reviews/1` | `record`; `verdict` before it |
| `review status`, `review finish` | `dsvc.review-status/1`, `dsvc.reviews/1` | `review`; `finished` |
| `agreement` | `dsvc.agreement-report/1` | `agreement`, one for each field, then its `disagreement` lines |
| `agreement --kept` | `dsvc.agreements/1` | `agreement` |
| `convert --report` | `dsvc.convert/1` | `conversion` |
| `formats` | `dsvc.formats/1` | `shape`; of a file `detected`, the most frequent shape first |

Rows and lines count from 1. Records stand in the output as they are written in the file; numbers keep how they are
written. A line that is not JSON, in a file that `diff` compares, stands there as a string, marked `not_json`. On a
terminal everything beyond ASCII is escaped.
"""


def reference() -> str:
    """The page."""
    return "\n".join([_HEAD, *_overview(), *(line for path in paths() for line in _section(path))])


def paths() -> Iterator[tuple[str, ...]]:
    """The words of every verb (``("pilot", "create")``), in the order of the page; a group before its own verbs."""
    for name in (name for verbs in VERBS.values() for name in verbs):
        yield (name,)
        command = load((name,))[1]
        if isinstance(command, VerbGroup):
            yield from ((name, inner) for inner in command.verbs)


def load(path: Sequence[str]) -> tuple[click.Context, click.Command]:
    """A verb by its words, and the context that its help is drawn in."""
    command: click.Command = app
    context = click.Context(app, info_name="dsvc", **app.context_settings)
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(context, name)
        assert isinstance(found, (Verb, VerbGroup))
        context = click.Context(
            found,
            info_name=name,
            parent=context,
            max_content_width=_COLUMNS,
            terminal_width=_COLUMNS,
            **found.context_settings,
        )
        command = found
    return context, command


def _overview() -> Iterator[str]:
    for section, verbs in VERBS.items():
        yield f"**{section}**: " + " · ".join([f"[`{name}`](#dsvc-{name})" for name in verbs])
        yield ""


def _section(path: Sequence[str]) -> Iterator[str]:
    context, command = load(path)
    yield from (f"## dsvc {' '.join(path)}", "", "```text", command.get_help(context).rstrip(), "```", "")


if __name__ == "__main__":
    click.echo(reference(), nl=False)
