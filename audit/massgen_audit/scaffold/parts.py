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
    async def answer(self, messages: list[Any], params: dict[str, Any]) -> AsyncGenerator[str, None]:
        """What the program prints, line by line; it reads the request as JSON. Raises OSError and RuntimeError."""
        command = params.get("command") or ["$program"]
        pipe = asyncio.subprocess.PIPE
$environment        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe$env)
        assert process.stdin and process.stdout and process.stderr
        complaints = asyncio.create_task(process.stderr.read())
        try:
            process.stdin.write(json.dumps({"model": params["model"], "messages": messages}).encode())
            process.stdin.close()
            async for line in process.stdout:
                yield line.decode("utf-8", "replace")
            if await process.wait():
                told = (await complaints).decode("utf-8", "replace").strip()
                raise RuntimeError(f"{command[0]} ended with {process.returncode}: {told[-500:]}")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await asyncio.gather(complaints, return_exceptions=True)
'''


_HEAD = '''\
"""$title: $what. Say here where it is documented, and where the facts below come from."""

from __future__ import annotations

'''


def cli_answer(spec: Spec, key: str) -> str:
    """The method `answer` of a command line that finds its key in its environment. `key` is an expression."""
    needed = spec.auth != "none"
    line = f'        environment = {{**os.environ, "{spec.variable}": {key} or ""}}\n' if needed else ""
    return _CLI_ANSWER.replace("$environment", line).replace("$env", ", env=environment" if needed else "")


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
