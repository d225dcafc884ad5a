"""The small checkout that every rule example edits: one type, `acme`, integrated in all fifteen places.

It is data for examples and tests; nothing in it is ever executed.
"""

from __future__ import annotations

from massgen_audit.skeleton_docs import GENERATED, GENERATOR, GUIDE, SCHEMA

BASE = '''\
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum


class FilesystemSupport(Enum):
    NONE = "none"
    NATIVE = "native"
    MCP = "mcp"


@dataclass
class StreamChunk:
    type: str
    content: str | None = None
    error: str | None = None
    usage: dict | None = None


class LLMBackend(ABC):
    def __init__(self, api_key=None, **kwargs):
        self.api_key = api_key
        self.config = kwargs
        self.formatter = None
        self.api_params_handler = None
        self.workspace = kwargs.get("cwd")

    @classmethod
    def get_base_excluded_config_params(cls):
        return {"cwd", "type"}

    @abstractmethod
    async def stream_with_tools(self, messages, tools, **kwargs):
        """Stream."""

    @abstractmethod
    def get_provider_name(self):
        """Name."""

    def get_filesystem_support(self):
        return FilesystemSupport.NONE

    def get_supported_builtin_tools(self):
        return []

    def is_stateful(self):
        return False

    def start_api_call_timing(self, model):
        self.timing = model

    def record_first_token(self):
        self.first = True

    def end_api_call_timing(self, success, error=None):
        self.success = success

    def _update_token_usage_from_api_response(self, usage, model):
        self.usage = usage
'''

CUSTOM = """\
from .base import FilesystemSupport, LLMBackend, StreamChunk


class CustomToolAndMCPBackend(LLMBackend):
    def get_filesystem_support(self):
        return FilesystemSupport.MCP
"""

ACME = """\
from ..api_params_handler._acme_api_params_handler import AcmeAPIParamsHandler
from ..formatter._acme_formatter import AcmeFormatter
from .base import StreamChunk
from .base_with_custom_tool_and_mcp import CustomToolAndMCPBackend


class AcmeBackend(CustomToolAndMCPBackend):
    def __init__(self, api_key=None, **kwargs):
        super().__init__(api_key, **kwargs)
        self.formatter = AcmeFormatter()
        self.api_params_handler = AcmeAPIParamsHandler(self)

    async def stream_with_tools(self, messages, tools, **kwargs):
        self.start_api_call_timing(kwargs["model"])
        try:
            async for event in self._events(messages, tools, kwargs):
                self.record_first_token()
                yield StreamChunk(type="content", content=event)
            self.end_api_call_timing(success=True)
        except OSError as error:
            self.end_api_call_timing(success=False, error=str(error))
            yield StreamChunk(type="error", error=str(error))
        self._update_token_usage_from_api_response({}, kwargs["model"])
        yield StreamChunk(type="done")

    async def _events(self, messages, tools, kwargs):
        params = await self.api_params_handler.build_api_params(messages, tools, kwargs)
        for text in params:
            yield text
        self.calls = StreamChunk(type="tool_calls", tool_calls=[])

    def get_provider_name(self):
        return "Acme"

    def get_supported_builtin_tools(self):
        return ["search"]
"""

# The same backend right under the root class.
ACME_ON_ROOT = ACME.replace(
    "from .base import StreamChunk\nfrom .base_with_custom_tool_and_mcp import ", "from .base import StreamChunk, "
)
ACME_ON_ROOT = ACME_ON_ROOT.replace("CustomToolAndMCPBackend", "LLMBackend")

BACKEND_INIT = """\
from .acme import AcmeBackend
from .base import LLMBackend, StreamChunk

__all__ = [
    "AcmeBackend",
    "LLMBackend",
    "StreamChunk",
]
"""

CAPABILITIES = """\
from dataclasses import dataclass


@dataclass
class BackendCapabilities:
    backend_type: str
    provider_name: str
    supported_capabilities: set[str]
    builtin_tools: list[str]
    filesystem_support: str
    models: list[str]
    default_model: str
    env_var: str | None = None
    notes: str = ""
    model_release_dates: dict[str, str] | None = None
    base_url: str | None = None


BACKEND_CAPABILITIES: dict[str, BackendCapabilities] = {
    "acme": BackendCapabilities(
        backend_type="acme",
        provider_name="Acme",
        supported_capabilities={"mcp"},
        builtin_tools=["search"],
        filesystem_support="mcp",
        models=["acme-2", "acme-1"],
        default_model="acme-2",
        env_var="ACME_API_KEY",
        model_release_dates={"acme-2": "2025-06", "acme-1": "2024-06"},
    ),
}
"""

CLI = '''\
import os

from .backend.acme import AcmeBackend


class ConfigurationError(Exception):
    """A configuration that cannot work."""


def create_backend(backend_type: str, **kwargs):
    if backend_type == "acme":
        api_key = kwargs.get("api_key") or os.getenv("ACME_API_KEY")
        if not api_key:
            raise ConfigurationError("Acme API key not found. Set ACME_API_KEY.")
        return AcmeBackend(api_key=api_key, **kwargs)
    else:
        raise ConfigurationError(f"Unsupported backend type: {backend_type}")
'''

VALIDATOR = """\
from .backend.capabilities import BACKEND_CAPABILITIES


class ConfigValidator:
    def _validate_backend(self, backend_config, location, result):
        backend_type = backend_config["type"]
        if backend_type not in BACKEND_CAPABILITIES:
            result.add_error(f"Unknown backend type: {backend_type}", location)
"""

PRICING = """\
from dataclasses import dataclass


@dataclass
class ModelPricing:
    input_cost_per_1k: float
    output_cost_per_1k: float


class TokenCostCalculator:
    PROVIDER_PRICING: dict[str, dict[str, ModelPricing]] = {
        "Acme": {
            "acme-2": ModelPricing(0.002, 0.01),
            "acme-1": ModelPricing(0.001, 0.005),
        },
    }

    def get_model_pricing(self, provider, model):
        return self.PROVIDER_PRICING.get(provider, {}).get(model)
"""

FORMATTER_BASE = '''\
from abc import ABC, abstractmethod


class FormatterBase(ABC):
    @abstractmethod
    def format_messages(self, messages):
        """Messages."""

    @abstractmethod
    def format_tools(self, tools):
        """Tools."""

    @abstractmethod
    def format_mcp_tools(self, tools):
        """MCP tools."""
'''

FORMATTER = """\
from ._formatter_base import FormatterBase


class AcmeFormatter(FormatterBase):
    def format_messages(self, messages):
        return messages

    def format_tools(self, tools):
        return tools

    def format_mcp_tools(self, tools):
        return tools
"""

HANDLER_BASE = '''\
from abc import ABC, abstractmethod


class APIParamsHandlerBase(ABC):
    def __init__(self, backend):
        self.backend = backend

    @abstractmethod
    async def build_api_params(self, messages, tools, all_params):
        """Parameters."""

    @abstractmethod
    def get_excluded_params(self):
        """Names."""

    @abstractmethod
    def get_provider_tools(self, all_params):
        """Tools."""

    def get_base_excluded_params(self):
        return {"cwd", "type"}
'''

HANDLER = """\
from ._api_params_handler_base import APIParamsHandlerBase


class AcmeAPIParamsHandler(APIParamsHandlerBase):
    async def build_api_params(self, messages, tools, all_params):
        excluded = self.get_excluded_params()
        return {name: value for name, value in all_params.items() if name not in excluded}

    def get_excluded_params(self):
        return self.get_base_excluded_params() | {"enable_search"}

    def get_provider_tools(self, all_params):
        return []
"""

TEST = """\
from massgen.backend.acme import AcmeBackend


def test_acme_names_its_provider():
    assert AcmeBackend(api_key="key").get_provider_name() == "Acme"
"""

REGISTRY_TEST = """\
from massgen.backend.capabilities import BACKEND_CAPABILITIES


def test_every_entry_is_under_its_own_name():
    assert all(BACKEND_CAPABILITIES[name].backend_type == name for name in BACKEND_CAPABILITIES)
"""

CONFIG = """\
agents:
  - id: agent
    backend:
      type: acme
      model: acme-2
"""

SKELETON: dict[str, str] = {
    "massgen/__init__.py": "",
    "massgen/backend/base.py": BASE,
    "massgen/backend/base_with_custom_tool_and_mcp.py": CUSTOM,
    "massgen/backend/acme.py": ACME,
    "massgen/backend/__init__.py": BACKEND_INIT,
    "massgen/backend/capabilities.py": CAPABILITIES,
    "massgen/cli.py": CLI,
    "massgen/config_validator.py": VALIDATOR,
    "massgen/token_manager/__init__.py": "",
    "massgen/token_manager/token_manager.py": PRICING,
    "massgen/formatter/__init__.py": "",
    "massgen/formatter/_formatter_base.py": FORMATTER_BASE,
    "massgen/formatter/_acme_formatter.py": FORMATTER,
    "massgen/api_params_handler/__init__.py": "",
    "massgen/api_params_handler/_api_params_handler_base.py": HANDLER_BASE,
    "massgen/api_params_handler/_acme_api_params_handler.py": HANDLER,
    "massgen/tests/test_acme_backend.py": TEST,
    "massgen/tests/test_capabilities.py": REGISTRY_TEST,
    "massgen/configs/providers/acme/single_acme.yaml": CONFIG,
    "docs/source/reference/yaml_schema.rst": SCHEMA,
    "docs/source/user_guide/backends.rst": GUIDE,
    "docs/scripts/generate_backend_tables.py": GENERATOR,
    "docs/source/reference/supported_models.rst": GENERATED,
}
