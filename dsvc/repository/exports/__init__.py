"""Versions written for other tools, with a note of what they were made of."""
