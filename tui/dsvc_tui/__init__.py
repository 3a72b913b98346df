"""The terminal UI of dsvc: ``dsvc tui``. Where what is: docs/architecture.md; how to add a screen: ``screens``."""
