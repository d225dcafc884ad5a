"""`create_backend`, and the `massgen` command: `backends`, `chat`, `validate`.

The command prints the answer on standard output and everything else (thinking, progress, the account, errors) on
standard error, so that an answer can be piped. Exit codes of `chat`: 0 answered, 1 the provider failed, 2 usage or
configuration, 130 interrupted. Of `validate`: 0 valid, 1 problems, 2 unreadable.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from massgen.backend import factory
from massgen.backend.base import LLMBackend
from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.backend.stream_chunk import StreamChunk
from massgen.errors import ConfigurationError

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def create_backend(backend_type: str, **config: Any) -> LLMBackend:
    """A backend of `backend_type` (in any case) with `config` over the registry's defaults.

    The key is `config["api_key"]` or comes from the environment variables that the registry names for the type. Raises
    `ConfigurationError` with every problem at once. The same as `BackendFactory.create`.
    """
    return factory.create(backend_type, **config)


def main(argv: Sequence[str] | None = None) -> int:
    """The `massgen` command. Returns its exit code; `argv` is without the program's name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a character is no failure
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except ConfigurationError as error:
        _complain(error.problems)
        return MISUSED
    except KeyboardInterrupt:
        _complain(["interrupted"])
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the answer has gone: nothing may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="massgen", description="Every LLM provider behind one streaming interface.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    backends = commands.add_parser("backends", help="list the backend types")
    backends.add_argument("--json", action="store_true", help="print the registry as JSON")
    backends.set_defaults(run=_backends)

    chat = commands.add_parser("chat", help="ask one question and stream the answer")
    chat.add_argument("prompt", nargs="?", help="the question; read from standard input if absent or -")
    chat.add_argument("--backend", required=True, metavar="TYPE", help="a type of `massgen backends`")
    chat.add_argument("--model", metavar="NAME", help="instead of the type's default model")
    chat.add_argument("--base-url", metavar="URL", help="instead of the provider's own address")
    chat.add_argument("--system", metavar="TEXT", help="a system message")
    chat.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an option; VALUE may be JSON")
    chat.add_argument("--json", action="store_true", help="print every chunk as one line of JSON")
    chat.add_argument("--report", action="store_true", help="then print calls, tokens and cost as a table on stderr")
    chat.set_defaults(run=_chat)

    validate = commands.add_parser("validate", help="check configuration files")
    validate.add_argument("files", nargs="+", metavar="FILE")
    validate.set_defaults(run=_validate)
    return parser


class _Version(argparse.Action):
    """Looks the version up when it is asked for: reading a distribution's metadata costs more than the parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"massgen {version('massgen-backends')}\n")
        parser.exit()


def _complain(lines: Sequence[str]) -> None:
    for line in lines:
        sys.stderr.write(f"massgen: {line}\n")


def _backends(arguments: argparse.Namespace) -> int:
    rows = list(BACKEND_CAPABILITIES.values())
    if arguments.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(rows, order="deterministic")).decode() + "\n")
        return OK
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("type", "default model", "key in"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        key = " or ".join(row.key_variables) or "by base_url"
        model = "(yours)" if row.is_open else row.default_model
        table.add_row(row.backend_type, model, key)
    Console().print(table)
    return OK


def _validate(arguments: argparse.Namespace) -> int:
    from massgen.config_validator import Severity, validate_file

    code = OK
    for name in arguments.files:
        try:
            problems = validate_file(name)
        except OSError as error:
            _complain([f"{name}: {error.strerror or error}"])
            return MISUSED
        for problem in problems:
            sys.stdout.write(f"{name}:{problem}\n")
        errors = sum(problem.severity is Severity.ERROR for problem in problems)
        if errors:
            code = FAILED
        else:
            sys.stdout.write(f"{name}: valid\n")
    return code


def _chat(arguments: argparse.Namespace) -> int:
    prompt = arguments.prompt
    if prompt in (None, "-"):
        if sys.stdin.isatty():
            raise ConfigurationError('no question: massgen chat --backend TYPE "..."')
        prompt = sys.stdin.read()
    if not prompt.strip():
        raise ConfigurationError("the question is empty")
    options = dict(_option(text) for text in arguments.set)
    options |= _given(model=arguments.model, base_url=arguments.base_url)
    backend = create_backend(arguments.backend, **options)
    messages = [{"role": "user", "content": prompt}]
    if arguments.system:
        messages.insert(0, {"role": "system", "content": arguments.system})
    code = asyncio.run(_stream(backend, messages, as_json=arguments.json))
    if arguments.report:
        _report(backend, as_json=arguments.json)
    return code


def _report(backend: LLMBackend, *, as_json: bool) -> None:
    """What was used, on standard error: a table, or one line of JSON."""
    report = backend.usage_report()
    if as_json:
        sys.stderr.write(msgspec.json.encode(report.to_dict()).decode() + "\n")
        return
    from rich.console import Console

    Console(stderr=True).print(report)


def _given(**options: str | None) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name or name == "backend_type":
        raise ConfigurationError(f"--set takes NAME=VALUE, not {text!r}")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


async def _stream(backend: LLMBackend, messages: list[dict[str, str]], *, as_json: bool) -> int:
    screen = None if as_json else _Screen()
    code = OK
    async with backend, aclosing(backend.stream_with_tools(messages, [])) as chunks:
        async for chunk in chunks:
            if chunk.type == "error":
                code = FAILED
            if screen is None:
                sys.stdout.write(msgspec.json.encode(chunk).decode() + "\n")
                sys.stdout.flush()
            else:
                screen.show(chunk)
    if screen is not None:
        screen.summarise(backend)
    return code


# What a terminal would act on: everything below the blank but tab and line feed, DEL, and C1.
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if code not in (9, 10)}


class _Screen:
    """The answer on standard output as it arrives; thinking dimmed, and everything else, on standard error."""

    def __init__(self) -> None:
        from rich.console import Console

        self._notes = Console(stderr=True, highlight=False, soft_wrap=True)
        self._at_margin = True
        self._answering = False  # whether the last text was the answer's
        self._status: str | None = None
        self._beside: list[str] = []  # what belongs to the answer and is no text

    def show(self, chunk: StreamChunk) -> None:
        if chunk.type == "content":
            self._answer(_printable(chunk.content or ""))
        elif chunk.type in ("reasoning", "reasoning_summary"):
            self._note(chunk.reasoning_delta or chunk.reasoning_summary_delta or "")
        elif chunk.type in ("reasoning_done", "reasoning_summary_done"):
            self._margin()
        elif chunk.type == "tool_calls":
            for call in chunk.tool_calls or ():
                self._line(f"calls {call['function']['name']} {call['function']['arguments']}", "dim")
        elif chunk.type == "error":
            self._line(chunk.error or "failed", "red")
        elif chunk.type == "media":
            self._beside.append(f"media: {chunk.detail} (--json prints it whole)")
        elif chunk.type == "complete_message":
            self._beside += [f"source: {address}" for address in _sources(chunk.complete_message or {})]
        elif chunk.type == "done":
            self._status = chunk.status
        elif chunk.status and chunk.detail and chunk.type != "media_progress":
            self._line(f"{chunk.status}: {chunk.detail}", "dim")

    def summarise(self, backend: LLMBackend) -> None:
        """What the answer cites, then one line: tokens, cost, time to the first token, whole time, how it ended."""
        if not self._at_margin and self._answering:
            self._answer("\n")
        for line in self._beside:
            self._line(line, "dim")
        usage, calls = backend.token_usage, backend.get_api_call_history()
        parts = []
        if usage.input_tokens or usage.output_tokens:
            tokens = f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"
            tokens += f" ({usage.reasoning_tokens:,} thinking)" if usage.reasoning_tokens else ""
            tokens += " (estimated)" if usage.estimated_calls else ""
            parts += [tokens, f"cost {backend.format_cost()}"]
        if calls and calls[-1].time_to_first_token_ms:
            parts.append(f"first token {calls[-1].time_to_first_token_ms / 1000:.2f} s")
        parts.append(f"{sum(call.duration_ms for call in calls) / 1000:.2f} s")
        parts.append(self._status or "interrupted")
        self._line(" · ".join(parts), "dim")

    def _answer(self, text: str) -> None:
        """The model's text as it is; only what a terminal would act on is left out."""
        if not self._answering:
            self._margin()
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
            self._answering, self._at_margin = True, text.endswith("\n")

    def _note(self, text: str, style: str = "dim") -> None:
        from rich.text import Text

        text = _printable(text)
        if text:
            if self._answering:
                self._margin()
            self._notes.print(Text(text, style), end="")
            self._answering, self._at_margin = False, text.endswith("\n")

    def _margin(self) -> None:
        """Begin a new line where the cursor stands inside of one."""
        if not self._at_margin:
            self._notes.print()
            self._at_margin = True

    def _line(self, text: str, style: str) -> None:
        self._margin()
        self._note(text + "\n", style)


def _sources(message: dict[str, Any]) -> list[str]:
    """What the answer cites, each once, in its order."""
    cited = (annotation.get(annotation.get("type")) or {} for annotation in message.get("annotations") or ())
    named = (about.get("url") or about.get("filename") or about.get("file_id") for about in cited)
    return list(dict.fromkeys(str(name) for name in named if name))


def _printable(text: str) -> str:
    return text.translate(_CONTROLS)


if __name__ == "__main__":
    sys.exit(main())
