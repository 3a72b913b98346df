"""How conflicts are decided: all for one side, or one by one in a file that dsvc writes and people fill in.

A line of the file is a conflict: ``record``, ``version``, ``field``, ``why``, ``file`` and ``row`` (where it is now),
``base``, ``ours``, ``theirs`` (a list of ``annotator`` and ``value``), and ``take``, which is null until somebody says:
``"ours"``, ``"theirs"``, ``{"annotator": NAME}`` or ``{"value": VALUE}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.errors import BadDataError, UsageError
from dsvc.record import Number, check_record, parse
from dsvc.render.json_text import json_text
from dsvc.repository.annotation.merge import Take, same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dsvc.repository.annotation.merge import Conflict

SIDES: Final = ("ours", "theirs")
SUFFIX: Final = ".jsonl"
_NAMES: Final = ("record", "version", "field", "ours", "theirs")
_TAKES: Final = '"ours", "theirs", {"annotator": NAME} or {"value": VALUE}'


class Choices:
    """What to do with conflicts: ``ours``, ``theirs``, or what a file says; None: nothing is decided."""

    def __init__(self, side: str | None, lines: Mapping[tuple[str, str, str], tuple[str, Any]] | None = None) -> None:
        self._side = side
        self._lines = lines or {}
        self.missing: list[str] = []
        """Why conflicts are open that a file was to decide: in words, with the line where there is one."""

    @staticmethod
    def of(wanted: str | None, path: Path | None) -> Choices:
        """What the user wants, ``path`` being the file when it is one. Raises BadDataError (file, line)."""
        if path is None or not path.exists():
            return Choices(wanted if wanted in SIDES else None)
        lines: dict[tuple[str, str, str], tuple[str, Any]] = {}
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
            check_record(line, name=str(wanted), line_number=number)
            if line.strip():
                value: Any = parse(line)
                where = f"'{wanted}:{number}'"
                _require_conflict(value, where)
                if (before := lines.get(_key(value))) is not None:
                    raise BadDataError(
                        f"{where} decides the same conflict as {before[0]}", hint="take one of the two lines out"
                    )
                lines[_key(value)] = (where, value)
        return Choices(None, lines)

    def decide(self, conflict: Conflict) -> Take | str | None:
        """A value to take, ``ours``, or None: nobody decided it.

        Raises BadDataError for a decision that makes no sense. One that was made before something changed is none.
        """
        if self._side is not None:
            return _side(conflict, self._side)
        where, line = self._lines.get((conflict.version.id, conflict.record, conflict.field), ("", None))
        if line is None or line.get("take") is None or not _is_as_listed(conflict, line):
            self.missing += [_missing(conflict, where, line)] * bool(self._lines)
            return None
        take = line["take"]
        can_take = conflict.line is not None and conflict.why != "no place"
        if take in SIDES:
            decided = _side(conflict, take)
        elif can_take and isinstance(take, dict) and len(take) == 1 and "value" in take:
            decided = Take(_value(conflict, take["value"], where), ())
        elif can_take and isinstance(take, dict) and len(take) == 1 and "annotator" in take:
            theirs = [(who, value) for who, value in conflict.theirs if who == take["annotator"]]
            decided = Take(theirs[0][1], (theirs[0][0],)) if len(theirs) == 1 else None
        else:
            decided = None
        if decided is None:
            raise BadDataError(
                f"{where}: 'take' cannot be {json_text(take)}",
                hint=_hint(conflict, take) if can_take else 'there is no place for an answer any more: "ours"',
            )
        return decided


def _require_conflict(line: Mapping[str, Any], where: str) -> None:
    """Raise BadDataError for a line that is none of those which ``--conflicts`` writes, such as of another file."""
    lacking = [name for name in _NAMES if name not in line]
    if lacking:
        raise BadDataError(
            f"{where} is no conflict: it has no '{lacking[0]}'",
            hint="name the file that --conflicts wrote, or one that is not there, and it is written anew: "
            "--conflicts NEW-FILE.jsonl",
        )


def _missing(conflict: Conflict, where: str, line: Mapping[str, Any] | None) -> str:
    """Why nothing decides a conflict."""
    if line is None:
        return f"no line is about '{conflict.field}' of {conflict.record}"
    if line.get("take") is None:
        return f"{where} has no 'take'"
    return f"{where} was decided about other values than there are now"


def _value(conflict: Conflict, value: Any, where: str) -> Any:
    """A value that somebody wrote. Raises BadDataError (file, line) for another type than the field has."""
    is_list = conflict.kind == "choices"
    known = [conflict.base, conflict.ours, *(each for _, each in conflict.theirs)]
    has = {_type(one) for each in known for one in (each if isinstance(each, list) else [each]) if one is not None}
    wrong = isinstance(value, list) != is_list or any(
        _type(one) not in has for one in (value if isinstance(value, list) else [value])
    )
    if wrong:
        what = f"a list of {' or '.join(sorted(has))} values" if is_list else f"a {' or '.join(sorted(has))}"
        raise BadDataError(
            f"{where}: 'take' has {json_text(value)}, which '{conflict.field}' cannot hold",
            hint=f"it holds {what}, like {json_text(conflict.theirs[0][1])}",
        )
    return value


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, str) and not isinstance(value, Number):
        return "text"
    return "number" if isinstance(value, (int, float, Number)) else "null" if value is None else "list or object"


def _hint(conflict: Conflict, take: object) -> str:
    if isinstance(take, dict) and take.keys() == {"annotator"}:
        return f"who answered once: {', '.join([json_text(who) for who, _ in conflict.theirs])}"
    return f"one of {_TAKES}"


def _side(conflict: Conflict, side: str) -> Take | str | None:
    if side == "ours":
        return side
    if conflict.why not in ("changed", "rewritten"):
        return None  # the record is gone, or there are several of theirs
    return Take(conflict.theirs[0][1], tuple(dict.fromkeys(who for who, _ in conflict.theirs)))


def _key(line: Mapping[str, Any]) -> tuple[str, str, str]:
    version = str(line.get("version")).rpartition(" ")[2]
    return version, str(line.get("record")), str(line.get("field"))


def _is_as_listed(conflict: Conflict, line: Mapping[str, Any]) -> bool:
    listed, now = line.get("theirs"), listed_fields(conflict)["theirs"]
    return same(line.get("ours"), conflict.ours) and same(listed, now)


def listed_fields(conflict: Conflict) -> dict[str, Any]:
    """A conflict as a line of the file, and of ``--json``."""
    return {
        "record": conflict.record,
        "version": f"{conflict.version} {conflict.version.id}",
        "field": conflict.field,
        "why": conflict.why,
        "file": conflict.file,
        "row": conflict.row,
        "base": conflict.base,
        "ours": conflict.ours,
        "theirs": [{"annotator": who, "value": value} for who, value in conflict.theirs],
        "take": None,
    }


def as_file(conflicts: Sequence[Conflict]) -> bytes:
    """The file that people fill in."""
    return "".join([json_text(listed_fields(each)) + "\n" for each in conflicts]).encode("utf-8", "backslashreplace")


def check(wanted: str | None) -> None:
    """Raise UsageError for what is neither a side nor a file by its name."""
    if wanted is not None and wanted not in SIDES and not wanted.endswith(SUFFIX):
        raise UsageError(
            f"'{wanted}' does not say what to do with conflicts", hint="write --conflicts ours, theirs, or FILE.jsonl"
        )
