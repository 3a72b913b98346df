"""The shapes, one file each; each has a ``SHAPE``."""
