"""The demo: invented calls of three switches, written as their files."""
