"""massgen-conformance: proves LLM provider backends on recorded, scripted and faulted traffic.

A backend is anything with an async `stream_with_tools(messages, tools, **kwargs)` that yields chunks; it is handed
over by a factory and never imported by this package.
"""

__version__ = "0.1.0"
