"""Versions of this program, and what a project requires of them."""

import re

Version = tuple[int, int, int]

_NUMBERS = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,6}))?(?:\.([0-9]{1,6}))?")
_REQUIREMENT = re.compile(r" *(>=|>|==|~=|<=|<) *([0-9.]+) *")


def version_of(text: str) -> Version:
    """The first three numbers of a version; what follows them (`.dev1`) counts for nothing."""
    match = _NUMBERS.match(text)
    major, minor, patch = match.groups() if match else ("0", "0", "0")
    return int(major), int(minor or 0), int(patch or 0)


def unmet(requires: str, version: Version) -> str:
    """The first requirement of a list like `>=0.2,<1` that the version doesn't meet; empty when it meets all.

    What can't be read is left to the schema.
    """
    for part in requires.split(","):
        match = _REQUIREMENT.fullmatch(part)
        if match and not _met(match[1], match[2], version):
            return part.strip()
    return ""


def _met(operator: str, text: str, version: Version) -> bool:
    wanted = version_of(text)
    match operator:
        case ">=":
            return version >= wanted
        case ">":
            return version > wanted
        case "==":
            return version == wanted
        case "<=":
            return version <= wanted
        case "<":
            return version < wanted
        case _:
            # `~=0.2` takes any later 0.x, `~=0.2.1` any later 0.2.x.
            kept = max(1, text.count("."))
            return version >= wanted and version[:kept] == wanted[:kept]
