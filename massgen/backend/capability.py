"""What a backend type can do, and what one row of the registry says about it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Capability(StrEnum):
    """What a backend can do for an agent."""

    WEB_SEARCH = "web_search"
    X_SEARCH = "x_search"
    CODE_EXECUTION = "code_execution"
    BASH = "bash"
    MULTIMODAL = "multimodal"
    VISION = "vision"
    MCP = "mcp"
    FILESYSTEM_NATIVE = "filesystem_native"
    FILESYSTEM_MCP = "filesystem_mcp"
    REASONING = "reasoning"
    IMAGE_GENERATION = "image_generation"
    IMAGE_UNDERSTANDING = "image_understanding"
    AUDIO_GENERATION = "audio_generation"
    AUDIO_UNDERSTANDING = "audio_understanding"
    VIDEO_GENERATION = "video_generation"
    VIDEO_UNDERSTANDING = "video_understanding"


class BackendCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """One backend type.

    `env_var` holds the API key; `env_var_aliases` are further variables that may, tried first, and `env_var_fallbacks`
    are tried last. `env_var` None: the type needs no key of its own. `key_options` are configuration that replaces the
    key. `any_model`: the provider has more models than the list. `model_release_dates` are `YYYY-MM`.

    `key_optional`: a key is sent where there is one, and none is asked for. `env_options` are options that the
    environment may hold, each with its variables in the order in which they are tried; `env_flags` are those of them
    that say yes or no, each with the options that are looked up only where it is on and no key is passed. `apis` are
    the wires of a provider that speaks several, the default first; the option `api` chooses. `hosts` are those under
    which the provider is reached beside that of `base_url`; a `*` stands for one label of the name. `address_options`
    may hold the address in place of `base_url`.

    `needs_address`: False for a type whose program or SDK knows by itself where its provider is.

    `local`: the server is the caller's own, so that its tokens cost nothing, and the host of `base_url` says nothing of
    who serves it. `bare_port` is the port of an address in the environment that has neither scheme nor port.
    """

    backend_type: str
    provider_name: str
    supported_capabilities: set[str]
    models: list[str]
    default_model: str
    builtin_tools: list[str] = []
    filesystem_support: str = "none"
    env_var: str | None = None
    notes: str = ""
    model_release_dates: dict[str, str] | None = None
    base_url: str | None = None
    env_var_aliases: tuple[str, ...] = ()
    env_var_fallbacks: tuple[str, ...] = ()
    key_options: tuple[str, ...] = ()
    any_model: bool = False
    docs_url: str = ""
    key_optional: bool = False
    env_options: dict[str, tuple[str, ...]] = {}
    env_flags: dict[str, tuple[str, ...]] = {}
    apis: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    address_options: tuple[str, ...] = ()
    bare_port: int | None = None
    needs_address: bool = True
    local: bool = False

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The environment variables that may hold the key, in the order in which they are tried."""
        return (*self.env_var_aliases, self.env_var, *self.env_var_fallbacks) if self.env_var else ()

    @property
    def is_open(self) -> bool:
        """Whether the models are whatever the caller's server has."""
        return self.default_model == "custom"
