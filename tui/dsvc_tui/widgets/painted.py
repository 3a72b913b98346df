"""Widgets that draw their own lines out of parts, quickly: styles are looked up once a paint, not once a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.widget import Widget

from dsvc_tui.drawing import LOOKS, strip_of
from dsvc_tui.guarded import Guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Region
    from textual.strip import Strip

    from dsvc_tui.drawing import Part


class Painted(Guarded, Widget):
    """Has a style for each look; :meth:`paint` makes a line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"painted--{look}" for look in (*LOOKS, "cursor")}
    DEFAULT_CSS = """
    Painted {
        & > .painted--strong { text-style: bold; }
        & > .painted--heading { color: $text-primary; text-style: bold; }
        & > .painted--dim { text-style: dim; }
        & > .painted--added { color: $text-success; }
        & > .painted--removed { color: $text-error; text-style: strike; }
        & > .painted--changed { color: $text-warning; }
        & > .painted--moved { color: $text-accent; }
        & > .painted--same { color: $text-secondary; }
        & > .painted--warning { color: $text-warning; text-style: bold; }
        & > .painted--match { text-style: reverse; }
        & > .painted--key { color: $text-accent; text-style: bold; }
    }
    """

    _base = Style.null()
    _width = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines."""
        self._base = self.rich_style
        self._width = self.size.width
        return super().render_lines(crop)

    def paint(self, parts: Sequence[Part], base: Style | None = None) -> Strip:
        """A line of the widget's width."""
        return strip_of(parts, self._width, self._base if base is None else base, self._look)

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"painted--{name}", partial=True)
