from __future__ import annotations

from typing import Any

import pytest

from massgen.backend._options import problems
from massgen.backend.capabilities import BACKEND_CAPABILITIES
from massgen.backend.chat_completions import ChatCompletionsBackend

# A name that users bring from elsewhere, and what they are told to use.
ELSEWHERE = [
    ("timeout", 30, "idle_timeout"),
    ("headers", {"a": "b"}, "extra_headers"),
    ("default_headers", {"a": "b"}, "extra_headers"),
    ("default_query", {"a": "b"}, "http_client"),
    ("extra_query", {"a": "b"}, "http_client"),
    ("proxy", "http://127.0.0.1:1", "HTTPS_PROXY"),
    ("system_prompt", "Be brief.", "system_message"),
    ("append_system_prompt", "Be brief.", "system_message"),
]


@pytest.mark.parametrize(
    ("name", "value", "instead"), ELSEWHERE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_option_that_would_be_ignored_is_refused_with_what_to_use(name: str, value: Any, instead: str) -> None:
    (told,) = problems(BACKEND_CAPABILITIES["groq"], {name: value})
    assert told.startswith(name)
    assert instead in told


def test_options_that_work_are_no_problem() -> None:
    config = {"idle_timeout": 30, "total_timeout": 600.5, "max_retries": 0, "extra_headers": {"x-a": "b"}}
    assert list(problems(BACKEND_CAPABILITIES["groq"], config)) == []


def test_a_generic_backend_may_be_named() -> None:
    backend = ChatCompletionsBackend(base_url="http://127.0.0.1/v1", model="m", provider_name="Lab server")
    assert backend.get_provider_name() == "Lab server"
