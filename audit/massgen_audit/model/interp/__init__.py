"""A small abstract interpreter: what a function of the audited code returns for known arguments.

It reads syntax trees and never runs the audited code. Where a condition is not known, both branches are followed and
their outcomes joined, so a result is either exact, a set of alternatives, or `UNKNOWN`. Exceptions are followed only
where they are certain: the normal path through a `try` is what an integration is judged by.
"""
