"""Keeps a process from reaching any other: what it connects to, sends to and looks up is its own, or is refused."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .call_log import Ledger

_SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
_NETWORK = {socket.AF_INET, socket.AF_INET6}

#: Sockets to the kernel of this machine (Linux).
_KERNEL = {getattr(socket, name) for name in ("AF_NETLINK", "AF_ALG") if hasattr(socket, name)}

_active: list[Ledger] = []
_hooked: list[bool] = []


class Offline(OSError):
    """A connection to another machine or program was refused because requests are only captured."""


@contextmanager
def offline(ledger: Ledger) -> Iterator[None]:
    """Refuses whatever a socket would send to anything that was not opened under it, and look-ups of names.

    Loopback is no exception: a proxy or a tunnel on it leads out.

    Args:
        ledger: what processes of one run share, and what they listen to.
    """
    if not _hooked:
        sys.addaudithook(_hook)  # stays, and does nothing outside the block; patches would miss what C code calls
        _hooked.append(True)
    changed: Any = socket.socket
    plain = changed.bind

    def bind(self: socket.socket, address: Any, /) -> None:
        plain(self, address)
        ledger.add(bound=_key(self, self.getsockname()))

    changed.bind = bind
    _active.append(ledger)
    try:
        yield
    finally:
        if not sys.is_finalizing():  # objects that are taken apart at the end of a process can still send
            _active.remove(ledger)
            changed.bind = plain


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket.") or not _active:
        return
    if event in _SENDS:
        one, address = arguments[:2]
        if one.family in _NETWORK:
            is_near = isinstance(address, tuple) and isinstance(address[0], str) and is_here(address[0])
        else:
            is_near = one.family == getattr(socket, "AF_UNIX", None)
        if address is None or one.family in _KERNEL:
            return
        if is_near and any(known["bound"] == _key(one, address) for known in _active[-1].records("bound")):
            return
        where = f"{address[0]}:{address[1]}" if isinstance(address, tuple) and len(address) > 1 else str(address)
    elif event in _LOOK_UPS:
        host = arguments[0][0] if event == "socket.getnameinfo" else arguments[0]
        where = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host or "")
        if is_here(where):
            return
    else:
        return
    raise Offline(f"{where}: not connected, because requests are only captured here")


def is_here(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    if host in ("localhost", ""):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _key(one: socket.socket, address: Any) -> str:
    if one.family in _NETWORK:
        return f"{int(one.type)}:{address[1]}"
    if not isinstance(address, (str, bytes)):
        return f"{one.family}:{address}"
    path = os.fsdecode(address)
    return path if path.startswith("\0") else str(Path(path).absolute())


# --- a network namespace (Linux) --------------------------------------------------------------------------------------

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41


def isolating() -> Callable[[], None] | None:
    """What a process calls before its program begins, to have a network without a way out; None where that is unknown.

    Where the system refuses, the process goes on in the network that it had.
    """
    if sys.platform != "linux":
        return None
    try:
        import ctypes
        import fcntl

        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (ImportError, OSError, AttributeError):
        return None
    user, group = os.getuid(), os.getgid()
    maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}

    def isolate() -> None:
        if unshare(_NEW_NET) != 0:
            if unshare(_NEW_USER | _NEW_NET) != 0:
                return
            for name, text in maps.items():
                with suppress(OSError):  # names of users are then not known; access to files is as before
                    Path(f"/proc/self/{name}").write_text(text)
        # Where this is refused, servers of its own are out of reach.
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            fcntl.ioctl(one, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP_AND_RUNNING))

    return isolate


def is_isolated(process: int) -> bool:
    """Whether a process has another network than this one."""
    try:
        return Path(f"/proc/{process}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
    except OSError:
        return False
