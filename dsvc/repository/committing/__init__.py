"""The working files become the next version: read, compared, checked, numbered, described."""
