"""The pieces of source that the classes of both kinds of checkout share.

A name after a dollar sign is replaced: `$name`, `$cls`, `$stem`, `$title`, `$variable`, `$base_url`.
"""

from __future__ import annotations

from string import Template

from massgen_audit.scaffold.spec import Spec

LOGIN = '''\
TOKEN_FILE = Path.home() / ".config" / "massgen" / "$name.json"


def cached_token() -> str | None:
    """What a login has left: `{"access_token": "...", "expires_at": seconds}`; None if it has expired."""
    try:
        found = json.loads(TOKEN_FILE.read_text(encoding="utf-8"))
        token, end = found["access_token"], float(found.get("expires_at") or "inf")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return str(token) if token and end > time.time() else None


def access_token() -> str:
    """The cached token. Raises LookupError, which says how to log in."""
    token = cached_token()
    if token is None:
        raise LookupError(f"log in, or set $variable: {TOKEN_FILE} holds no valid token")
    return token
'''
LOGIN_IMPORTS = ("json", "time", "pathlib:Path")

SDK_ANSWER = '''\
    async def answer(self, messages: list[Any], params: dict[str, Any]) -> AsyncGenerator[str, None]:
        """The text of one answer, piece by piece. Put the names of the SDK's own package, client and calls here."""
        from $name import AsyncClient

        async with AsyncClient(api_key=$key) as client:
            async for text in client.stream(model=params["model"], messages=messages):
                yield text
'''

_CLI_ANSWER = '''\
    def arguments(self, params: dict[str, Any]) -> list[str]:
        """How the program is asked for JSON lines. They start as Gemini CLI's: put the program's own here."""
        return ["--model", params["model"], "--output-format", "stream-json"]

    def prompt(self, messages: list[dict[str, Any]]) -> str:
        """The conversation as one text. Raises ValueError for a part that is no text."""
        said = []
        for message in messages:
            content = message.get("content") or ""
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            if strange := [part.get("type") for part in parts if part.get("type") != "text"]:
                raise ValueError(f"a part of type {strange[0]!r} cannot be shown to the program: leave it out")
            said.append((message["role"], "".join(part["text"] for part in parts)))
        return said[0][1] if len(said) == 1 else "\\n\\n".join(f"{role}: {text}" for role, text in said)

    def read(self, event: dict[str, Any]) -> tuple[str, bool]:
        """The text in a line of output, and whether it is the last line. Raises RuntimeError for a failure."""
        if event.get("type") == "message" and event.get("role") == "assistant":
            return event["content"], False
        if event.get("type") == "result" and event.get("status") != "success":
            raise RuntimeError(event["error"]["message"])
        return "", event.get("type") == "result"

    async def answer(self, messages: list[Any], params: dict[str, Any]) -> AsyncGenerator[str, None]:
        """The text that the program puts out, piece by piece, while its process runs. Raises OSError,
        TimeoutError after a silence, EOFError for half an answer, RuntimeError or ValueError for none.
        """
        command, pipe = params.get("command") or "$program", asyncio.subprocess.PIPE
        words = [command] if isinstance(command, str) else list(command)
        prompt, ended = self.prompt(messages), False
        kept = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER")  # no secret of another's reaches the program
        environment = {name: os.environ[name] for name in kept if name in os.environ}$environment
        process = await asyncio.create_subprocess_exec(
            *words,
            *self.arguments(params),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=environment,
            start_new_session=True,  # what the program starts ends with it
        )
        assert process.stdin and process.stdout and process.stderr
        tasks = [asyncio.create_task(process.stderr.read()), asyncio.create_task(self.tell(process.stdin, prompt))]
        try:
            rest, received = b"", b"more"
            while received:
                async with asyncio.timeout(params.get("idle_timeout", 300)):
                    received = await process.stdout.read(65536)
                *lines, rest = (rest + (received or b"\\n")).split(b"\\n")
                for line in filter(bytes.strip, lines):
                    try:
                        text, last = self.read(json.loads(line))
                    except json.JSONDecodeError:
                        if received:
                            raise
                        break  # half a line: the program died in it
                    ended = ended or last
                    if text:
                        yield text
            if await process.wait() or not ended:
                told = (await tasks[0] or b"").decode("utf-8", "replace").strip()
                raise EOFError(f"it ended with {process.returncode} before its answer was over: {told[-500:]}")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.stdout.read()
                await process.wait()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def tell(self, stdin: asyncio.StreamWriter, prompt: str) -> None:
        """Write the prompt and end the input; a program that does not read it is no error."""
        with suppress(ConnectionError):
            stdin.write(prompt.encode())
            await stdin.drain()
        stdin.close()
'''
CLI_IMPORTS = {"asyncio", "json", "os", "signal", "contextlib:suppress"}


_HEAD = '''\
"""$title: $what. Say here where it is documented, and where the facts below come from."""

from __future__ import annotations

'''


def cli_answer(spec: Spec, key: str) -> str:
    """The method `answer` of a command line that finds its key in its environment. `key` is an expression."""
    own = "" if spec.auth == "none" else f' | {{"{spec.variable}": {key} or ""}}'
    return _CLI_ANSWER.replace("$environment", own)


def module(spec: Spec, what: str, standard: set[str], own: set[str], body: str) -> str:
    """The text of a backend's module: its head, what it imports, how it logs in if it does, and its class."""
    login = ""
    if spec.auth == "oauth":
        standard = {*standard, *LOGIN_IMPORTS}
        login = filled(LOGIN, spec) + "\n\n"
    head = filled(_HEAD, spec, what=what) + imports(standard)
    return f"{head}\n{imports({filled(item, spec) for item in own})}\n{login or chr(10)}{body}"


def imports(wanted: set[str]) -> str:
    """Import statements in order: `module`, or `module:name` for `from module import name`."""
    plain = sorted(f"import {name}" for name in wanted if ":" not in name)
    chosen: dict[str, list[str]] = {}
    for item in wanted:
        module, colon, name = item.partition(":")
        if colon:
            chosen.setdefault(module, []).append(name)
    lines = [*plain, *(f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(chosen.items()))]
    return "".join(f"{line}\n" for line in lines)


def filled(text: str, spec: Spec, **more: str) -> str:
    """`text` with the facts of a type, and `more`, for its names."""
    return Template(text).substitute(
        name=spec.name,
        cls=spec.cls,
        stem=spec.stem,
        title=spec.title,
        variable=spec.variable or "",
        base_url=spec.base_url,
        program=spec.name.replace("_", "-"),
        **more,
    )
