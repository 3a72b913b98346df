"""The terminal UI of dsvc."""
