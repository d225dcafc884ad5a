"""The suite as pytest collects it: `pytest --pyargs massgen_conformance.suite --provider NAME`."""
