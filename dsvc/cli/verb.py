"""What every verb is made of: a command whose help ends with examples and exit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EXITS: Final[Mapping[int, str]] = {
    0: "done",
    2: "wrong usage",
    3: "no such repository, dataset, version or file",
    4: "the data cannot be accepted",
    5: "refused, to protect data",
    6: "conflicts to decide; nothing was changed",
    7: "stored data is damaged or mixed up",
    8: "the remote cannot be reached or lacks data",
}
"""What exit statuses mean unless a verb says it more exactly."""


_MAY_BE_EMPTY: Final = ("TEXT", "VALUE", "EXPR")
"""What such options hold is for the verb to judge; all others name something."""


class Verb(click.Command):
    """A command with ``examples`` (command, what it does) and ``exits`` (status, meaning) in its help."""

    def __init__(
        self,
        *args: Any,
        examples: Sequence[tuple[str, str]] = (),
        exits: Mapping[int, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.exits = dict(exits or {})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; a file whose name begins with a dash is told how to be written."""
        given = tuple(args)
        try:
            left = super().parse_args(ctx, args)
            self._refuse_nothing(ctx)
            return left
        except click.NoSuchOption as error:
            for argument in given:
                if argument.startswith("-") and "=" not in argument and argument.endswith(".jsonl"):
                    raise UsageError(
                        f"no such option '{error.option_name}'", hint=f"if '{argument}' is a file: ./{argument}"
                    ) from error
            raise

    def _refuse_nothing(self, ctx: click.Context) -> None:
        """Raise UsageError for a name or path that is empty: a variable of a script that was not set."""
        for param in self.params:
            value = ctx.params.get(param.name or "")
            given = value if isinstance(value, (tuple, list)) else [value]
            if not any(isinstance(each, str) and not each.strip() for each in given):
                continue
            if isinstance(param, click.Argument):
                hint = f"name it: {ctx.command_path} {param.metavar or (param.name or '').upper()}"
                raise UsageError("an empty text names nothing", hint=hint)
            if (param.metavar or "") not in _MAY_BE_EMPTY:
                of_dataset = "--name" in param.opts and " pilot " not in ctx.command_path
                what = "'' cannot name a dataset" if of_dataset else f"{param.opts[-1]} is empty"
                raise UsageError(what, hint="write what it stands for, or leave it out")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, then exit statuses."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                formatter.write_dl([*self.examples], col_max=44)
        if self.exits:
            with formatter.section("Exit status"):
                formatter.write_dl([(str(code), text) for code, text in sorted(self.exits.items())])


def verb(
    name: str, *, examples: Sequence[tuple[str, str]], exits: Sequence[int] | Mapping[int, str] = (0, 3)
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a verb; ``exits`` are statuses with their usual meaning, or with one of their own."""
    known = dict(exits) if not isinstance(exits, (tuple, list)) else {code: EXITS[code] for code in exits}  # type: ignore[arg-type]
    return click.command(
        name,
        cls=Verb,
        examples=examples,
        exits=known,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
