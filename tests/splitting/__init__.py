"""Sides of records: the rule, what is held together, who goes where."""
