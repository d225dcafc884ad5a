"""What a backend costs, beside the vendors' SDKs and a bare HTTP client, in one run on one machine.

Only ratios inside one run mean anything. `python -m bench --help` lists the measurements.
"""
