"""What the adapters share: how an answer ends, and what an HTTP status means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from massgen_conformance.liars.honest.answer import Answer, Chunk, Failure

KINDS = {
    400: "bad_request",
    401: "auth",
    403: "permission",
    404: "not_found",
    413: "bad_request",
    422: "bad_request",
    429: "rate_limit",
    503: "overloaded",
    529: "overloaded",
}


class Adapter:
    """A backend over a vendor's SDK: the SDK does the work, the adapter only says it in chunks."""

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        api_key: str,
        model: str,
        idle_timeout: float = 60.0,
        max_retries: int = 2,
    ) -> None:
        self.provider, self.base_url, self.key, self.model = provider, base_url, api_key, model
        self.idle_timeout, self.max_retries = idle_timeout, max_retries

    def ending(self, answer: Answer) -> Iterator[Chunk]:
        """The chunks after the last event, of an answer that arrived and of one that failed."""
        yield from answer.end_thought() if answer.failure else answer.close()
        if (failure := answer.failure) is None:
            yield Chunk("done", status=answer.status(), usage=answer.usage)
            return
        info = {
            "kind": failure.kind,
            "provider": self.provider,
            "http_status": failure.http_status,
            "retryable": failure.retryable,
            "retry_after": failure.retry_after,
            "request_id": failure.request_id or answer.request_id,
        }
        said = f"{self.provider}: {failure.message}".replace(self.key, "[key]")
        yield Chunk("error", error=said, error_info=info)
        yield Chunk("done", status="error", usage=None)


def refused(status: int, message: str, headers: Mapping[str, str]) -> Failure:
    """The failure that an HTTP status tells."""
    wait, request = headers.get("retry-after"), headers.get("request-id") or headers.get("x-request-id")
    if 300 <= status < 400:
        return Failure("not_found", f"it redirects to {headers.get('location')}", status)
    return Failure(KINDS.get(status, "server"), message, status, status >= 429, float(wait) if wait else None, request)


def timed_out() -> Failure:
    return Failure("timeout", "timed out", retryable=True)


def lost(error: BaseException) -> Failure:
    """The failure of a connection that broke."""
    return Failure("connection", type(error).__name__, retryable=True)


def no_json() -> Failure:
    return Failure("malformed", "an event is not what the SDK reads")
