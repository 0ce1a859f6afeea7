"""Keeps the garbage collector out of the way of large documents."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collections inside.

    A document is a tree of many small values that all stay: looking for garbage among them takes as long as the rest of
    the work.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
