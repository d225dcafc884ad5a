"""Access tokens that expire: a text, or a function that is asked before every attempt.

Google's own credentials come from google-auth, which is imported when the first token is needed.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any

from massgen.errors import ConfigurationError, MassgenError

Token = str | Callable[[], str | Awaitable[str]]
"""The token itself, or what gives it: a plain function (it runs in a thread, so that it may wait) or a coroutine's."""

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS = 60.0  # for one token: the metadata server and the token endpoints answer within one


class TokenError(MassgenError):
    """No token could be had; the text says why."""


def checked(name: str, given: Any) -> Token:
    """`given` as a token. Raises `ConfigurationError` under the option's name for what cannot be one."""
    if isinstance(given, str) and given.strip() and given.isascii() and given.isprintable():
        return given
    if callable(given):
        asked: Callable[[], str | Awaitable[str]] = given
        return asked
    what = "empty or holds characters that no header can carry" if isinstance(given, str) else type(given).__name__
    raise ConfigurationError(f"{name} is an access token, or a function that gives one, not {what}")


async def current(token: Token) -> str:
    """The token as it is at this moment. Raises `TokenError`; nothing but a cancellation escapes otherwise."""
    if isinstance(token, str):
        return token.strip()
    try:
        async with asyncio.timeout(_SECONDS):
            if inspect.iscoroutinefunction(token):
                made = await token()
            else:
                made = await asyncio.to_thread(token)
                if inspect.isawaitable(made):
                    made = await made
    except TimeoutError as error:
        raise TokenError(f"no access token came within {_SECONDS:.0f} s") from error
    except Exception as error:
        raise TokenError(f"no access token could be had: {error}") from error
    if not isinstance(made, str) or not made or not made.isascii() or not made.isprintable():
        raise TokenError(f"the function that gives the access token gave {type(made).__name__} that is none")
    return made


class GoogleCredentials:
    """Application Default Credentials, as a function that gives a token: fetched once, renewed when it expires.

    https://cloud.google.com/docs/authentication/application-default-credentials says where google-auth looks for them
    (among others in GOOGLE_APPLICATION_CREDENTIALS). `quota_project` is known after the first token, where they name
    one. Raises `ConfigurationError` where google-auth is not installed.
    """

    def __init__(self) -> None:
        if find_spec("google") is None or find_spec("google.auth") is None:
            raise ConfigurationError(
                "Google Cloud's credentials need google-auth: install the extra massgen-backends[vertex], or pass "
                "access_token"
            )
        self.quota_project: str | None = None
        self._credentials: Any = None
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """A token that is valid; blocks while it is fetched."""
        import google.auth
        from google.auth.transport.requests import Request

        with self._lock:
            if self._credentials is None:
                self._credentials, _ = google.auth.default(scopes=[CLOUD_PLATFORM])
                self.quota_project = getattr(self._credentials, "quota_project_id", None)
            if not self._credentials.valid:
                self._credentials.refresh(Request())
            token: str = self._credentials.token
            return token
