"""What every example is told on its command line, and the backend that follows from it.

With a key in the environment an example talks to the provider. Without one, let the conformance kit play all of them:

    massgen-conformance serve --port 8123
    python examples/ask.py --player http://127.0.0.1:8123
"""

import argparse
from urllib.parse import urlsplit

from massgen import LLMBackend, create_backend
from massgen.backend.capabilities import get_capabilities


def parser(about: str | None) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--player", metavar="URL", help="address of `massgen-conformance serve`, instead of a provider"
    )
    options.add_argument("--base-url", metavar="URL", help="another address of the provider, such as a gateway's")
    options.add_argument("--model", help="instead of the backend's default model")
    return options


def connect(kind: str, options: argparse.Namespace) -> LLMBackend:
    """A backend of type `kind`: the key comes from its environment variable. The player takes any key."""
    row = get_capabilities(kind)
    if options.player and row:
        path = urlsplit(row.base_url or "/v1").path
        return create_backend(kind, model=options.model, base_url=options.player + path, api_key="any")
    return create_backend(kind, model=options.model, base_url=options.base_url)
