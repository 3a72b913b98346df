"""Widgets that draw their own lines out of parts, quickly.

Looks are made of the theme once, not of the stylesheet for each widget: that took a fifth of the time to first rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from dsvc_tui.drawing import strip_of
from dsvc_tui.guarded import Guarded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import App
    from textual.geometry import Region
    from textual.strip import Strip

    from dsvc_tui.drawing import Part

_LOOKS: Final[Mapping[str, tuple[str | None, Style]]] = {
    "strong": (None, Style(bold=True)),
    "heading": ("text-primary", Style(bold=True)),
    "dim": (None, Style(dim=True)),
    "added": ("text-success", Style()),
    "error": ("text-error", Style(bold=True)),
    "removed": ("text-error", Style(strike=True)),
    "changed": ("text-warning", Style()),
    "moved": ("text-accent", Style()),
    "same": ("text-secondary", Style()),
    "warning": ("text-warning", Style(bold=True)),
    "match": (None, Style(reverse=True)),
    "key": ("text-accent", Style(bold=True)),
}
"""Each look: a colour of the theme, and what says the same without colours."""
_BACKGROUNDS: Final[Mapping[str, tuple[str, Style]]] = {
    "cursor": ("panel-lighten-2", Style()),
    "focused-cursor": ("primary-muted", Style(bold=True)),
}


class Painted(Guarded, Widget):
    """Has a style for each look; :meth:`paint` makes a line."""

    _base = Style.null()
    _width = 0
    _looks: Mapping[str, Style] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """The visible lines."""
        self._base = self.rich_style
        self._width = self.scrollable_size.width  # what lies below a scrollbar is not seen: an ellipsis neither
        self._looks = looks_of(self.app)
        return super().render_lines(crop)

    def paint(self, parts: Sequence[Part], base: Style | None = None) -> Strip:
        """A line of the widget's width."""
        return strip_of(parts, self._width, self._base if base is None else base, self._looks.__getitem__)


_known: dict[str, Mapping[str, Style]] = {}


def looks_of(app: App[object]) -> Mapping[str, Style]:
    """The styles of all looks in the theme that is in force."""
    found = _known.get(app.theme)
    if found is None:
        colours = app.theme_variables
        found = _known[app.theme] = {
            **{
                name: style + Style(color=Color.parse(colours[colour]).rich_color) if colour else style
                for name, (colour, style) in _LOOKS.items()
            },
            **{
                name: style + Style(bgcolor=Color.parse(colours[colour]).rich_color)
                for name, (colour, style) in _BACKGROUNDS.items()
            },
        }
    return found
