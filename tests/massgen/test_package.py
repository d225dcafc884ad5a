"""The package as others import it."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import massgen
import massgen.backend

PUBLIC = [
    "AzureOpenAIBackend",
    "BackendFactory",
    "CerebrasBackend",
    "ChatCompletionsBackend",
    "ClaudeBackend",
    "ConfigurationError",
    "DeepSeekBackend",
    "ErrorInfo",
    "FireworksBackend",
    "GeminiBackend",
    "GrokBackend",
    "GroqBackend",
    "InferenceBackend",
    "LLMBackend",
    "LMStudioBackend",
    "MassgenError",
    "MistralBackend",
    "MoonshotBackend",
    "NebiusBackend",
    "NvidiaNIMBackend",
    "OllamaBackend",
    "OpenRouterBackend",
    "PoeBackend",
    "QwenBackend",
    "ResponseBackend",
    "SGLangBackend",
    "StreamChunk",
    "TogetherBackend",
    "TokenUsage",
    "UITARSBackend",
    "VLLMBackend",
    "ZAIBackend",
    "create_backend",
]
BACKEND = [
    "BACKEND_CAPABILITIES",
    "AzureOpenAIBackend",
    "BackendCapabilities",
    "BackendFactory",
    "Capability",
    "CerebrasBackend",
    "ChatCompletionsBackend",
    "ChunkType",
    "ClaudeBackend",
    "CoordinationStage",
    "DeepSeekBackend",
    "ErrorInfo",
    "ErrorKind",
    "FilesystemSupport",
    "FinishStatus",
    "FireworksBackend",
    "GeminiBackend",
    "GrokBackend",
    "GroqBackend",
    "InferenceBackend",
    "LLMBackend",
    "LMStudioBackend",
    "MistralBackend",
    "MoonshotBackend",
    "NebiusBackend",
    "NvidiaNIMBackend",
    "OllamaBackend",
    "OpenRouterBackend",
    "PoeBackend",
    "QwenBackend",
    "ResponseBackend",
    "SGLangBackend",
    "StreamChunk",
    "TogetherBackend",
    "TokenUsage",
    "UITARSBackend",
    "VLLMBackend",
    "ZAIBackend",
    "get_capabilities",
]
MODULES = [info.name for info in pkgutil.walk_packages(massgen.__path__, "massgen.")]


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_public_names_are_these() -> None:
    assert massgen.__all__ == PUBLIC
    assert massgen.backend.__all__ == BACKEND


@pytest.mark.parametrize("module", ["massgen", "massgen.backend"])
def test_every_public_name_is_there_and_listed(module: str) -> None:
    package = importlib.import_module(module)
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match=rf"module '{module}' has no attribute 'nonsense'"):
        _ = package.nonsense


def test_importing_the_package_imports_nobody_elses() -> None:
    """Listing the backends neither."""
    heavy = "{'httpx2', 'httpx', 'rich', 'yaml', 'genai_prices', 'pydantic', 'openai', 'anthropic', 'asyncio', 'ssl'}"
    assert run(f"import massgen, sys; print({heavy} & set(sys.modules))").strip() == "set()"
    assert run(f"import sys; from massgen.backend.capabilities import get_all_backend_types; get_all_backend_types(); "
               f"print({heavy} & set(sys.modules))").strip() == "set()"  # fmt: skip


def test_making_a_backend_imports_neither_the_http_client_nor_prices_nor_another_provider() -> None:
    code = """
import sys
from massgen import create_backend
from massgen.backend import GroqBackend, StreamChunk
assert isinstance(create_backend("groq", api_key="k"), GroqBackend)
print({"httpx2", "rich", "yaml", "genai_prices", "massgen.backend.claude", "massgen.backend.gemini"} & set(sys.modules))
"""
    assert run(code).strip() == "set()"


def test_the_command_explains_itself_without_the_tables_and_the_client() -> None:
    code = """
import contextlib, io, sys
from massgen.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
print({"httpx2", "rich", "yaml", "genai_prices"} & set(sys.modules))
"""
    assert run(code).strip() == "set()"


def test_importing_the_package_costs_at_most_half_more_than_its_http_client() -> None:
    """CPU time, the best of several runs of each in turn, because other programs share the machine."""
    code = "import time; began = time.process_time(); import {}; print(time.process_time() - began)"
    spent = {name: min(float(run(code.format(name))) for _ in range(5)) for name in ("massgen", "httpx2")}
    assert spent["massgen"] <= 1.5 * spent["httpx2"]


def test_every_module_can_be_imported_first() -> None:
    """No import is circular. Each module is imported in a fork of one interpreter that has imported nothing of ours."""
    code = f"""
import importlib, os, sys
import asyncio, msgspec
for name in {MODULES}:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
            os._exit(0)
        except BaseException as error:
            print(name, repr(error), flush=True)
            os._exit(1)
    os.waitpid(child, 0)
"""
    assert len(MODULES) > 40
    assert run(code) == ""
