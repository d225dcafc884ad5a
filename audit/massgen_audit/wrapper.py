"""A second backend for examples: one that wraps a command with tools of its own. Data, like the skeleton."""

from __future__ import annotations

from massgen_audit.rule import Edit

PATH = "massgen/backend/tool_cli.py"

_LAST = "    def _update_token_usage_from_api_response(self, usage, model):\n        self.usage = usage\n"
_SHARED = _LAST + (
    "\n\ndef get_multimodal_tool_definitions():\n    return []\n"
    "\n\ndef build_workflow_instructions(tools):\n    return ''\n"
    "\n\ndef parse_workflow_tool_calls(text):\n    return []\n"
)

MIXIN = '''\
class NativeToolBackendMixin:
    def __init_native_tool_mixin__(self):
        self.adapter = None

    def get_disallowed_tools(self, config):
        """Tools to switch off."""
        raise NotImplementedError

    def get_tool_category_overrides(self):
        """Category to "skip" or "override"."""
        raise NotImplementedError

    def supports_native_hooks(self):
        return self.adapter is not None

    def get_native_hook_adapter(self):
        return self.adapter

    def set_native_hooks_config(self, config):
        self.hooks = config

    def _init_native_hook_adapter(self, dotted):
        self.adapter = dotted
'''

HOOKS = """\
from abc import ABC, abstractmethod


class NativeHookAdapter(ABC):
    @abstractmethod
    def convert_hook(self, hook):
        ...


class ToolCLIHooks(NativeHookAdapter):
    def convert_hook(self, hook):
        return hook
"""

WRAPPER = """\
from ..mcp_tools.custom_tools_server import build_server_config, write_tool_specs
from .base import (
    LLMBackend,
    StreamChunk,
    build_workflow_instructions,
    get_multimodal_tool_definitions,
    parse_workflow_tool_calls,
)
from .native_tool_mixin import NativeToolBackendMixin


class ToolCLIBackend(NativeToolBackendMixin, LLMBackend):
    def __init__(self, api_key=None, **kwargs):
        super().__init__(api_key, **kwargs)
        self.__init_native_tool_mixin__()
        self._init_native_hook_adapter("massgen.mcp_tools.hooks.ToolCLIHooks")
        self.tools = get_multimodal_tool_definitions()

    async def stream_with_tools(self, messages, tools, **kwargs):
        write_tool_specs(self.tools, "specs.json")
        answer = await self.run(build_workflow_instructions(tools), build_server_config("specs.json"))
        yield StreamChunk(type="tool_calls", tool_calls=parse_workflow_tool_calls(answer))
        yield StreamChunk(type="done")

    def get_provider_name(self):
        return "Tool CLI"

    def get_disallowed_tools(self, config):
        return ["Bash"]

    def get_tool_category_overrides(self):
        return {"filesystem": "skip", "command_execution": "override"}
"""


def with_wrapper(old: str = "", new: str = "") -> tuple[Edit, ...]:
    """The edits that add the wrapper, its text changed in one place. Raises ValueError if `old` is not there once."""
    if old and WRAPPER.count(old) != 1:
        raise ValueError(f"{old!r} occurs {WRAPPER.count(old)} times in the wrapper")
    return (
        Edit("massgen/backend/base.py", _LAST, _SHARED),
        Edit("massgen/backend/native_tool_mixin.py", "", MIXIN),
        Edit("massgen/mcp_tools/__init__.py", "", '"""Tools."""\n'),
        Edit("massgen/mcp_tools/hooks.py", "", HOOKS),
        Edit("massgen/mcp_tools/custom_tools_server.py", "", _SERVER),
        Edit(PATH, "", WRAPPER.replace(old, new) if old else WRAPPER),
    )


AS_WRAPPER = (
    Edit(
        "massgen/backend/acme.py",
        "        params = await self.api_params_handler.build_api_params(messages, tools, kwargs)\n",
        "        params = await self.run(messages, tools)\n",
    ),
    Edit("massgen/backend/acme.py", "        self.api_params_handler = AcmeAPIParamsHandler(self)\n", ""),
    Edit(
        "massgen/backend/acme.py",
        "from .base_with_custom_tool_and_mcp import CustomToolAndMCPBackend\n",
        "from .base import LLMBackend\n",
    ),
    Edit("massgen/backend/acme.py", "class AcmeBackend(CustomToolAndMCPBackend):", "class AcmeBackend(LLMBackend):"),
)
"""The edits that make the skeleton's own backend one that wraps something."""

_SERVER = """\
def write_tool_specs(tools, path):
    return path


def build_server_config(path):
    return {"command": path}
"""
