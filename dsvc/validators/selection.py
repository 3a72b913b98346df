"""Which rules run, how severe they are, and with which options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import xxhash

from dsvc.errors import UsageError
from dsvc.validators.option_bounds import senseless
from dsvc.validators.own import own_rules
from dsvc.validators.registry import PROFILES, all_rules, profile_of
from dsvc.validators.settings import ValidateSettings
from dsvc.validators.wrong_values import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsvc.validators.finding import Severity
    from dsvc.validators.rule import DatasetCheck, RecordCheck, Rule
    from dsvc.validators.wrong_values import Wrong


class Selection(msgspec.Struct, frozen=True):
    """What was asked for; plain data, so that other processes can build the same checks from it."""

    settings: ValidateSettings = ValidateSettings()
    profiles: tuple[str, ...] = ()
    """In place of the settings' when there are any."""
    only: tuple[str, ...] = ()
    """Just these rules."""
    skip: tuple[str, ...] = ()
    """Not these rules, whatever else is asked for."""
    also: tuple[str, ...] = ()
    """These rules as well, whatever else is asked for."""
    tokenizer: str = ""
    """What counts tokens for all rules that count them, whatever the settings say; empty: as each rule is set."""
    topics: tuple[str, ...] = ()
    """Just rules of these topics (``structure``, ``content``, ``profile``, ``own``)."""
    stamp: str = ""
    """Tells apart selections that read the same while the files of own rules are other ones (:func:`stamped`)."""


class Chosen(msgspec.Struct, frozen=True):
    """A rule that runs: its severity, its options, and its check built from them."""

    rule: Rule
    severity: Severity
    options: msgspec.Struct
    check: RecordCheck | DatasetCheck

    def severity_of(self, found: Severity | None) -> Severity:
        """How severe a finding is: as the settings say, else as the check says, else as the rule does."""
        return found if found is not None and self.severity == self.rule.severity else self.severity

    @property
    def fingerprint(self) -> str:
        """Tells apart what may find other things: the rule, its version, its severity and its options."""
        options = msgspec.json.encode(self.options, order="deterministic").decode()
        return f"{self.rule.id} {self.rule.version} {self.severity} {options}"


def choose(selection: Selection, rules: Mapping[str, Rule] | None = None) -> list[Chosen]:
    """The rules of a selection, in the order of the registry. Raises UsageError naming what is not known."""
    settings = selection.settings
    known = {**all_rules(), **own_rules(settings)} if rules is None else rules
    profiles = selection.profiles or settings.profile
    _require(profiles, PROFILES, "consumer profile", f"profiles: {', '.join(PROFILES)}")
    for ids in (
        selection.only,
        selection.skip,
        selection.also,
        settings.ignore,
        settings.also,
        settings.severity,
        settings.options,
    ):
        _require(ids, known, "rule", "all rules: dsvc validate --list")
    return [_built(rule, selection) for rule in known.values() if _runs(rule, selection, profiles)]


def stamped(selection: Selection) -> Selection:
    """The selection with what its rules are now, as checks are kept for as long as the selection is the same.

    Raises what :func:`choose` raises.
    """
    text = "\n".join(each.fingerprint for each in choose(selection))
    return msgspec.structs.replace(selection, stamp=xxhash.xxh3_64_hexdigest(text.encode()))


def _runs(rule: Rule, selection: Selection, profiles: tuple[str, ...]) -> bool:
    if rule.id in selection.skip:
        return False
    if rule.id in selection.also:
        return True
    if selection.only:
        return rule.id in selection.only
    if rule.id in selection.settings.ignore or (selection.topics and rule.topic not in selection.topics):
        return False
    consumer = profile_of(rule)
    if consumer is not None:
        return consumer in profiles
    return rule.by_default or rule.id in selection.settings.also


def _built(rule: Rule, selection: Selection) -> Chosen:
    settings = selection.settings
    given = settings.options.get(rule.id, {})
    if selection.tokenizer and "tokenizer" in rule.options.__struct_fields__:
        given = {**given, "tokenizer": selection.tokenizer}
    options = options_of(rule, given)
    return Chosen(rule, settings.severity.get(rule.id, rule.severity), options, rule.make(options))


def options_of(rule: Rule, given: Mapping[str, Any]) -> msgspec.Struct:
    """A rule's options with those that are given. Raises UsageError naming the one that is wrong."""
    try:
        options = msgspec.convert(dict(given), rule.options)
    except msgspec.ValidationError as error:
        raise _wrong_option(rule, in_words(error, dict(given), rule.options)) from error
    for name in given:
        told = senseless(name, getattr(options, name))
        if told is not None:
            usual = f"{{{name} = {getattr(rule.options(), name):g}}}"
            hint = f"unless it is said it is options.{rule.id} = {usual}"
            raise UsageError(f"rule '{rule.id}' has a wrong option: '{name}' {told}", hint=hint)
    return options


def _wrong_option(rule: Rule, wrong: Wrong) -> UsageError:
    names = ", ".join(rule.options.__struct_fields__)
    if wrong.is_unknown:
        return UsageError(
            f"rule '{rule.id}' has no option '{wrong.place}'", hint=wrong.hint if names else "it has none"
        )
    told = f"rule '{rule.id}' has a wrong option: '{wrong.place}' {wrong.told}"
    return UsageError(told, hint=f"{wrong.hint}; its options: {names}")


def _require(names: Iterable[str], known: Iterable[str], kind: str, hint: str) -> None:
    every = list(known)
    for name in names:
        if name not in every:
            from difflib import get_close_matches

            near = get_close_matches(name, every, 5, cutoff=0.65)
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"there is no {kind} '{name}'", hint=f"{hint}{meant}")
