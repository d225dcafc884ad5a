"""The class of a type in a checkout of MassGen's shape, in terms of what its base classes define."""

from __future__ import annotations

from collections.abc import Callable

from massgen_audit.scaffold.parts import CLI_IMPORTS, SDK_ANSWER, cli_answer, filled, module
from massgen_audit.scaffold.spec import Spec

# The class that each base starts from, with its module in `massgen/backend`.
PARENTS = {
    "chat": ("chat_completions", "ChatCompletionsBackend"),
    "response": ("response", "ResponseBackend"),
    "custom": ("chat_completions", "ChatCompletionsBackend"),
    "cli": ("base", "LLMBackend"),
    "sdk": ("base", "LLMBackend"),
}
_HTTP = '''\
class $cls($parent):
    """$title over HTTP. What it does differently goes into methods of this class."""

    BASE_URL = "$base_url"

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("base_url", self.BASE_URL)
        super().__init__($key, **kwargs)$parts

    def get_provider_name(self) -> str:
        return "$title"

    def get_supported_builtin_tools(self) -> list[str]:
        return []
'''
_PARTS = """
        self.formatter = ${stem}Formatter()
        self.api_params_handler = ${stem}APIParamsHandler(self)"""
_WRAPPER = '''\
class $cls(LLMBackend):
    """$title through its own $kind. Tools are refused until `answer` hands them over."""

    def get_provider_name(self) -> str:
        return "$title"

    def get_filesystem_support(self) -> FilesystemSupport:
        return FilesystemSupport.NONE

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any], **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        """Stream one answer as chunks, the last of which is `done`."""
        params = {**self.config, **kwargs}
        model = params.setdefault("model", "auto")
        written, problem = "", "the stream was left before its end"
$start        try:
            if tools:
                raise ValueError("this backend takes no tools")
            async for text in self.answer(messages, params):
$first                written += text
                yield StreamChunk(type="content", content=text)
            problem = ""
        except Exception as error:
            problem = f"$title: {error or type(error).__name__}"
        finally:
$end            self.update_token_usage(messages, written, model)
        if problem:
            yield StreamChunk(type="error", error=problem)
        else:
            message = {"role": "assistant", "content": written}
            yield StreamChunk(type="complete_message", complete_message=message)
        yield StreamChunk(type="done")

'''
_BESIDE = {
    "massgen/formatter/_${name}_formatter.py": '''\
"""Messages and tools for $title. It starts as the Chat wire's: override what differs."""

from ._chat_completions_formatter import ChatCompletionsFormatter


class ${stem}Formatter(ChatCompletionsFormatter):
    """Writes messages and tools as $title takes them."""
''',
    "massgen/api_params_handler/_${name}_api_params_handler.py": '''\
"""Parameters for $title. They start as the Chat wire's: override what differs."""

from ._chat_completions_api_params_handler import ChatCompletionsAPIParamsHandler


class ${stem}APIParamsHandler(ChatCompletionsAPIParamsHandler):
    """Bodies for $title."""
''',
}
_WIRES = {"chat": "OpenAI's Chat wire", "response": "OpenAI's Responses wire", "custom": "a wire of its own"}
_TIMED = "start_api_call_timing"


def sources(spec: Spec, defines: Callable[[str], bool]) -> dict[str, str]:
    """The files of a type, by path. `defines` says whether the checkout has a method of that name."""
    files = {f"massgen/backend/{spec.name}.py": _http(spec) if spec.over_http else _wrapper(spec, defines)}
    if spec.base == "custom":
        files |= {filled(path, spec): filled(text, spec) for path, text in _BESIDE.items()}
    return files


def _http(spec: Spec) -> str:
    home, parent = PARENTS[spec.base]
    # The parent looks for OpenAI's key where it is given none, and that key must not reach another's server.
    keys = {
        "key": "api_key",
        "oauth": 'api_key or os.getenv("$variable") or access_token()',
        "none": 'api_key or "none"',
    }
    own = {f".{home}:{parent}"}
    if spec.base == "custom":
        own |= {
            filled("..api_params_handler._${name}_api_params_handler:${stem}APIParamsHandler", spec),
            filled("..formatter._${name}_formatter:${stem}Formatter", spec),
        }
    wanted = {"typing:Any", *(("os",) if spec.auth == "oauth" else ())}
    parts = filled(_PARTS, spec) if spec.base == "custom" else ""
    body = filled(_HTTP, spec, parent=parent, key=filled(keys[spec.auth], spec), parts=parts)
    return module(spec, _WIRES[spec.base], wanted, own, body)


def _wrapper(spec: Spec, defines: Callable[[str], bool]) -> str:
    command = spec.base == "cli"
    found = f'self.api_key or os.getenv("{spec.variable}")'
    key = {"key": "self.api_key", "oauth": f"{found} or access_token()", "none": '"none"'}[spec.auth]
    wanted = {"typing:Any", "collections.abc:AsyncGenerator", *(("os",) if spec.auth == "oauth" else ())}
    wanted |= CLI_IMPORTS if command else set()
    timed = defines(_TIMED)
    steps = {
        "start": "        self.start_api_call_timing(model)\n" if timed else "",
        "first": "                self.record_first_token()\n" if timed else "",
        "end": "            self.end_api_call_timing(success=not problem, error=problem or None)\n" if timed else "",
    }
    answer = cli_answer(spec, key) if command else SDK_ANSWER
    kind = "command line" if command else "SDK"
    body = filled(_WRAPPER + answer, spec, kind=kind, key=key, **steps)
    own = {".base:FilesystemSupport", ".base:LLMBackend", ".base:StreamChunk"}
    return module(spec, f"its own {kind}", wanted, own, body)
