"""Checks of records and datasets: what is wrong, record by record, before a version is released.

finding.py        what a check found, and where
rule.py           what a rule is: facts for the docs, options, and a check of records or of the whole
checked.py        one record as checks look at it, parsed once
registry.py       all rules by id, also those of other packages and of a pattern file
rules/            one file a topic      profiles/   one file a consumer: what it would do to each record
settings.py       which rules run, how severe they are, their options
runner.py         records through rules: streaming, in several processes, what is known of unchanged lines reused
reuse.py          findings of stored lines, kept by pack
"""

from __future__ import annotations

from dsvc.validators.finding import Finding, Place, Severity

__all__ = ["Finding", "Place", "Severity"]
