"""Durations as people type them: `90`, `90s`, `10m`, `2h`."""

import re

import click

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_FORM = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([smh]?)", re.ASCII)


def duration(text: str) -> float:
    """Seconds, from a number with or without a unit.

    Raises:
        click.BadParameter: It is none.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        message = f"{text!r} is no duration; write 90s, 10m or 2h."
        raise click.BadParameter(message)
    return float(match[1]) * _SECONDS[match[2]]
