"""Names that identify: address, project, environment."""

import re

Address = str

ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


def slug(text: str) -> str:
    """A project name made from a folder's name; `project` when nothing of it is left."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].rstrip("-")
    return plain or "project"
