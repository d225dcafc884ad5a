"""Ask one question and print the answer while it is being written.

python examples/ask.py --backend claude "Why is the sky blue?"
python examples/ask.py --player http://127.0.0.1:8123      # see connect.py
"""

import asyncio

from connect import connect, parser


async def main() -> None:
    options = parser(__doc__)
    options.add_argument("--backend", default="groq", help="a type of `massgen backends`")
    options.add_argument("question", nargs="?", default="Greet the world in one short sentence.")
    asked = options.parse_args()

    async with connect(asked.backend, asked) as backend:
        async for chunk in backend.stream_with_tools([{"role": "user", "content": asked.question}], tools=[]):
            if chunk.type == "content":
                print(chunk.content, end="", flush=True)
            elif chunk.type == "error":
                print(f"\n{chunk.error}")
            elif chunk.type == "done":
                print(f"\n({chunk.status}, {backend.format_cost()})")


if __name__ == "__main__":
    asyncio.run(main())
