"""Nothing leaves the machine: IP connections and name look-ups go to the loopback or fail, naming the host.

The guard replaces `connect`, `connect_ex`, `sendto` and `getaddrinfo` of the `socket` module while it is closed. It
sees every client that uses Python's sockets, whatever its transport (httpx, httpx2, aiohttp, requests, an SDK's own);
it does not see a library that opens sockets in its own C code. Unix sockets pass.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

IP_FAMILIES = (socket.AF_INET, socket.AF_INET6)
ADDRESS_AT = {"connect": 0, "connect_ex": 0, "sendto": -1}  # where each method takes the address
LOCAL_NAMES = frozenset({"localhost", "ip6-localhost", "", None})


class Offline(ConnectionRefusedError):
    """Something under test tried to leave the machine during an offline run."""

    def __init__(self, host: str, port: object) -> None:
        self.host = host
        super().__init__(
            f"massgen-conformance runs offline, and something tried to reach {host}:{port}. The subject must use the "
            "base_url that it is given; `--live` or a recording mode opens the network"
        )


@dataclass(slots=True)
class Guard:
    """What was attempted while the guard was closed: `host:port`, in order."""

    attempts: list[str] = field(default_factory=list)

    def admit(self, host: object, port: object) -> None:
        """Raise `Offline` and note the attempt unless `host` is this machine."""
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if is_local(name):
            return
        self.attempts.append(f"{name}:{port}")
        raise Offline(str(name), port)


def is_local(host: object) -> bool:
    """Whether a host as given to `connect` or `getaddrinfo` is the loopback."""
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@contextmanager
def closed() -> Iterator[Guard]:
    """Keep the process offline inside the block; yields the guard, whose `attempts` a check can read."""
    guard = Guard()
    look_up = socket.getaddrinfo
    inherited = {name: getattr(socket.socket, name) for name in ADDRESS_AT}

    def guarded_look_up(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        guard.admit(host, port)
        return look_up(host, port, *arguments, **options)

    for name, position in ADDRESS_AT.items():
        setattr(socket.socket, name, _guarded(guard, inherited[name], position))
    setattr(socket, "getaddrinfo", guarded_look_up)  # noqa: B010  # mypy refuses an assignment to a function
    try:
        yield guard
    finally:
        setattr(socket, "getaddrinfo", look_up)  # noqa: B010
        for name, method in inherited.items():
            setattr(socket.socket, name, method)


def _guarded(guard: Guard, original: Callable[..., Any], position: int) -> Callable[..., Any]:
    def method(sock: socket.socket, *arguments: Any) -> Any:
        address = arguments[position] if arguments else None
        if sock.family in IP_FAMILIES and isinstance(address, tuple):
            guard.admit(address[0], address[1])
        return original(sock, *arguments)

    return method
