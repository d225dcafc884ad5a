"""Fixes: from findings to edits of files. The editing library is imported only when something is edited."""
