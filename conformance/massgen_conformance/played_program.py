"""What a played command-line agent does: `program` writes this file out as an executable, with a call of `play` below.

A process is started for each answer that is played, so nothing is imported that costs time: HTTP and JSON are a few
lines here. The program tells the player how it was started and copies what comes back to its standard output.
"""

from __future__ import annotations

import _socket
import os
import sys

KILL = 9
FILE_BYTES = 65536  # of a file that the program was shown, at most
ESCAPES = {number: f"\\u{number:04x}" for number in (*range(32), *range(127, 160), *range(0xD800, 0xE000), 34, 92)}


def quoted(text: str) -> str:
    """A JSON string."""
    return f'"{text.translate(ESCAPES)}"'


def given(reads: str) -> str:
    """The standard input, as far as this program reads it before it says anything."""
    if reads == "agent":  # one line where they come one by one, else all of it
        follows = dict(zip(sys.argv, sys.argv[1:], strict=False))
        reads = "line" if follows.get("--input-format") == "stream-json" else "everything"
    held = b""
    while reads != "nothing" and not (reads == "line" and b"\n" in held):
        try:
            more = os.read(0, 1 if reads == "line" else FILE_BYTES)
        except OSError:  # there is no standard input
            break
        if not more:
            break
        held += more
    return held.decode("utf-8", "surrogateescape")


def shown_files() -> dict[str, str]:
    """The small files that an argument or a variable names."""
    found = {}
    for word in (*sys.argv[1:], *os.environ.values()):
        path = word.rpartition("=")[2].strip("\"'")
        if path.startswith("/") and os.path.isfile(path) and os.path.getsize(path) <= FILE_BYTES:
            with open(path, "rb") as file:  # pathlib costs more than the whole program
                found[path] = file.read().decode("utf-8", "surrogateescape")
    return found


def told(reads: str) -> str:
    """How the program was started, as JSON."""
    arguments = ",".join(quoted(argument) for argument in sys.argv[1:])
    heard = quoted(given(reads))
    files = ",".join(f"{quoted(path)}:{quoted(text)}" for path, text in shown_files().items())
    return f'{{"arguments":[{arguments}],"input":{heard},"folder":{quoted(os.getcwd())},"files":{{{files}}}}}'


class Wire:
    """The connection to the player, read piece by piece."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((host, port))
        self.held = b""
        self.out = 0  # bytes put out so far

    def more(self) -> None:
        received = self.socket.recv(65536)
        if not received:
            raise OSError("the answer was cut off")
        self.held += received

    def until(self, end: bytes) -> bytes:
        while end not in self.held:
            self.more()
        found, _, self.held = self.held.partition(end)
        return found

    def tell(self) -> None:
        """How much is out. A player that has left is not told, and what it had sent before is put out all the same."""
        try:
            self.socket.sendall(b"%d\n" % self.out)
        except OSError:
            pass

    def copy(self, size: int) -> None:
        """Put out the next `size` bytes as they come."""
        while size:
            if not self.held:
                self.more()
            piece, self.held = self.held[:size], self.held[size:]
            size -= len(piece)
            self.out += len(piece)
            while piece:
                piece = piece[os.write(1, piece) :]
            self.tell()


def copy(wire: Wire, headers: dict[str, str]) -> None:
    """Put out the body."""
    if "content-length" in headers:
        wire.copy(int(headers["content-length"]))
        return
    while size := int(wire.until(b"\r\n").partition(b";")[0], 16):
        wire.copy(size)
        wire.until(b"\r\n")


def play(host: str, port: int, target: str, reads: str) -> None:
    """The whole life of the program. An answer that is cut off ends it by a signal."""
    said = told(reads).encode()
    head = [f"POST {target} HTTP/1.1", f"host: {host}", "content-type: application/json"]
    head += [f"content-length: {len(said)}", "x-tells-output: 1"]
    head += [f"environment: {name}={quoted(value)[1:-1]}" for name, value in os.environ.items()]
    try:
        wire = Wire(host, port)
        wire.socket.sendall("\r\n".join((*head, "", "")).encode("utf-8", "replace") + said)
        lines = wire.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines[1:]]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        complaint = bytes.fromhex(headers.get("x-standard-error", ""))
        while complaint:
            complaint = complaint[os.write(2, complaint) :]
        copy(wire, headers)
    except OSError:
        os.kill(os.getpid(), KILL)
    os._exit(int(headers.get("x-exit-code", "0")))
