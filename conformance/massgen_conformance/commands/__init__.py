"""The commands of `massgen-conformance`, one module each, imported when it is called.

A command is `main(arguments, out) -> exit code`; what goes wrong is raised and becomes an exit code in `cli`.
"""
