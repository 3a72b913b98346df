"""One page of HTML that needs nothing else: light and dark, no script at all.

Text from records is made visible and escaped; a policy in the page forbids the browser to load or run anything.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2328; --dim: #59636e; --page: #fff; --line: #d1d9e0;
  --error: #cf222e; --warning: #9a6700; --note: #0969da; --good: #1a7f37 }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --dim: #9198a1; --page: #0d1117; --line: #3d444d;
  --error: #f85149; --warning: #d29922; --note: #4493f8; --good: #3fb950 } }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: var(--ink); background: var(--page);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem } .dim { color: var(--dim) }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600 }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top;
  overflow-wrap: anywhere }
td.place { white-space: nowrap } td.path { min-width: 8rem }
code { font-family: ui-monospace, monospace; font-size: .9em }
details { border-top: 1px solid var(--line); padding: .5rem 0 } summary { cursor: pointer }
.error { color: var(--error); fill: var(--error) } .warning { color: var(--warning); fill: var(--warning) }
.note { color: var(--note); fill: var(--note) } .passed { color: var(--good) } .failed { color: var(--error) }
svg { max-width: 100%; height: auto } svg text { fill: var(--ink); font: 13px system-ui, sans-serif }
svg .axis { stroke: var(--line) }
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def html_text(text: str) -> str:
    """Any text, safe to stand in a page."""
    return escape(safe(text))


def page(title: str, parts: Iterable[str]) -> str:
    """The whole page around parts that are HTML; ``title`` is text."""
    head = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html_text(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html_text(title)}</h1>",
    ]
    return "\n".join([*head, *parts, "</body></html>", ""])
