"""``dsvc validate``: what is wrong, record by record."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.options import TOKENIZERS, json_option, pager_option
from dsvc.cli.plain_files import piped
from dsvc.cli.progress import progress
from dsvc.cli.verb import EXITS, verb
from dsvc.errors import ExitCode, ProtectedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.cli.validate_report import Checking
    from dsvc.repository import Repository
    from dsvc.repository.accepting import Accepted
    from dsvc.validators.report import Report
    from dsvc.validators.selection import Chosen, Selection

_FORMATS: Final = ("table", "json", "sarif", "junit", "github", "html", "markdown")
_SHOWN: Final = {"table": 5, "markdown": 5, "html": 100}
"""Findings of each rule; the other forms have all."""


@verb(
    "validate",
    examples=[
        ("dsvc validate", "the working file of the only dataset"),
        ("dsvc validate medical@v1.1 --profile llamafactory", "what that trainer would do to each record"),
        ("dsvc validate --only syntax --only exact-duplicate", "just these rules"),
        ("dsvc validate v1.0..v1.1", "which findings a version introduced, and which it solved"),
        ("dsvc validate --rule exact-duplicate", "explain a rule"),
        ("dsvc validate --against benchmark.jsonl", "also which records are (nearly) those of a test set"),
        ("dsvc validate --tokenizer o200k --only length-outlier", "lengths in tokens, not in characters"),
        ("dsvc validate --write-baseline", "accept all that is found now"),
        ("dsvc validate --gate --format markdown", "a report for a pull request; the gates decide"),
        ("dsvc validate --format html -o report.html", "a page with charts"),
    ],
    exits={
        **{code: EXITS[code] for code in (2, 3, 4, 5, 7, 8)},
        0: "no errors; with --gate: all gates passed",
        1: "errors were found (or what --severity says); with --gate: a gate failed",
    },
)
@click.argument("revision", required=False, metavar="[REV]", shell_complete=revisions)
@click.option("--profile", multiple=True, metavar="NAME", help="Also what this consumer would do to each record.")
@click.option("--only", multiple=True, metavar="RULE", help="Just this rule; may be given several times.")
@click.option("--skip", multiple=True, metavar="RULE", help="Not this rule; may be given several times.")
@click.option(
    "--tokenizer", type=click.Choice(TOKENIZERS), help="What counts tokens, for all rules that measure lengths."
)
@click.option("--list", "as_list", is_flag=True, help="List the rules that would run; look at nothing.")
@click.option("--rule", metavar="RULE", help="Explain a rule: why, examples, options, sources.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="How to tell it; 'table' unless said.")
@json_option
@click.option("-o", "--output", "place", metavar="FILE", type=click.Path(), help="Write the report into FILE.")
@click.option("--force", is_flag=True, help="Overwrite FILE; never a working file.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Show at most N findings of each rule.")
@click.option("--baseline", metavar="FILE", type=click.Path(), help="Findings that are known and accepted.")
@click.option("--write-baseline", is_flag=True, help="Accept all that is found now; write it into the baseline.")
@click.option(
    "--severity",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="Exit with 1 for this and graver.",
)
@click.option("--against", metavar="FILE|REV", help="A test set: tell which records are (nearly) of it.")
@click.option("--gate", is_flag=True, help="Let the gates of the settings decide about the exit status.")
@click.option("--changed", is_flag=True, help="Of OLD..NEW read only what differs; no rule that needs all records.")
@pager_option
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Tell what is wrong, record by record.

    REV is a version, a working file (as it is now) or any file of records, also outside of a repository; - is standard
    input. OLD..NEW tells which findings NEW introduced, and which it solved.
    """
    from dsvc.validators.selection import Selection

    given |= {name: piped(given[name]) for name in ("revision", "against") if given[name] is not None}
    if given["revision"] == given["against"] == piped("-"):
        raise UsageError("standard input can be one of the two only", hint="dsvc validate FILE --against -")
    selection = Selection(
        profiles=given["profile"], only=given["only"], skip=given["skip"], tokenizer=given["tokenizer"] or ""
    )
    if given["against"] is not None:
        selection = _with_test_set(selection, given)
    form = _form(given)
    if given["rule"] is not None or given["as_list"]:
        _tell_rules(given, selection, as_json=form == "json")
        return
    report = _looked(given, selection, form)
    if report is not None and report.failed:
        context.exit(ExitCode.DIFFERENCES)


def _with_test_set(selection: Selection, given: dict[str, Any]) -> Selection:
    """The selection with the rule that looks for records of a test set."""
    from msgspec.structs import replace

    if given["revision"] is not None and ".." in given["revision"] and not Path(given["revision"]).exists():
        raise UsageError("--against looks at one version", hint="name it: dsvc validate v1.1 --against FILE")
    return replace(selection, also=(*selection.also, "leakage"))


def _form(given: dict[str, Any]) -> str:
    """The form of the report. Raises UsageError for options that contradict each other."""
    form: str = given["form"] or ("json" if given["as_json"] else "table")
    if given["as_json"] and form != "json":
        raise UsageError(f"--json and --format {form} contradict each other", hint="leave one of them out")
    if given["force"] and given["place"] is None:
        raise UsageError("--force concerns -o FILE only", hint="leave it out, or add -o FILE")
    return form


def _looked(given: dict[str, Any], selection: Selection, form: str) -> Report | None:
    """Look, and tell. None where a baseline was written instead."""
    from dsvc.cli.validate_report import Asked, Checking
    from dsvc.validators.baseline import require_file

    if given["write_baseline"] and given["baseline"] is not None:
        require_file(Path(given["baseline"]), given["baseline"])
    keep = given["limit"] if given["limit"] is not None else _SHOWN.get(form)
    asked = Asked(
        given["revision"],
        selection,
        keep,
        None if given["write_baseline"] and not Path(given["baseline"] or "").exists() else given["baseline"],
        given["severity"],
        given["gate"],
        given["changed"],
        given["against"],
        shifts=form == "markdown",
    )
    with progress("looking") as shown:
        checking = Checking(asked, shown)
        _tell_unknown(checking.repository)
        _require_place(checking, given)
        if given["write_baseline"]:
            accepted = checking.write_baseline(Path(given["baseline"]) if given["baseline"] else None)
            shown.close()
            output.write(_accepted_lines(accepted))
            return None
        try:
            report = checking.report()
        except KeyboardInterrupt:
            shown.close()
            if form == "table" and given["place"] is None and checking.can_tell:
                output.write(_table(checking.stopped(), given))
            raise
    _tell(report, checking, given, form)
    return report


def _tell_unknown(repository: Repository | None) -> None:
    """Say so when the settings speak of datasets that are not there: they would do nothing, without a word."""
    if repository is None or not (unknown := repository.unknown_in_settings()):
        return
    from dsvc.validators.wrong_values import nearest

    names = [dataset.name for dataset in repository.datasets()]
    for name in unknown:
        diagnostics.warn(f"the settings [validate.datasets.{name}] are of no dataset here", nearest(name, names))


def _accepted_lines(accepted: Accepted) -> Iterator[str]:
    """What was accepted, and what makes it known to others."""
    are = "1 finding is" if accepted.count == 1 else f"{accepted.count:,} findings are"
    yield f"{are} accepted in '{accepted.path}'"
    if accepted.outcome is not None:
        yield "take back: dsvc undo"
    if accepted.to_commit is not None:
        name = quote(os.path.relpath(accepted.path))
        yield f"commit it, for others and CI: git add {name} && git commit -m accepted {name}"


def _require_place(checking: Checking, given: dict[str, Any]) -> None:
    from dsvc.repository.exports.out_file import refuse_working_file, require_free

    if given["write_baseline"] and given["baseline"] is not None and checking.repository is not None:
        refuse_working_file(checking.repository, Path(given["baseline"]), "", verb="validate", option="--baseline")
    if given["place"] is None:
        return
    path = Path(given["place"])
    if checking.repository is not None:
        refuse_working_file(checking.repository, path, "", verb="validate")
    elif given["revision"] is not None and path.exists() and path.samefile(given["revision"]):
        raise UsageError(f"'{path}' is what was to be looked at", hint="name another file: -o FILE")
    if checking.is_baseline(path):
        hint = "name another file: -o FILE; to accept what is found: --write-baseline"
        raise ProtectedError(f"'{path}' is a baseline; a report does not go there", hint=hint)
    require_free(path, force=given["force"])


def _tell(report: Report, checking: Checking, given: dict[str, Any], form: str) -> None:
    if given["place"] is None:
        lines = _table(report, given) if form == "table" else _lines(report, checking, form, output.is_terminal())
        output.write(lines, pager=form == "table" and not given["no_pager"])
        sys.stdout.flush()
        return
    from dsvc.render.findings_text import summary_line
    from dsvc.repository.exports.out_file import replacing

    path = Path(given["place"])
    lines = _plain_table(report, given) if form == "table" else _lines(report, checking, form, ascii_only=False)
    with replacing(path, force=given["force"]) as out:
        for line in lines:
            out.write(f"{line}\n".encode(errors="backslashreplace"))
    diagnostics.note(f"{summary_line(report)}: written to '{path}'")


def _lines(report: Report, checking: Checking, form: str, ascii_only: bool) -> Iterator[str]:  # noqa: FBT001
    """A report in one of the forms for programs and pages."""
    if form == "json":
        from dsvc.render.findings_json import FORMAT, report_objects
        from dsvc.render.json_text import json_text

        for kind, fields in report_objects(report):
            yield json_text({"type": kind, "format": FORMAT, **fields}, ascii_only=ascii_only)
        return
    if form == "github":
        from dsvc.render.findings_github import report_commands

        yield from report_commands(report)
        return
    yield from _page(report, checking, form).removesuffix("\n").split("\n")


def _page(report: Report, checking: Checking, form: str) -> str:
    if form == "sarif":
        from dsvc.render.findings_sarif import report_sarif

        return report_sarif(report)
    if form == "junit":
        from dsvc.render.findings_junit import report_junit

        return report_junit(report)
    if form == "html":
        from dsvc.render.findings_html import report_html

        return report_html(report)
    from dsvc.render.findings_markdown import report_markdown

    return report_markdown(report, checking.changes)


def _table(report: Report, given: dict[str, Any]) -> Iterator[str]:
    from dsvc.render.findings_text import report_lines

    yield from report_lines(report, output.style(), output.columns(), gate=given["gate"])
    if hint := _next(report, given):
        yield f"hint: {hint}"


def _plain_table(report: Report, given: dict[str, Any]) -> Iterator[str]:
    from dsvc.render.findings_text import report_lines
    from dsvc.render.style import PLAIN

    yield from report_lines(report, PLAIN, 160, gate=given["gate"])


def _next(report: Report, given: dict[str, Any]) -> str:
    """What to do next: a command that works."""
    if not report.groups:
        if report.gone and not given["only"] and not given["skip"]:
            return f"take what is gone out of the baseline: {_again(given, '--write-baseline')}"
        return ""
    first = report.groups[0]
    cut = next((group for group in report.groups if group.count > len(group.findings)), None)
    if cut is not None:
        return f"see all of them: {_again(given, f'--only {cut.rule.id} --limit {cut.count}')}"
    return f"what it means: dsvc validate --rule {first.rule.id}"


def _again(given: dict[str, Any], more: str) -> str:
    revision = f" {quote(given['revision'])}" if given["revision"] is not None else ""
    profiles = "".join(f" --profile {quote(name)}" for name in given["profile"])
    baseline = f" --baseline {quote(given['baseline'])}" if given["baseline"] is not None else ""
    tokenizer = f" --tokenizer {given['tokenizer']}" if given["tokenizer"] is not None else ""
    changed = " --changed" if given["changed"] else ""
    against = f" --against {quote(given['against'])}" if given["against"] is not None else ""
    return f"dsvc validate{revision}{profiles}{baseline}{against}{tokenizer}{changed} {more}"


def _tell_rules(given: dict[str, Any], selection: Selection, *, as_json: bool) -> None:
    """The list of rules, or one of them."""
    from dsvc.render.findings_json import FORMAT, rule_fields
    from dsvc.render.findings_text import rule_lines, rule_list_lines

    chosen = _rules(given, selection)
    if as_json:
        for each in chosen:
            output.json_line("rule", FORMAT, rule_fields(each))
        return
    lines = rule_lines(chosen[0], output.style()) if given["rule"] is not None else None
    output.write(lines or rule_list_lines(chosen, output.style()), pager=not given["no_pager"])


def _rules(given: dict[str, Any], selection: Selection) -> list[Chosen]:
    """The rules that would run, or the one that was asked for; with the settings where there is a repository."""
    from msgspec.structs import replace

    import dsvc
    from dsvc.errors import NotFoundError
    from dsvc.validators.selection import choose

    asked = replace(selection, only=(given["rule"],)) if given["rule"] is not None else selection
    try:
        repository = dsvc.open()
    except NotFoundError:
        return choose(asked)
    settings, _ = repository.validate_settings(given["revision"])
    return choose(replace(asked, settings=settings))
