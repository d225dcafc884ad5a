"""Tools of this repository that no wheel contains."""
