"""How tests wait for what another thread or process does."""

import time
from collections.abc import Callable
from typing import Any


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, once it finds something; no test of how long that takes."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
    return found
