"""Pilots: samples of a version that have a name, what trials on them gave, and the verbs for both."""
