"""Ids of instances as people type or paste them."""

import click

from gpuspec.cloud.shapes import identifier


def instance_id(text: str) -> str:
    """The id, if the service could have given it.

    Raises:
        click.BadParameter: It could not: something else was pasted, or nothing.
    """
    found = identifier(text.strip())
    if found is None:
        message = "this is no id of an instance; copy it from `gpuspec audit` or from the console."
        raise click.BadParameter(message)
    return found
