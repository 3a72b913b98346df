"""Bytes that a coverage-guided fuzzer (atheris) thinks up, taken in, recognised and converted: ``make fuzz``."""
