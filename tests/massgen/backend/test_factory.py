"""From a type and a configuration to a backend."""

from __future__ import annotations

from typing import Any

import pytest

from massgen import cli
from massgen.backend import BackendFactory
from massgen.backend.azure_openai import AzureOpenAIBackend
from massgen.backend.base import LLMBackend
from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.backend.cerebras import CerebrasBackend
from massgen.backend.chat_completions import ChatCompletionsBackend
from massgen.backend.claude import ClaudeBackend
from massgen.backend.deepseek import DeepSeekBackend
from massgen.backend.factory import BACKENDS, conformance_target
from massgen.backend.fireworks import FireworksBackend
from massgen.backend.gemini import GeminiBackend
from massgen.backend.grok import GrokBackend
from massgen.backend.groq import GroqBackend
from massgen.backend.inference import InferenceBackend, SGLangBackend, VLLMBackend
from massgen.backend.lmstudio import LMStudioBackend
from massgen.backend.mistral import MistralBackend
from massgen.backend.moonshot import MoonshotBackend
from massgen.backend.nebius import NebiusBackend
from massgen.backend.nvidia_nim import NvidiaNIMBackend
from massgen.backend.ollama import OllamaBackend
from massgen.backend.openrouter import OpenRouterBackend
from massgen.backend.poe import PoeBackend
from massgen.backend.qwen import QwenBackend
from massgen.backend.response import ResponseBackend
from massgen.backend.together import TogetherBackend
from massgen.backend.uitars import UITARSBackend
from massgen.backend.zai import ZAIBackend
from massgen.errors import ConfigurationError

CLASSES: dict[str, type[LLMBackend]] = {
    "openai": ResponseBackend,
    "chatcompletion": ChatCompletionsBackend,
    "groq": GroqBackend,
    "deepseek": DeepSeekBackend,
    "openrouter": OpenRouterBackend,
    "together": TogetherBackend,
    "fireworks": FireworksBackend,
    "cerebras": CerebrasBackend,
    "moonshot": MoonshotBackend,
    "qwen": QwenBackend,
    "zai": ZAIBackend,
    "poe": PoeBackend,
    "nebius": NebiusBackend,
    "grok": GrokBackend,
    "mistral": MistralBackend,
    "azure_openai": AzureOpenAIBackend,
    "claude": ClaudeBackend,
    "gemini": GeminiBackend,
    "ollama": OllamaBackend,
    "lmstudio": LMStudioBackend,
    "vllm": VLLMBackend,
    "sglang": SGLangBackend,
    "inference": InferenceBackend,
    "nvidia_nim": NvidiaNIMBackend,
    "uitars": UITARSBackend,
}
VARIABLES = sorted({name for row in BACKEND_CAPABILITIES.values() for name in row.key_variables})
OPTIONS = sorted({n for row in BACKEND_CAPABILITIES.values() for names in row.env_options.values() for n in names})
KEYED = [(kind, name) for kind, row in BACKEND_CAPABILITIES.items() for name in row.key_variables]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *OPTIONS):
        monkeypatch.delenv(name, raising=False)


def least(kind: str) -> dict[str, str]:
    """A model, and an address where the type has none of its own."""
    return {"model": "m"} | ({} if BACKEND_CAPABILITIES[kind].base_url else {"base_url": "http://127.0.0.1:1/v1"})


@pytest.mark.parametrize(("kind", "cls"), CLASSES.items())
def test_a_type_makes_its_class_with_the_registrys_defaults(kind: str, cls: type[LLMBackend]) -> None:
    row = BACKEND_CAPABILITIES[kind]
    needed = {"model": "m"} if row.is_open else {}
    needed |= {} if row.base_url else {"base_url": "http://127.0.0.1:1/v1"}
    made: Any = BackendFactory.create(kind.upper(), api_key="k", **needed)
    assert type(made) is cls
    assert made.api_key == "k"
    assert made.config["model"] == (needed.get("model") or row.default_model)
    assert made.base_url == (needed.get("base_url") or row.base_url)


def test_every_type_is_tried() -> None:
    assert CLASSES.keys() == BACKEND_CAPABILITIES.keys(), "CLASSES in this file needs a line for each type"


@pytest.mark.parametrize(("kind", "variable"), KEYED)
def test_the_key_comes_from_the_registrys_variable(kind: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, " from-environment ")
    assert BackendFactory.create(kind, **least(kind)).api_key == "from-environment"
    assert BackendFactory.create(kind, api_key="given", **least(kind)).api_key == "given"


def test_a_providers_own_variable_wins_over_its_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIMI_API_KEY", "second")
    monkeypatch.setenv("MOONSHOT_API_KEY", "first")
    assert BackendFactory.create("moonshot").api_key == "first"


def test_the_first_variable_of_gemini_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "second")
    monkeypatch.setenv("GOOGLE_API_KEY", "first")
    assert BackendFactory.create("gemini").api_key == "first"
    monkeypatch.setenv("GOOGLE_API_KEY", "  ")
    assert BackendFactory.create("gemini").api_key == "second"


@pytest.mark.parametrize("kind", [kind for kind, row in BACKEND_CAPABILITIES.items() if row.key_optional])
def test_an_optional_key_is_not_missed(kind: str) -> None:
    assert BackendFactory.create(kind, **least(kind)).api_key is None


DEMANDED = [kind for kind, row in BACKEND_CAPABILITIES.items() if row.env_var and not row.key_optional]


@pytest.mark.parametrize("kind", DEMANDED)
def test_a_missing_key_names_every_variable(kind: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        BackendFactory.create(kind, **least(kind))
    (problem,) = caught.value.problems
    assert all(name in problem for name in BACKEND_CAPABILITIES[kind].key_variables)
    assert "api_key" in problem


def test_everything_wrong_is_said_at_once() -> None:
    wrong: dict[str, Any] = {
        "enable_web_search": True,
        "model": 3,
        "base_url": "nowhere",
        "idle_timeout": "soon",
        "max_retries": "x",
        "extra_headers": ["a"],
        "extra_body": "b",
    }
    with pytest.raises(ConfigurationError) as caught:
        BackendFactory.create("groq", **wrong)
    starts = [problem.removeprefix("groq: ").split()[0] for problem in caught.value.problems]
    assert starts == [*wrong, "no"]


@pytest.mark.parametrize("kind", ["qroq", "", "  ", None, 7])
def test_an_unknown_type_lists_the_known_ones(kind: Any) -> None:
    with pytest.raises(ConfigurationError, match="known types are openai, chatcompletion, groq"):
        BackendFactory.create(kind)


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(ConfigurationError, match="did you mean openrouter"):
        BackendFactory.create("open-router")


# Addresses of a provider that are not the default one: the provider, and what it is asked for there.
HOSTS = [
    ("groq", "https://api.groq.com/openai/v1", "openai/gpt-oss-20b"),
    ("together", "https://api.together.ai/v1", "openai/gpt-oss-120b"),
    ("together", "https://api.together.xyz/v1", "openai/gpt-oss-120b"),
    ("fireworks", "https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/kimi-k3"),
    ("cerebras", "https://api.cerebras.ai/v1", "gpt-oss-120b"),
    ("moonshot", "https://api.moonshot.ai/v1", "kimi-k3"),
    ("moonshot", "https://api.moonshot.cn/v1", "kimi-k3"),
    ("qwen", "https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen3.8-max"),
    ("qwen", "https://dashscope-us.aliyuncs.com/compatible-mode/v1", "qwen3.8-max"),
    ("qwen", "https://ws-1.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1", "qwen3.8-max"),
    ("zai", "https://api.z.ai/api/coding/paas/v4", "glm-5.3"),
    ("zai", "https://open.bigmodel.cn/api/paas/v4", "glm-5.3"),
    ("nebius", "https://api.studio.nebius.ai/v1", "openai/gpt-oss-120b"),
    ("nebius", "https://api.tokenfactory.us-central1.nebius.com/v1", "openai/gpt-oss-120b"),
]


@pytest.mark.parametrize(("kind", "url", "model"), HOSTS, ids=[url for _, url, _ in HOSTS])
def test_a_generic_server_takes_the_key_and_the_prices_of_its_host(
    kind: str, url: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, f"of {name}")
    made = BackendFactory.create("chatcompletion", base_url=url, model=model)
    row = BACKEND_CAPABILITIES[kind]
    assert made.api_key == f"of {row.key_variables[0]}"
    assert made.price_provider == row.provider_name
    assert made.token_calculator.get_model_pricing(made.price_provider, model) is not None


def test_poe_finds_its_key_by_its_address_and_has_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POE_API_KEY", "poe's")
    made = BackendFactory.create("chatcompletion", base_url="https://api.poe.com/v1", model="GPT-5.4")
    assert made.api_key == "poe's"
    assert made.token_calculator.get_model_pricing(made.price_provider, "GPT-5.4") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://api.groq.com.example.org/v1",
        "https://example.org/api.groq.com",
        "https://maas.aliyuncs.com.example.org/v1",
        "https://a.b.c.maas.aliyuncs.com/v1",
        "https://api.tokenfactory..nebius.com/v1",
        "http://127.0.0.1:8000",
    ],
)
def test_no_key_goes_to_another_host(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "secret")
    assert BackendFactory.create("chatcompletion", base_url=url, model="m").api_key is None


def test_a_generic_server_on_a_known_host_wants_that_hosts_key() -> None:
    with pytest.raises(ConfigurationError, match="DEEPSEEK_API_KEY"):
        BackendFactory.create("chatcompletion", base_url="https://api.deepseek.com", model="m")


def test_a_token_replaces_the_key_where_the_type_takes_one() -> None:
    assert BackendFactory.create("claude", auth_token="t").config["auth_token"] == "t"
    with pytest.raises(ConfigurationError, match="GROQ_API_KEY"):
        BackendFactory.create("groq", auth_token="t")


def test_what_is_about_the_configuration_is_not_in_it() -> None:
    made = BackendFactory.create("groq", api_key="k", type="groq", _config_path="x.yaml", base_url=None, top_p=0)
    assert made.config.keys() == {"base_url", "model", "top_p"}


def test_the_command_the_factory_and_the_kit_make_the_same() -> None:
    by_cli = cli.create_backend("groq", api_key="k", temperature=0)
    by_kit = conformance_target(
        provider="groq", base_url="http://127.0.0.1:1/openai/v1", api_key="k", model="m", temperature=0
    )
    assert by_cli.config.keys() == by_kit.config.keys()
    assert by_kit.config["base_url"] == "http://127.0.0.1:1/openai/v1"
    assert type(by_cli) is type(by_kit)


@pytest.mark.parametrize("kind", BACKEND_CAPABILITIES)
def test_the_defaults_of_a_type_are_what_create_completes(kind: str) -> None:
    defaults = BackendFactory.defaults(kind.upper())
    row = BACKEND_CAPABILITIES[kind]
    assert defaults["type"] == kind
    assert defaults.get("base_url") == row.base_url
    needed = {"base_url": "http://127.0.0.1:1/v1", "model": "m"} if row.is_open else {}
    given = {name: value for name, value in defaults.items() if name not in ("type", "base_url")}
    assert BackendFactory.validate(kind, api_key="k", **{**given, **needed}) == []


def test_every_type_is_listed() -> None:
    assert BackendFactory.list_types() == list(BACKENDS)
    with pytest.raises(ConfigurationError, match="did you mean groq"):
        BackendFactory.defaults("grooq")


def test_validation_tells_every_problem_also_those_that_only_the_class_knows() -> None:
    problems = BackendFactory.validate("claude", betas="x", max_retries=-1)
    assert [problem.removeprefix("claude: ").split()[0] for problem in problems] == ["max_retries", "no", "betas"]
    assert BackendFactory.validate("nobody")[0].startswith("unknown backend type 'nobody'")
