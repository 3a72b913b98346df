"""What consumers do with records: one file each, with the source of every rule; ``registry.py`` names it."""
