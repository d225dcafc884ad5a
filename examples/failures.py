"""Tell failures apart: what is wrong before any request, what the provider refuses, what is worth another try later.

python examples/failures.py
python examples/failures.py --player http://127.0.0.1:8123 "Hello [error-401]"
"""

import asyncio

from connect import connect, parser

from massgen import ConfigurationError, ErrorInfo


def advice(info: ErrorInfo) -> str:
    """What a program may do about a failure. Retries have been made by now."""
    if info.kind in ("auth", "permission", "quota"):
        return "ask the user about the key or the account"
    if info.kind == "context_length":
        return "send less"
    if info.retryable:
        return f"try again in {info.retry_after:g} s" if info.retry_after else "try again later"
    return "do not repeat this request"


async def main() -> None:
    options = parser(__doc__)
    options.add_argument("--backend", default="groq", help="a type of `massgen backends`")
    options.add_argument("question", nargs="?", default="Hello")
    asked = options.parse_args()
    try:
        backend = connect(asked.backend, asked)
    except ConfigurationError as error:
        raise SystemExit("\n".join(error.problems)) from None  # all of them at once

    async with backend:
        async for chunk in backend.stream_with_tools([{"role": "user", "content": asked.question}], tools=[]):
            if chunk.type == "content":
                print(chunk.content, end="", flush=True)
            elif chunk.type == "backend_status":
                print(f"{chunk.status}: {chunk.detail}")
            elif chunk.type == "error" and chunk.error_info:
                print(f"{chunk.error_info.kind}: {chunk.error}\n-> {advice(chunk.error_info)}")
    print()


if __name__ == "__main__":
    asyncio.run(main())
