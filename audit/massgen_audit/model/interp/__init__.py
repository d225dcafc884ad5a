"""A small abstract interpreter: what a function of the audited code returns for known arguments.

It reads syntax trees and never runs the audited code. Where a condition is not known, both branches are followed and
their outcomes joined, so a result is either exact, a set of alternatives, or `UNKNOWN`. Exceptions are followed only
where they are certain: the normal path through a `try` is what an integration is judged by.

Where to read, for `RepoModel.ask(backend, "get_provider_name")`: `machine` binds the method and walks into its body;
`flow` takes one statement after the other and `state` keeps what a branch changed, so that the other branch starts
from the same place; `expressions` makes values of expressions, of the kinds that `values` lists; `calls` applies
functions and classes of the checkout, each once for the same unchanging arguments (`memory`), `builtin` Python's own;
`world` looks names up across modules and holds the budget of steps, beyond which the answer is `UNKNOWN`. An object is
made when one of its attributes is first asked for.
"""
