"""The script that every repository carries, so that its data can leave without dsvc."""

from __future__ import annotations

from importlib.resources import files


def rebuild_script() -> bytes:
    """The bytes of ``.dsvc/rebuild.py``, which stands beside this package's modules as ``dsvc/rebuild.py``."""
    return (files("dsvc") / "rebuild.py").read_bytes()
