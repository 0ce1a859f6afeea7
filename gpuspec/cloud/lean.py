"""httpx without its command line, which imports rich and Pygments: a fifth of the CPU time of a small `apply`.

Source: `httpx/__init__.py` does without `httpx._main` when that can't be imported (read in 0.28).
"""

import sys

_COMMAND_LINE = "httpx._main"

if "httpx" in sys.modules:
    import httpx
else:
    # None says that the module can't be imported. Taken back at once: the rest of the process may want it.
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]
    try:
        import httpx
    finally:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
