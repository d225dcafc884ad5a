"""Connections under TLS and through proxies."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from massgen.transport.http import HTTPTransport, Timeouts

from .peers import HEAD, WHOLE, Run, ask, failing, pool, saying, settled
from .servers import Peer, serving, tunnel


def test_tls_verifies_the_name_it_asks_for_and_keeps_the_connection(run: Run, certificate: ssl.SSLContext) -> None:
    names: list[str | None] = []
    certificate.sni_callback = lambda _, name, __: names.append(name)
    certificate.set_alpn_protocols(["h2", "http/1.1"])
    chosen: list[str | None] = []

    async def talk(peer: Peer) -> None:
        chosen.append(peer.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await saying(WHOLE)(peer)

    async def scenario() -> None:
        async with serving(talk, certificate) as server:
            transport = HTTPTransport()
            for _ in range(2):
                assert await ask(transport, f"https://localhost:{server.port}/x") == b"onetwo."
            assert server.connections == 1
            await transport.aclose()
            await settled(lambda: server.open == 0)

    run(scenario())
    assert (names, chosen) == (["localhost"], ["http/1.1"])


def test_a_certificate_that_nobody_vouches_for_or_of_another_host_is_refused(
    run: Run, certificate: ssl.SSLContext, authority: trustme.CA
) -> None:
    stranger = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(stranger)
    elsewhere = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("elsewhere.example").configure_cert(elsewhere)

    async def scenario() -> None:
        for context in (stranger, elsewhere):
            async with serving(saying(WHOLE), context) as server:
                transport = HTTPTransport()
                failure = await failing(transport, f"https://localhost:{server.port}/x")
                assert failure.kind == "connection"
                assert "certificate" in str(failure).lower()
                assert pool(transport) == []

    run(scenario())


def test_a_handshake_that_is_broken_off_or_does_not_come_ends(run: Run, certificate: ssl.SSLContext) -> None:
    async def hangs_up(peer: Peer) -> None:
        await peer.reader.read(65536)

    async def resets(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.writer.transport.abort()

    async def is_silent(peer: Peer) -> None:
        while await peer.reader.read(4096):
            pass

    async def speaks_plainly(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def scenario() -> None:
        kinds = {hangs_up: "connection", resets: "connection", speaks_plainly: "connection", is_silent: "timeout"}
        for talk, kind in kinds.items():
            async with serving(talk) as server:
                transport = HTTPTransport(Timeouts(connect=0.2))
                assert (await failing(transport, f"https://localhost:{server.port}/x")).kind == kind
                await settled(lambda: server.open == 0)

    run(scenario())


@pytest.mark.parametrize("polite", [True, False], ids=["close-notify", "plain-end"])
def test_an_encrypted_answer_that_breaks_off_is_incomplete(run: Run, certificate: ssl.SSLContext, polite: bool) -> None:
    async def talk(peer: Peer) -> None:
        await peer.request()
        await peer.say(HEAD + b"3\r\none\r\n")
        if not polite:
            peer.writer.transport.abort()

    async def scenario() -> None:
        async with serving(talk, certificate) as server:
            transport = HTTPTransport(Timeouts(idle=5))
            assert (await failing(transport, f"https://localhost:{server.port}/x")).kind == "incomplete"

    run(scenario())


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("proxy_scheme", ["http", "https"])
def test_a_proxy_of_the_environment_is_used(
    run: Run, certificate: ssl.SSLContext, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    scheme: str, proxy_scheme: str,
) -> None:  # fmt: skip
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))  # what a proxy of its own certificate needs

    async def scenario() -> None:
        async with (
            serving(saying(WHOLE), certificate if scheme == "https" else None) as origin,
            serving(tunnel, certificate if proxy_scheme == "https" else None) as proxy,
        ):
            monkeypatch.setenv(f"{scheme}_proxy", f"{proxy_scheme}://localhost:{proxy.port}")
            transport = HTTPTransport(Timeouts(idle=5, connect=5))
            for _ in range(2):
                assert await ask(transport, f"{scheme}://localhost:{origin.port}/x") == b"onetwo."
            assert (proxy.connections, origin.connections) == (1, 1)
            await transport.aclose()
            await settled(lambda: proxy.open == origin.open == 0)

    run(scenario())


def test_what_a_proxy_says_before_the_handshake_is_not_taken_for_the_origins(
    run: Run, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with serving(saying(b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE)) as proxy:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
            failure = await failing(HTTPTransport(Timeouts(idle=5, connect=5)), "https://localhost/x")
            assert (failure.kind, "before the TLS handshake" in str(failure)) == ("connection", True)
            await settled(lambda: proxy.open == 0)

    run(scenario())


def test_a_proxy_that_refuses_is_a_connection_failure_and_no_proxy_is_heeded(
    run: Run, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        async with serving(saying(WHOLE), certificate) as origin, serving(saying(refusal)) as proxy:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
            url = f"https://localhost:{origin.port}/x"
            failure = await failing(HTTPTransport(), url)
            assert (failure.kind, "407" in str(failure)) == ("connection", True)
            await settled(lambda: proxy.open == 0)
            monkeypatch.setenv("no_proxy", "localhost")
            assert await ask(HTTPTransport(), url) == b"onetwo."
            assert (proxy.connections, origin.connections) == (1, 1)

    run(scenario())
