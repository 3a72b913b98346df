"""Text that attacks terminals, markup parsers, and readers of reports."""

from __future__ import annotations

HOSTILE = {
    "closing tag": "[/INST] [/b] [/",
    "unclosed tag": "[bold red] [link=",
    "live action": "[@click=app.quit]click[/]",
    "markup escape": "\\[b] {x} $x",
    "wipe the screen": "\x1b[2J\x1b[H",
    "set the clipboard": "\x1b]52;c;aGk=\x07",
    "set the title": "\x1b]0;hacked\x1b\\",
    "c1 controls": "\x9b2J\x90q\x9c",
    "c0 controls": "\x00\x07\x08\x0b\x0c\r\x7f",
    "runs backwards": "\u202eabc\u2066d\u2069",
    "lone surrogate": "\ud800 \udfff",
    "line separators": "a\u2028b\u2029c\x85d",
    "zero width": "a\u200bb\u200dc\ufeffd",
    "combining": "e\u0301" + "o" + "\u0308" * 60,
    "emoji": "👩‍👩‍👧 👍🏽 🇨🇳 1️⃣ ❤️",
    "wide": "中文：“引号”、①…—",
    "tags": "\U000e0041\U000e0042",
    "tab and newline": "a\tb\nc\n\n",
    "empty": "",
    "a long line": "长x" * 500_000,
}

IN_REPORTS = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "out of an attribute": "\"'><svg onload=alert(1)>",
    "end of a section": "]]> --> */ </style></title></code></details>",
    "an entity": "&lt;b&gt; &#x1b; &amp;",
    "a forged command": "a\n::error file=x::forged\r\n::set-env name=X::y%0A::stop-commands::z",
    "an old command": "##[error]forged ##[add-mask]x",
    "table cells": "a | b || c\n| d | e |\n|---|---|",
    "a link": "[click](http://example.com) ![x](https://example.com/a.png) www.example.com <http://example.com>",
    "mentions": "@everyone @org/team #1 GH-1 owner/repo#2",
    "code": "``` `a` ~~~ $x^2$",
    "a heading": "# a\n> b\n- c\n1. d",
}
