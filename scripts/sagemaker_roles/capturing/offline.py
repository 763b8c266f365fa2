"""Keeps a process from connecting to other machines."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Offline(OSError):
    """A connection to another machine was refused because requests are only captured."""


@contextmanager
def offline() -> Iterator[None]:
    """Refuses connections to other machines, and look-ups of their names, as long as it lasts."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any, /) -> None:
        _check(self, address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any, /) -> int:
        _check(self, address)
        return connect_ex(self, address)

    def checked_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name and not is_here(str(name)):
            raise Offline(f"{name}: not connected, because requests are only captured here")
        return look_up(host, *arguments, **options)

    methods: Any = socket.socket
    module: Any = socket
    methods.connect, methods.connect_ex, module.getaddrinfo = checked_connect, checked_connect_ex, checked_look_up
    try:
        yield
    finally:
        methods.connect, methods.connect_ex, module.getaddrinfo = connect, connect_ex, look_up


def is_here(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    if host in ("localhost", ""):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _check(one: socket.socket, address: Any) -> None:
    is_network = one.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple)
    if is_network and not is_here(str(address[0])):
        raise Offline(f"{address[0]}: not connected, because requests are only captured here")
