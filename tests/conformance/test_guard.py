"""The guard: loopback passes, everything else fails by name, and nothing is left behind."""

from __future__ import annotations

import asyncio
import socket

import pytest

from massgen_conformance import guard
from massgen_conformance.player import Player

ELSEWHERE = "192.0.2.1"  # TEST-NET-1, RFC 5737: nobody is there


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("", True),
        (None, True),
        ("0.0.0.0", False),  # every address of this machine, and what some systems route to it
        (ELSEWHERE, False),
        ("::ffff:192.0.2.1", False),
        ("localhost.example.com", False),
        ("api.openai.com", False),
    ],
)
def test_only_the_loopback_is_local(host: str | None, local: bool) -> None:
    assert guard.is_local(host) is local


def test_a_connection_elsewhere_is_refused_by_name() -> None:
    with guard.closed() as watch, socket.socket() as sock, pytest.raises(guard.Offline, match=r"192\.0\.2\.1:443"):
        sock.connect((ELSEWHERE, 443))
    assert watch.attempts == ["192.0.2.1:443"]


def test_connect_ex_and_datagrams_are_guarded_too() -> None:
    with guard.closed() as watch, socket.socket(type=socket.SOCK_DGRAM) as sock:
        with pytest.raises(guard.Offline):
            sock.connect_ex((ELSEWHERE, 53))
        with pytest.raises(guard.Offline):
            sock.sendto(b"?", (ELSEWHERE, 53))
    assert len(watch.attempts) == 2


async def test_a_name_is_not_looked_up() -> None:
    with guard.closed() as watch, pytest.raises(OSError, match="offline"):
        await asyncio.open_connection("api.example.com", 443)
    assert watch.attempts == ["api.example.com:443"]


async def test_the_player_can_be_reached(player: Player) -> None:
    with guard.closed() as watch:
        _, writer = await asyncio.open_connection("127.0.0.1", player.port)
        writer.close()
        await writer.wait_closed()
    assert watch.attempts == []


def test_unix_sockets_pass() -> None:
    ours, theirs = socket.socketpair()
    with guard.closed(), ours, theirs:
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"


def test_the_socket_module_is_as_it_was_afterwards() -> None:
    before = [getattr(socket.socket, name) for name in guard.ADDRESS_AT] + [socket.getaddrinfo]
    with pytest.raises(RuntimeError), guard.closed():
        raise RuntimeError
    assert [getattr(socket.socket, name) for name in guard.ADDRESS_AT] + [socket.getaddrinfo] == before


def test_guards_can_stand_inside_each_other() -> None:
    with guard.closed() as outer, guard.closed() as inner, socket.socket() as sock, pytest.raises(guard.Offline):
        sock.connect((ELSEWHERE, 80))
    assert (outer.attempts, inner.attempts) == ([], ["192.0.2.1:80"])
