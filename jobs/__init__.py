"""The job process: what is done by itself, and by one process at a time. `python -m jobs`."""
