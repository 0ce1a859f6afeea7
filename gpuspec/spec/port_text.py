"""Ports as users write them."""

import re

from gpuspec.model.fields import PORT_NUMBERS, RESERVED_PORTS
from gpuspec.model.item_fields import PROTOCOLS
from gpuspec.model.values import Port

_PORT = re.compile(r"([1-9][0-9]{0,4})/(tcp|http)")


def port_entries(written: str | list[str]) -> list[str]:
    """The single ports of a list, or of the API's text with commas."""
    if isinstance(written, list):
        return written
    return [part.strip(" ") for part in written.split(",")] if written.strip(" ") else []


def parsed(entry: str) -> Port | None:
    """The port; None when it is not written as one. Its number may be too large or reserved."""
    match = _PORT.fullmatch(entry)
    return None if match is None else Port(number=int(match[1]), protocol=match[2])


def port_hint(entry: str) -> str:
    """How to write what is no port."""
    text = entry.strip().lower()
    if re.fullmatch("[1-9][0-9]{0,4}", text):
        return f"write `{text}/tcp` or `{text}/http`."
    number, _, protocol = text.partition("/")
    if not number.isdigit() and protocol.isdigit():
        number, protocol = protocol, number
    number = number.lstrip("0")
    if number.isascii() and number.isdigit() and protocol in PROTOCOLS:
        return f"write `{number}/{protocol}`."
    return "write a number, a slash and tcp or http, as in `8080/tcp`."


def number_fault(number: int) -> tuple[str, str] | None:
    """The code and the message for a port that can't be had."""
    if number not in PORT_NUMBERS:
        return "bad-port", f"{number} is no port: ports go from 1 to {PORT_NUMBERS.stop - 1}."
    if number in RESERVED_PORTS:
        first, last = RESERVED_PORTS.start, RESERVED_PORTS.stop - 1
        return "reserved-port", f"The service keeps the ports {first} to {last} for itself; this is {number}."
    return None
