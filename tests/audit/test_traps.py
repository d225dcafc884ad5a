"""The ten ways in which a naive checker is wrong about real MassGen code, each as a small checkout."""

from __future__ import annotations

from massgen_audit.api import audit_tree
from massgen_audit.rule import Edit, load_rules, select
from massgen_audit.testing import build_files
from massgen_audit.tree import MemoryTree
from massgen_audit.values import Finding, Status

ACME = "massgen/backend/acme.py"
CLI = "massgen/cli.py"
REGISTRY = "massgen/backend/capabilities.py"


def verdict(code: str, *edits: Edit, backend: str = "acme") -> Finding:
    rule = select(load_rules(), code)
    assert rule is not None
    audit = audit_tree(MemoryTree(build_files(edits)), rules=[rule])
    return next(item for item in audit.findings() if item.code == code and item.backend == backend)


def test_1_chunk_types_may_be_members_of_an_enumeration_and_of_another_class() -> None:
    edits = (
        Edit(
            "massgen/stream_chunk/__init__.py",
            "",
            'from enum import Enum\nclass ChunkType(Enum):\n    DONE = "done"\nclass TextStreamChunk: pass\n',
        ),
        Edit(
            ACME, '        yield StreamChunk(type="done")\n', ("        yield TextStreamChunk(type=ChunkType.DONE)\n")
        ),
        Edit(
            ACME,
            "from .base import StreamChunk\n",
            "from ..stream_chunk import ChunkType, TextStreamChunk\nfrom .base import StreamChunk\n",
        ),
    )
    assert verdict("MG121", *edits).status is Status.PRESENT


def test_2_chunks_that_are_passed_on_are_neither_there_nor_missing() -> None:
    relay = (
        "    async def stream_with_tools(self, messages, tools, **kwargs):\n"
        "        async for chunk in self.adapter.execute_streaming(messages, tools, **kwargs):\n"
        "            yield chunk\n\n"
        "    async def _unused(self, messages, tools, **kwargs):\n"
    )
    edit = Edit(ACME, "    async def stream_with_tools(self, messages, tools, **kwargs):\n", relay)
    assert verdict("MG121", edit).status is Status.UNVERIFIABLE
    assert verdict("MG131", edit).status is Status.UNVERIFIABLE


def test_3_all_may_be_appended_to_under_a_condition() -> None:
    edits = (
        Edit("massgen/backend/__init__.py", '    "AcmeBackend",\n', ""),
        Edit(
            "massgen/backend/__init__.py",
            '    "StreamChunk",\n]\n',
            '    "StreamChunk",\n]\nif AcmeBackend:\n    __all__.append("AcmeBackend")\n',
        ),
    )
    assert verdict("MG202", *edits).status is Status.PRESENT


def test_4_a_provider_reaches_its_prices_through_an_alias() -> None:
    pricing = "massgen/token_manager/token_manager.py"
    edits = (
        Edit(pricing, '        "Acme": {', '        "Acme Corp": {'),
        Edit(pricing, ".get(provider, {})", '.get({"acme": "Acme Corp"}.get(provider.lower(), provider), {})'),
    )
    assert verdict("MG302", *edits).status is Status.PRESENT


def test_5_one_class_may_serve_several_types() -> None:
    edits = (
        Edit(CLI, 'if backend_type == "acme":', 'if backend_type in ["acme", "acme_eu"]:'),
        Edit(
            REGISTRY,
            '    "acme": BackendCapabilities(',
            (
                '    "acme_eu": BackendCapabilities(\n'
                '        "acme_eu", "Acme EU", {"mcp"}, ["search"], "mcp", ["e"], "e", "ACME_API_KEY"\n'
                "    ),\n"
                '    "acme": BackendCapabilities('
            ),
        ),
    )
    for name in ("acme", "acme_eu"):
        assert verdict("MG101", *edits, backend=name).status is Status.PRESENT
        assert verdict("MG201", *edits, backend=name).status is Status.PRESENT


def test_6_a_type_may_be_served_by_the_adapter_registry() -> None:
    edits = (
        Edit(
            "massgen/adapters/__init__.py",
            "",
            'adapter_registry = {}\ntry:\n    adapter_registry["frame"] = object\nexcept ImportError:\n    pass\n',
        ),
        Edit(
            CLI,
            '    if backend_type == "acme":\n',
            (
                "    from massgen.adapters import adapter_registry\n\n"
                "    if backend_type in adapter_registry:\n        return AcmeBackend(**kwargs)\n"
                '    if backend_type == "acme":\n'
            ),
        ),
    )
    assert verdict("MG211", *edits, backend="frame").status is Status.PRESENT


def test_6_what_an_adapter_demands_is_its_types_special_rule() -> None:
    edits = (
        Edit(
            "massgen/adapters/__init__.py",
            "",
            "class FrameAdapter:\n    def __init__(self, **kwargs):\n"
            "        if not kwargs.get('agent_config'):\n            raise ValueError('agent_config is needed')\n\n\n"
            'adapter_registry = {"frame": FrameAdapter}\n',
        ),
        Edit(
            "massgen/backend/external.py",
            "",
            "from ..adapters import adapter_registry\nfrom .base import LLMBackend, StreamChunk\n\n\n"
            "class ExternalAgentBackend(LLMBackend):\n    def __init__(self, adapter_type, api_key=None, **kwargs):\n"
            "        self.adapter = adapter_registry[adapter_type](**kwargs)\n"
            "        super().__init__(api_key, **kwargs)\n\n"
            "    async def stream_with_tools(self, messages, tools, **kwargs):\n"
            "        yield StreamChunk(type='done')\n\n"
            "    def get_provider_name(self):\n        return 'frame'\n",
        ),
        Edit(
            CLI,
            '    if backend_type == "acme":\n',
            "    from massgen.adapters import adapter_registry\n"
            "    from massgen.backend.external import ExternalAgentBackend\n\n"
            "    if backend_type in adapter_registry:\n        return ExternalAgentBackend(backend_type, **kwargs)\n"
            '    if backend_type == "acme":\n',
        ),
    )
    found = verdict("MG242", *edits, backend="frame")
    assert found.status is Status.MISSING
    assert "agent_config" in found.message


def test_7_a_call_in_a_guarded_helper_of_the_base_counts() -> None:
    edits = (
        Edit(ACME, '        self.start_api_call_timing(kwargs["model"])\n', "        self._begin(kwargs)\n"),
        Edit(
            "massgen/backend/base_with_custom_tool_and_mcp.py",
            "    def get_filesystem_support",
            "    def _begin(self, kwargs):\n        try:\n            if hasattr(self, 'start_api_call_timing'):\n"
            "                self.start_api_call_timing(kwargs['model'])\n"
            "        except AttributeError:\n            pass\n\n"
            "    def get_filesystem_support",
        ),
    )
    found = verdict("MG131", *edits)
    assert found.status is Status.PRESENT
    assert "CustomToolAndMCPBackend._begin" in found.evidence[0].via


def test_8_an_override_that_cuts_the_base_off_is_found() -> None:
    child = (
        "from .acme import AcmeBackend\nfrom .base import StreamChunk\n\n\nclass ChildBackend(AcmeBackend):\n"
        "    async def stream_with_tools(self, messages, tools, **kwargs):\n        yield StreamChunk(type='done')\n"
    )
    edits = (
        Edit("massgen/backend/child.py", "", child),
        Edit(
            CLI,
            "from .backend.acme import AcmeBackend\n",
            "from .backend.acme import AcmeBackend\nfrom .backend.child import ChildBackend\n",
        ),
        Edit(
            CLI,
            "        return AcmeBackend(api_key=api_key, **kwargs)\n",
            "        return ChildBackend(api_key=api_key, **kwargs)\n",
        ),
    )
    assert verdict("MG134", *edits).status is Status.MISSING


def test_9_a_directory_of_examples_may_have_any_name() -> None:
    config = "agents:\n  - backend: {type: acme, model: acme-2}\n"
    edits = (
        Edit("massgen/configs/providers/acme/single_acme.yaml", "type: acme", "type: other"),
        Edit("massgen/configs/providers/others/a.yaml", "", config),
    )
    assert verdict("MG801", *edits).status is Status.PRESENT


def test_10_a_method_that_this_checkout_does_not_have_is_asked_of_nobody() -> None:
    edits = (
        Edit("massgen/backend/base.py", "    def record_first_token(self):\n        self.first = True\n\n", ""),
        Edit(ACME, "                self.record_first_token()\n", ""),
    )
    found = verdict("MG132", *edits, backend="")
    assert found.status is Status.NOT_APPLICABLE
    assert "record_first_token" in found.message
