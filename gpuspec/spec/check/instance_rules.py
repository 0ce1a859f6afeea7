"""Rules between the fields of one instance, `defaults` merged in."""

from collections.abc import Iterator
from dataclasses import replace

from gpuspec.model.fields import FIELDS, MUST_BE_WRITTEN, PORTS_AND_TOOLS
from gpuspec.model.marker import MarkerMode
from gpuspec.model.problem import Problem
from gpuspec.spec.check.faults import at_key, at_value, related
from gpuspec.spec.layers import Merged, Written
from gpuspec.spec.port_text import port_entries
from gpuspec.spec.tree import HOLE, Path, Tree


def instance_faults(tree: Tree, instance: Merged, *, marker: MarkerMode) -> Iterator[Problem]:
    """Every fault of the instance as a whole. Where `defaults` alone are at fault, the path leads there."""
    yield from _missing(tree, instance)
    yield from _too_many_ports(tree, instance)
    yield from _too_many_envs(tree, instance, marker=marker)
    yield from _needs_monthly(tree, instance)
    yield from _two_credentials(tree, instance)


def _missing(tree: Tree, instance: Merged) -> Iterator[Problem]:
    missing = [name for name in MUST_BE_WRITTEN if name not in instance.fields]
    if not missing:
        return
    names = " and ".join(filter(None, [", ".join(f"`{name}`" for name in missing[:-1]), f"`{missing[-1]}`"]))
    message = (
        f"Every instance needs {names}; neither this one nor `defaults` has {'it' if len(missing) == 1 else 'them'}."
    )
    hint = f"add {names} here, or under `defaults` for all instances of the file."
    problem = at_key(tree, instance.path, code="missing-field", message=message, hint=hint)
    yield replace(problem, path=f"{problem.path}.{missing[0]}") if len(missing) == 1 else problem


def _too_many_ports(tree: Tree, instance: Merged) -> Iterator[Problem]:
    ports, tools = instance.fields.get("ports"), instance.fields.get("tools")
    if ports is None or tools is None or not isinstance(tools.value, list) or not isinstance(ports.value, str | list):
        yield from _too_many_in_text(tree, ports)
        return
    port_count, tool_count = len(port_entries(ports.value)), len(tools.value)  # type: ignore[arg-type]
    if port_count + tool_count > PORTS_AND_TOOLS:
        message = f"Ports and tools together are at most {PORTS_AND_TOOLS}; these are {port_count} and {tool_count}."
        where, other = _most_specific(instance, ports, tools)
        hint = f"take {port_count + tool_count - PORTS_AND_TOOLS} away."
        problem = at_key(tree, where.path, code="too-many-ports", message=message, hint=hint)
        yield related(problem, tree, other.path, "together with these")


def _too_many_in_text(tree: Tree, ports: Written | None) -> Iterator[Problem]:
    """The schema counts the items of a list, but not those of a text."""
    if ports is None or not isinstance(ports.value, str):
        return
    count = len(port_entries(ports.value))
    if count > PORTS_AND_TOOLS:
        message = f"`ports` has at most {PORTS_AND_TOOLS} items; this has {count}."
        hint = f"take {count - PORTS_AND_TOOLS} away."
        yield at_value(tree, ports.path, code="too-many-ports", message=message, hint=hint)


def _too_many_envs(tree: Tree, instance: Merged, *, marker: MarkerMode) -> Iterator[Problem]:
    most = FIELDS["envs"].max_items or 0
    own = most - 1 if marker is MarkerMode.ENV else most
    if instance.envs_path is None or len(instance.envs) <= own:
        return
    kept = "" if own == most else " (the service takes 100, and gpuspec adds one to recognise the instance by)"
    message = f"An instance has at most {own} environment variables{kept}; this has {len(instance.envs)}."
    own_entries = [entry.path for entry in instance.envs.values() if entry.path[0] == instance.path[0]]
    path: Path = instance.envs_path if own_entries else ("defaults", "envs")
    hint = f"take {len(instance.envs) - own} away, or give several values in one variable."
    yield at_key(tree, path, code="too-many-envs", message=message, hint=hint)


def _needs_monthly(tree: Tree, instance: Merged) -> Iterator[Problem]:
    fields = instance.fields
    mode, month = fields.get("billingMode"), fields.get("month")
    if mode is not None and mode.value in (HOLE, "monthly"):
        return
    paid_ahead = month is not None and month.value is not HOLE and month.value != 0
    if mode is None and (paid_ahead or (month is not None and month.value is HOLE)):
        return
    asked = [("month", month)] if paid_ahead else []
    asked += [("autoRenew", fields.get("autoRenew"))] if _is_true(fields.get("autoRenew")) else []
    asked += [("autoRenewMonth", fields.get("autoRenewMonth"))] if "autoRenewMonth" in fields else []
    for name, written in asked:
        if written is not None:
            yield _only_monthly(tree, instance, name, written)


def _is_true(written: Written | None) -> bool:
    return written is not None and written.value is True


def _only_monthly(tree: Tree, instance: Merged, name: str, written: Written) -> Problem:
    mode = instance.fields.get("billingMode")
    billing = "on demand" if mode is None else f"`billingMode: {mode.value}`"
    message = f"`{name}` goes with monthly billing only; this instance is billed {billing}."
    hint = f"write `billingMode: monthly`, or take `{name}` out."
    where = written if mode is None else _most_specific(instance, mode, written)[0]
    return at_key(tree, where.path, code="needs-monthly", message=message, hint=hint)


def _two_credentials(tree: Tree, instance: Merged) -> Iterator[Problem]:
    auth, auth_id = instance.fields.get("imageAuth"), instance.fields.get("imageAuthId")
    if auth is None or auth_id is None or auth.value == "" or auth_id.value == "":
        return
    where, other = _most_specific(instance, auth, auth_id)
    message = "`imageAuth` and `imageAuthId` are two ways to say one thing; an instance takes one of them."
    hint = "keep `imageAuthId`: then the spec needs no secret. Null removes what `defaults` say."
    problem = at_key(tree, where.path, code="image-auth-twice", message=message, hint=hint)
    yield related(problem, tree, other.path, "and here")


def _most_specific(instance: Merged, first: Written, second: Written) -> tuple[Written, Written]:
    """What the instance says itself before what `defaults` say; the later of two equals."""
    if first.path[0] == instance.path[0] and second.path[0] != instance.path[0]:
        return first, second
    return second, first
