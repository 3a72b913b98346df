"""The address that the server listens at."""

from __future__ import annotations

import errno
import secrets
import socket
from ipaddress import ip_address
from typing import Final

from dsvc.errors import UsageError

_WITHOUT_HOST: Final = "leave out --host: then it is for this machine only"


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises UsageError where that cannot be."""
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"there is no address '{host}'", hint=_WITHOUT_HOST) from error
    try:
        return socket.create_server((place[0], port), family=family)
    except OSError as error:
        raise _told(error, host, port) from error


def is_this_machine_only(listening: socket.socket) -> bool:
    """Whether only this machine reaches it."""
    return ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def new_secret() -> str:
    """A path that nobody can guess: 128 bits."""
    return secrets.token_urlsafe(16)


def url(listening: socket.socket, host: str, secret: str) -> str:
    """What to open in a browser: the name that was given, this machine's where that stands for all its addresses."""
    address, port = listening.getsockname()[:2]
    name = socket.gethostname() if ip_address(address.partition("%")[0]).is_unspecified else host
    place = f"[{name}]" if ":" in name else name
    return f"http://{place}:{port}/{secret}/"


def _told(error: OSError, host: str, port: int) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"port {port} is taken", hint="--port with another number; 0 takes any free one")
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"'{host}' is no address of this machine", hint=_WITHOUT_HOST)
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} may not be used by everybody", hint="--port with a number above 1023")
    return UsageError(f"cannot listen at '{host}', port {port}: {error.strerror}")
