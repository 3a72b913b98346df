"""Who may talk to the server: pages of its own, under a name that no stranger can point at it, by a secret address.

Any page in any tab may open a websocket to a port of this machine. The browser says in ``Origin`` which page it is, and
in ``Host`` under which name it asks: a name of somebody else's can be made to lead here (DNS rebinding).
"""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp.typedefs import Handler, Middleware

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Sent with every answer: the page takes nothing from elsewhere, and lies in no frame of another page."""


def guard(names: Collection[str], secret: str) -> Middleware:
    """Refuses what comes from another page, or was asked for under another name than these, addresses, or localhost.

    The first part of the path must be the ``secret``: other users of the machine reach the port, too.
    """

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not may_be_called(request.host, names):
            raise web.HTTPForbidden(text=f"dsvc is not served under the name '{request.host}'\n")
        if not is_own_page(request):
            raise web.HTTPForbidden(text="dsvc talks to its own page only\n")
        if not compare_digest(request.path.split("/")[1].encode(), secret.encode()):
            raise web.HTTPForbidden(text="open the whole address that dsvc tui --serve has printed\n")
        return await handler(request)

    return guarded


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add :data:`HEADERS` to an answer."""
    response.headers.update(HEADERS)


def may_be_called(host: str, names: Collection[str]) -> bool:
    """Whether ``Host`` is an address, localhost, or one of the names: nobody else decides where these lead."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name in names or _is_address(name)


def is_own_page(request: web.Request) -> bool:
    """Whether the page that asks came from here. A websocket always says where its page came from."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Upgrade") is None
    return origin.lower() in (f"http://{request.host}".lower(), f"https://{request.host}".lower())


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
