"""The class of a type where one HTTP backend has the order of things and a provider states its differences."""

from __future__ import annotations

from massgen_audit.scaffold.parts import CLI_IMPORTS, SDK_ANSWER, cli_answer, filled, module
from massgen_audit.scaffold.spec import Spec

NEEDED = "massgen/backend/http.py"  # what tells this kind of checkout

_CLASSES = {
    "chat": (
        "OpenAI's Chat wire",
        {
            "massgen.backend.chat_completions:ChatCompletionsBackend",
            "massgen.backend.chat_dialect:ChatDialect",
        },
        '''\
class $cls(ChatCompletionsBackend):
    """What $title does differently goes into `dialect`, each field with its source."""

    backend_type: ClassVar[str] = "$name"
    dialect = ChatDialect()
''',
    ),
    "response": (
        "OpenAI's Responses wire",
        {"massgen.backend.response:ResponseBackend"},
        '''\
class $cls(ResponseBackend):
    """What $title does differently goes into methods of this class, each with its source."""

    backend_type: ClassVar[str] = "$name"
''',
    ),
    "custom": (
        "a wire of its own",
        {
            "massgen.api_params_handler._${name}_api_params_handler:${stem}APIParamsHandler",
            "massgen.backend.call_ids:CallIds",
            "massgen.backend.chat_dialect:ChatDialect",
            "massgen.backend.http:HTTPBackend",
            "massgen.formatter._${name}_formatter:${stem}Formatter",
            "massgen.wire.${name}:${stem}Decoder",
        },
        '''\
class $cls(HTTPBackend):
    """$title's own API. It starts as the Chat wire; formatter, params handler and decoder say what differs."""

    backend_type: ClassVar[str] = "$name"

    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.formatter = ${stem}Formatter()
        self.api_params_handler = ${stem}APIParamsHandler(self)$login

    def dialect_for(self, model: str) -> ChatDialect:
        return ChatDialect()

    def endpoint(self, model: str) -> str:
        return f"{self.base_url}/chat/completions"

    def request_headers(self, body: dict[str, Any]) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def new_decoder(self, ids: CallIds) -> ${stem}Decoder:
        return ${stem}Decoder(self.get_provider_name(), ids, self.dialect_for(""))
''',
    ),
}
_LOGGED_IN = """
    def __init__(self, api_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(api_key, **kwargs)
        self.token = None if api_key else access_token
"""
_WRAPPER = '''\
class $cls(LLMBackend):
    """$title through its own $kind. Tools are refused until `answer` hands them over."""

    backend_type: ClassVar[str] = "$name"

    def get_provider_name(self) -> str:
        return self.capabilities.provider_name

    async def stream_with_tools(
        self, messages: list[Any], tools: list[Any] | None = None, **kwargs: Any
    ) -> AsyncGenerator[StreamChunk, None]:
        """Stream one answer under the chunk contract. Raises ConfigurationError for a request that cannot work."""
        params = {**self.config, **kwargs}
        params["model"] = model = params.get("model") or self.capabilities.default_model
        if tools:
            raise ConfigurationError("$name: tools: this backend takes none")
        written, problem, kind = "", "the stream was left before its end", "server"
        call = self.start_api_call_timing(model, kwargs.get("agent_id"))
        try:
            async for text in self.answer(messages, params):
                self.record_first_token(call)
                written += text
                yield StreamChunk("content", content=text)
            problem = ""
        except Exception as error:
            problem = f"$title: {error or type(error).__name__}"
            kinds = {"TimeoutError": "timeout", "EOFError": "incomplete", "JSONDecodeError": "malformed"}
            kind = kinds.get(type(error).__name__, "server")
        finally:
            self.end_api_call_timing(not problem, problem or None, call)
            self._estimate_token_usage(messages, written, model)
        if problem:
            info = ErrorInfo(kind=kind, provider=self.get_provider_name())
            yield StreamChunk("error", error=redact(problem, [self.api_key or ""]), error_info=info)
        else:
            yield StreamChunk("complete_message", complete_message={"role": "assistant", "content": written})
        yield StreamChunk("done", status="error" if problem else "stop")

'''
_WRAPPED = {
    "massgen.backend.base:LLMBackend",
    "massgen.backend.stream_chunk:ErrorInfo",
    "massgen.backend.stream_chunk:StreamChunk",
    "massgen.errors:ConfigurationError",
    "massgen.redact:redact",
}
_BESIDE = {
    "massgen/formatter/_${name}_formatter.py": '''\
"""Messages and tools for $title. It starts as the Chat wire's: override what differs."""

from __future__ import annotations

from massgen.formatter._chat_completions_formatter import ChatCompletionsFormatter


class ${stem}Formatter(ChatCompletionsFormatter):
    """Writes messages and tools as $title takes them."""
''',
    "massgen/api_params_handler/_${name}_api_params_handler.py": '''\
"""Parameters for $title. They start as the Chat wire's: override what differs."""

from __future__ import annotations

from massgen.api_params_handler._chat_completions_api_params_handler import ChatCompletionsAPIParamsHandler


class ${stem}APIParamsHandler(ChatCompletionsAPIParamsHandler):
    """Bodies for $title."""
''',
    "massgen/wire/${name}.py": '''\
"""The stream of $title. It starts as the Chat wire's: override what differs."""

from __future__ import annotations

from massgen.wire.openai_chat import ChatDecoder


class ${stem}Decoder(ChatDecoder):
    """Decodes the stream of $title into chunks."""
''',
}


def sources(spec: Spec) -> dict[str, str]:
    """The files of a type, by path."""
    files = {f"massgen/backend/{spec.name}.py": _wrapper(spec) if not spec.over_http else _http(spec)}
    if spec.base == "custom":
        files |= {filled(path, spec): filled(text, spec) for path, text in _BESIDE.items()}
    return files


def _http(spec: Spec) -> str:
    what, own, body = _CLASSES[spec.base]
    logs_in = spec.auth == "oauth"
    wanted = {"typing:ClassVar", *({"typing:Any"} if logs_in or spec.base == "custom" else ())}
    if logs_in and spec.base != "custom":
        body += _LOGGED_IN
    login = "\n        self.token = None if api_key else access_token" if logs_in else ""
    return module(spec, what, wanted, own, filled(body, spec, login=login))


def _wrapper(spec: Spec) -> str:
    command = spec.base == "cli"
    logs_in = spec.auth == "oauth"
    key = "self.api_key or access_token()" if logs_in else "self.api_key" if spec.auth == "key" else '"none"'
    wanted = {"typing:Any", "typing:ClassVar", "collections.abc:AsyncGenerator"}
    wanted |= CLI_IMPORTS if command else set()
    answer = cli_answer(spec, key) if command else SDK_ANSWER
    body = filled(_WRAPPER + answer, spec, kind="command line" if command else "SDK", key=key)
    return module(spec, f"its own {'command line' if command else 'SDK'}", wanted, _WRAPPED, body)
