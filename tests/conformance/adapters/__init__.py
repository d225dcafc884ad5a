"""Backends that are not ours, over the vendors' SDKs: honest and idiomatic, with whatever weaknesses the SDKs have."""
