"""The page of the consumer profiles, made from the profiles themselves.

``python -m dsvc.cli.profiles_reference > docs/profiles.md``; a test compares.
"""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from dsvc.validators.finding import OUTCOMES
from dsvc.validators.registry import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.finding import Outcome
    from dsvc.validators.profiles.treatment import Profile, Treatment

_HEAD: Final = """\
# What trainers do to each row

Made by `python -m dsvc.cli.profiles_reference`; do not edit.

Trainers are weak validators: they drop rows with a warning among thousands of lines, train something else than the row
says, or end after an hour because of one row. `dsvc validate --profile NAME` says so before, row by row:

- **aborts**: one such row, and the run ends.
- **dropped**: the row is left out.
- **altered**: something else is trained than the row says, or a part of it is not.
- a row of which nothing is told is **accepted**.

A consumer goes through a row step by step and gives up on it where it can: of a row that is dropped nothing is told
that would come later. Mend it, and look again. A file that a consumer is not set up to read is one finding, not one
for each row; `dsvc export DATASET --to NAME` brings it into a shape that is read, together with the settings for it.

How rows are read is told by their keys and what is behind them, as an export would set the consumer up. Options of
rules stand in `dsvc.toml`, such as the length above which axolotl drops rows:

```toml
[validate.options."axolotl/too-long"]
tokens = 4096
```

Each table names the file and the function of the consumer, at the version that was read. A consumer's own code is asked
where it is installed: LLaMA-Factory's converter, processors and template, ms-swift's preprocessors and template, and
axolotl's strategy for conversations treat rows that a test thinks up as their profiles tell; of TRL it is its helpers
for messages and pictures. OpenAI's checks run on its servers: its profile is what is published.
"""


def page() -> str:
    """The page."""
    parts = [_HEAD, *_overview()]
    for profile in profiles():
        parts += _section(profile)
    return "\n".join(parts)


def profiles() -> Iterator[Profile]:
    """All profiles, in the order of the registry."""
    for name in PROFILES:
        profile: Profile = import_module(f"dsvc.validators.profiles.{name.replace('-', '_')}").PROFILE
        yield profile


def _overview() -> Iterator[str]:
    yield "| consumer | version | aborts | dropped | altered |"
    yield "|---|---|---|---|---|"
    for profile in profiles():
        counts = Counter(treatment.outcome for treatment in profile.treatments)
        numbers = " | ".join([str(counts[outcome]) for outcome in OUTCOMES])
        yield f"| [{profile.title}](#{profile.name}) | {profile.version} | {numbers} |"
    yield ""


def _section(profile: Profile) -> Iterator[str]:
    yield from (f"## {profile.name}", "", profile.setup, "")
    yield from ("| rule | the row | what is found | what happens | source |", "|---|---|---|---|---|")
    for treatment in sorted(profile.treatments, key=_rank):
        yield _row(profile, treatment)
    yield ""
    if profile.silent:
        yield from ("Not told, and done all the same:", "", *(f"- {one}" for one in profile.silent), "")


def _rank(treatment: Treatment) -> int:
    outcomes: tuple[Outcome | None, ...] = (*OUTCOMES, None)
    return outcomes.index(treatment.outcome)


def _row(profile: Profile, treatment: Treatment) -> str:
    cells = (treatment.title, treatment.why, treatment.source)
    rest = " | ".join([cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells])
    return f"| `{profile.name}/{treatment.name}` | {treatment.outcome or 'accepted'} | {rest} |"


if __name__ == "__main__":
    click.echo(page(), nl=False)
