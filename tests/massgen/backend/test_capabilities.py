"""The registry: what it says, and that the rest of the package says the same."""

from __future__ import annotations

import re
from typing import Any

import pytest

from massgen.backend.base import FilesystemSupport
from massgen.backend.capabilities import (
    BACKEND_CAPABILITIES,
    BackendCapabilities,
    Capability,
    get_all_backend_types,
    get_backends_with_capability,
    get_capabilities,
    get_capabilities_by_url,
    has_capability,
    normalize_backend_type,
    validate_backend_config,
)
from massgen.backend.factory import BACKENDS, OTHER_APIS, backend_class
from massgen.backend.models import MODELS
from massgen.token_manager import TokenCostCalculator
from massgen.token_manager.price_table import PROVIDER_PRICING

FREE = {"glm-4.7-flash"}

ROWS = pytest.mark.parametrize("row", BACKEND_CAPABILITIES.values(), ids=BACKEND_CAPABILITIES.keys())


def test_the_registry_and_the_factory_name_the_same_types() -> None:
    assert set(BACKEND_CAPABILITIES) == set(BACKENDS)
    others = {(row.backend_type, api) for row in BACKEND_CAPABILITIES.values() for api in row.apis[1:]}
    assert set(OTHER_APIS) == others
    assert get_all_backend_types() == list(BACKEND_CAPABILITIES)


@ROWS
def test_a_row_agrees_with_itself(row: BackendCapabilities) -> None:
    assert BACKEND_CAPABILITIES[row.backend_type] is row
    assert row.default_model in row.models
    assert len(set(row.models)) == len(row.models)
    assert row.supported_capabilities <= set(Capability)
    assert row.docs_url.startswith("https://")
    assert row.is_open or row.key_optional or row.env_var
    assert row.base_url is None or re.match(r"https://|http://localhost", row.base_url)
    assert row.is_open == (row.models == ["custom"])


@ROWS
def test_models_are_newest_first_and_what_is_not_dated_comes_last(row: BackendCapabilities) -> None:
    if row.is_open:
        assert row.model_release_dates is None
        return
    dates = MODELS[row.backend_type]
    assert list(dates) == row.models
    assert all(re.fullmatch(r"(20\d\d-(0[1-9]|1[0-2]))?", date) for date in dates.values())
    assert list(dates.values()) == sorted(dates.values(), reverse=True)
    assert row.model_release_dates == (dates if all(dates.values()) else None)


@ROWS
def test_a_row_agrees_with_its_class(row: BackendCapabilities) -> None:
    cls = backend_class(row.backend_type)
    assert cls.backend_type == row.backend_type
    made = cls(api_key="k", base_url=row.base_url or "http://127.0.0.1/v1", model=row.default_model)
    assert made.capabilities is row
    assert made.get_provider_name() == row.provider_name
    assert made.get_filesystem_support() is FilesystemSupport(row.filesystem_support)
    assert made.get_supported_builtin_tools() == row.builtin_tools


@ROWS
def test_a_class_has_a_formatter_and_a_handler_with_the_one_excluded_set(row: BackendCapabilities) -> None:
    made: Any = backend_class(row.backend_type)(api_key="k", base_url="http://127.0.0.1/v1", model="m")
    assert made.formatter is not None
    assert made.api_params_handler.get_base_excluded_params() == made.get_base_excluded_config_params()
    assert made.api_params_handler.get_excluded_params() >= made.get_base_excluded_config_params()


@ROWS
def test_a_row_promises_the_providers_tools_that_the_handler_can_ask_for(row: BackendCapabilities) -> None:
    made: Any = backend_class(row.backend_type)(api_key="k", base_url="http://127.0.0.1/v1", model="m")
    flags = set(made.api_params_handler.provider_tools())
    assert ("web_search" in row.supported_capabilities) == ("enable_web_search" in flags)
    assert ("code_execution" in row.supported_capabilities) == ("enable_code_execution" in flags)
    assert bool(row.builtin_tools) == bool(flags)


@ROWS
def test_every_model_has_a_price_in_the_table_and_by_lookup(row: BackendCapabilities) -> None:
    for model in [] if row.is_open else row.models:
        assert model in PROVIDER_PRICING[row.provider_name]
        price = TokenCostCalculator().get_model_pricing(row.provider_name, model)
        assert price is not None
        assert (price.input_cost_per_1k > 0) is (model not in FREE)
        assert price.context_window


@pytest.mark.parametrize(
    ("given", "kind"), [("groq", "groq"), (" GROQ ", "groq"), ("Claude", "claude"), ("", ""), (None, None)]
)
def test_a_type_is_found_in_any_case(given: str | None, kind: str | None) -> None:
    assert normalize_backend_type(given) == kind
    assert get_capabilities(given) is BACKEND_CAPABILITIES.get(kind or "")


def test_capabilities_can_be_asked_for() -> None:
    assert has_capability("claude", "reasoning")
    assert has_capability("claude", Capability.REASONING)
    assert has_capability("claude", "web_search")
    assert not has_capability("groq", "web_search")
    assert not has_capability("nobody", "reasoning")
    thinking = [kind for kind in BACKEND_CAPABILITIES if kind not in ("uitars", "poe")]
    assert get_backends_with_capability("reasoning") == thinking
    assert get_backends_with_capability("mcp") == []


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://API.GROQ.COM", "groq"),
        ("https://api.groq.com:443/x", "groq"),
        ("https://api.groq.com.example.org/v1", None),
        ("https://example.org/api.groq.com", None),
        ("https://notapi.groq.com", None),
        ("http://api.groq.com@example.org/", None),
        ("http://[", None),
        ("api.groq.com", None),
        ("", None),
        (None, None),
    ],
)
def test_a_url_belongs_to_a_provider_by_its_whole_host(url: str | None, kind: str | None) -> None:
    row = get_capabilities_by_url(url)
    assert (row.backend_type if row else None) == kind


@pytest.mark.parametrize(
    ("kind", "config", "problems"),
    [
        ("groq", {}, []),
        ("groq", {"model": "anything", "temperature": 0}, []),
        ("qroq", {}, ["unknown backend type 'qroq': did you mean groq?"]),
        ("", {}, ["unknown backend type '': known types are openai"]),
        ("groq", {"enable_web_search": True}, ["enable_web_search has no effect"]),
        ("groq", {"enable_web_search": False}, []),
        ("claude", {"mcp_servers": [{}], "system_prompt": "x"}, ["mcp_servers has no effect", "system_prompt is not"]),
        ("groq", {"model": 7}, ["model must be a string, not 7"]),
        ("groq", {"base_url": "ftp://x"}, ["base_url must be an http or https address"]),
        ("groq", {"base_url": 7}, ["base_url must be an http or https address"]),
        ("groq", {"base_url": "http://["}, ["base_url must be an http or https address"]),
        ("chatcompletion", {}, ["model is required", "base_url is required"]),
        ("chatcompletion", {"base_url": "http://127.0.0.1", "model": "custom"}, ["model is required"]),
        ("chatcompletion", {"base_url": "http://127.0.0.1", "model": "m"}, []),
    ],
)
def test_every_problem_is_listed(kind: str, config: dict[str, Any], problems: list[str]) -> None:
    found = validate_backend_config(kind, config)
    assert len(found) == len(problems)
    assert all(text.startswith(start) for text, start in zip(found, problems, strict=True))
