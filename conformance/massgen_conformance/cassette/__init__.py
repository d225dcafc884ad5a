"""Recordings of real exchanges: their store, sidecar, scrubbing, matching, replay and making.

`store` reads and writes the files, `sidecar` says where they come from, `scrub` and `scan` keep secrets out, `match`
compares requests, `replay` turns a recording into a plan for the player, `import_` reads foreign recordings, and
`record` makes new ones through `relay`.
"""
