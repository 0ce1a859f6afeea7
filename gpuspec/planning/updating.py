"""Which calls bring a machine that is there to what is desired, and what each of them asks for. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from gpuspec.errors import Bug
from gpuspec.model.field import Change as Policy
from gpuspec.model.field import Unset
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Handling, Instance, Power
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import ENV_KEY, Marker, MarkerMode
from gpuspec.model.order import Convert, Edit, OrderRequest, Start, Stop, Upgrade
from gpuspec.model.plan import Absence, Certainty, Change
from gpuspec.model.secret import Revealed
from gpuspec.model.state import Birth, Call, Record
from gpuspec.model.values import Env, Fields, FieldValue, Mount, Port, Text, Tool
from gpuspec.planning.normal import MONTHLY, billing_shown, is_secret, present

# Call -> the fields that it sets, always all of them.
# Source: Novita API reference, edit instance, upgrade instance, change billing.
SETS: Mapping[Call, tuple[str, ...]] = {
    Call.EDIT: ("ports", "rootfsSize"),
    Call.UPGRADE: ("imageUrl", "imageAuthId", "envs", "command", "entrypoint", "networkStorages"),
    Call.CONVERT: ("billingMode", "month"),
}
# Switched on before what only a running machine takes, switched off last.
_ORDER = (Call.EDIT, Call.UPGRADE, Call.START, Call.CONVERT, Call.STOP)
_BY_POLICY = {
    Policy.EDIT: Call.EDIT,
    Policy.GROW: Call.EDIT,
    Policy.UPGRADE: Call.UPGRADE,
    Policy.CONVERT: Call.CONVERT,
}
# That an edit leaves the container alone is nowhere documented.
_MAY_RESTART = frozenset({Call.EDIT, Call.UPGRADE, Call.STOP, Call.RESTART})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsendable:
    """The call can't be made without clearing what must stay, or paying twice; `reason` is a sentence."""

    reason: str


def ignored(changes: Iterable[Change], handling: Handling) -> Iterator[Change]:
    """Those of the changes that the spec asks to ignore."""
    names = handling.ignore_changes
    return (change for change in changes if change.field in names or change.field.partition(".")[0] in names)


def calls_due(
    changes: Iterable[Change], drift: Iterable[Change], *, desired: Power | None, phase: Phase | None
) -> tuple[Call, ...]:
    """The calls that bring these changes about and mend this drift, in the order in which they are sent.

    Args:
        changes: None that would take a replacement, and none that is ignored, as from `planning.subjects.comparison`.
        drift: None that is ignored; empty for a machine that is not at rest.
        phase: What the machine was seen in; its power is left alone unless it is at rest.
    """
    mended = (change for change in drift if FIELDS[change.field.partition(".")[0]].repairable)
    certain = (change for change in (*changes, *mended) if change.certainty is Certainty.DIFFERENT)
    due = {_BY_POLICY[FIELDS[change.field.partition(".")[0]].change] for change in certain}
    power = power_call(desired, phase)
    return tuple(call for call in _ORDER if call in due or call is power)


def power_call(desired: Power | None, phase: Phase | None) -> Call | None:
    """The call that brings a machine at rest to the desired power."""
    if desired is Power.RUNNING and phase is Phase.STOPPED:
        return Call.START
    return Call.STOP if desired is Power.STOPPED and phase is Phase.RUNNING else None


def may_restart(calls: Iterable[Call]) -> bool:
    """Whether the container stops or restarts for one of these, or may."""
    return not _MAY_RESTART.isdisjoint(calls)


def data_lost(calls: Iterable[Call], handling: Handling) -> str:
    """What is lost by calls that leave the machine there, in words."""
    return "what is on its root disk is lost" if Call.UPGRADE in calls and not handling.save else ""


def after(call: Call, record: Record, instance: Instance) -> Record:
    """The record once the call is obeyed: the fields that it sets as they are desired, the others as they were.

    Args:
        instance: With its secrets sealed.
    """
    fields = dict(record.fields)
    for name in SETS.get(call, ()):
        value = _aim(name, record, instance, instance.fields)
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = value
    known = {name: fields[name] for name in FIELDS if name in fields}
    return replace(record, fields=known, unknown=record.unknown - known.keys())


def upgraded_fields(instance: Instance) -> Fields:
    """The fields that an upgrade takes from the spec: without what is ignored, whose secrets need not be at hand."""
    skipped = instance.handling.ignore_changes
    fields = {name: instance.fields[name] for name in SETS[Call.UPGRADE] if name in instance.fields.keys() - skipped}
    envs = tuple(env for env in _envs(fields.get("envs")) if f"envs.{env.key}" not in skipped)
    return {**fields, "envs": envs} if "envs" in fields else fields


def request(
    call: Call, record: Record, instance: Instance, *, body: Fields, live: LiveInstance, birth: Birth
) -> OrderRequest | Unsendable:
    """What the call asks for, in full; what the spec leaves unset is taken from what is live.

    Args:
        instance: With its secrets sealed.
        body: Its fields with the secrets revealed, those at least that an upgrade sets; may be empty for other calls.
        live: Read right before; with the size of its root disk, if that is shown anywhere.
    """
    source = _Source(record, instance, body=body, live=live)
    match call:
        case Call.START:
            return Start(id=record.id)
        case Call.STOP:
            return Stop(id=record.id)
        case Call.EDIT:
            return Edit(id=record.id, ports=_ports(source), grow_gb=_grow_gb(record, instance, live))
        case Call.UPGRADE:
            return _upgrade(source, birth)
        case Call.CONVERT:
            return _convert(source)
        case Call.CREATE | Call.DELETE | Call.RESTART:
            raise Bug(f"To {call.value} is no update.")
        case _:
            assert_never(call)


def _aim(name: str, record: Record, instance: Instance, desired: Fields) -> FieldValue | None:
    """What the field is to be, as far as spec and record say; None for nothing, or for nothing to say."""
    if name in instance.handling.ignore_changes:
        return record.fields.get(name)
    value = desired.get(name)
    if name == "envs":
        return _aimed_envs(record, instance, value)
    if name not in instance.named and FIELDS[name].unset is Unset.KEEP:
        return record.fields.get(name)
    return value


def _aimed_envs(record: Record, instance: Instance, desired: FieldValue | None) -> tuple[Env, ...] | None:
    """The desired envs, ignored ones as recorded; None where neither has any."""
    if desired is None and "envs" not in record.fields:
        return None
    skipped = {name.partition(".")[2] for name in instance.handling.ignore_changes if name.startswith("envs.")}
    kept = {env.key: env for env in _envs(record.fields.get("envs")) if env.key in skipped}
    wanted = {env.key: env for env in _envs(desired) if env.key not in skipped}
    return (*wanted.values(), *kept.values())


class _Source:
    """Where the values of a call that sets everything come from."""

    def __init__(self, record: Record, instance: Instance, *, body: Fields, live: LiveInstance) -> None:
        self.record = record
        self.instance = instance
        self.live = live
        # What was not revealed stays sealed, and what is sealed is never sent.
        self._desired = {**instance.fields, **body}

    def is_said(self, name: str) -> bool:
        """Whether spec or record say what the field is to be; else what is live stays."""
        if name in self.instance.handling.ignore_changes:
            return False
        return name in self.instance.named or present(self.record.fields.get(name)) is not Absence.ABSENT

    def value(self, name: str) -> FieldValue | None:
        """What the field is to be."""
        if self.is_said(name):
            return _aim(name, self.record, self.instance, self._desired)
        return self.live.fields.get(name, self.record.fields.get(name))

    def text(self, name: str) -> Text:
        """A field of text; empty for nothing."""
        value = self.value(name)
        return value if isinstance(value, str) or is_secret(value) else ""

    def envs(self) -> tuple[Env, ...]:
        """The desired envs, and of the live ones those that are ignored or that nobody here ever set."""
        desired = self._wanted_envs()
        recorded = {env.key: env for env in _envs(self.record.fields.get("envs"))}
        live = {env.key: env for env in _envs(self.live.fields.get("envs")) if env.key != ENV_KEY}
        foreign = live.keys() - desired.keys() - recorded.keys()
        kept = [env for key, env in {**recorded, **live}.items() if self._is_ignored_env(key) or key in foreign]
        return (*desired.values(), *kept)

    def _wanted_envs(self) -> Mapping[str, Env]:
        wanted = _envs(self._desired.get("envs"))
        return {env.key: env for env in wanted if not self._is_ignored_env(env.key)}

    def _is_ignored_env(self, key: str) -> bool:
        return not {"envs", f"envs.{key}"}.isdisjoint(self.instance.handling.ignore_changes)


def _upgrade(source: _Source, birth: Birth) -> Upgrade | Unsendable:
    if not source.live.envs_shown:
        return Unsendable(reason="The service does not show its envs, and an upgrade sets all of them.")
    envs, mounts = source.envs(), source.value("networkStorages")
    texts = {name: source.text(name) for name in ("imageUrl", "imageAuthId", "command", "entrypoint")}
    sealed = _unrevealed(envs, texts)
    if sealed:
        return Unsendable(reason=f"An upgrade sets everything, and only a digest is known of {sealed}.")
    return Upgrade(
        id=source.record.id,
        image_url=str(texts["imageUrl"]),
        image_auth_id=str(texts["imageAuthId"]),
        envs=envs,
        command=texts["command"],
        entrypoint=texts["entrypoint"],
        mounts=tuple(item for item in mounts if isinstance(item, Mount)) if isinstance(mounts, tuple) else (),
        marker=_marker(source, birth),
        save=source.instance.handling.save,
    )


def _convert(source: _Source) -> Convert | Unsendable:
    if billing_shown(source.live) == MONTHLY:
        return Unsendable(reason="It is paid for by the month already, and would be once more.")
    month = _aim("month", source.record, source.instance, source.instance.fields)
    return Convert(id=source.record.id, months=month if isinstance(month, int) and month > 0 else 1)


def _unrevealed(envs: Iterable[Env], texts: Mapping[str, Text]) -> str:
    """What is only known as a seal, and so can't be sent, in words."""
    everything = {**texts, **{f"envs.{env.key}": env.value for env in envs}}
    return ", ".join(
        f"`{name}`" for name, text in everything.items() if is_secret(text) and not isinstance(text, Revealed)
    )


def _marker(source: _Source, birth: Birth) -> Marker | None:
    """The marker that it carries, so that the address at birth stays; ours for a machine that has another's or none."""
    if birth.marker is not MarkerMode.ENV or not source.record.nonce:
        return None
    trace, record = source.live.trace, source.record
    if trace is not None and trace.marker is not None and trace.nonce == record.nonce:
        return trace.marker
    return Marker(
        lineage=birth.lineage8,
        project=birth.project,
        environment=birth.environment,
        address=record.address,
        nonce=record.nonce,
    )


def _ports(source: _Source) -> tuple[Port, ...]:
    """All ports; with those of the tools where the service lists them among the others, or it would close them."""
    value, tools = source.value("ports"), source.record.fields.get("tools")
    ports = tuple(port for port in value if isinstance(port, Port)) if isinstance(value, tuple) else ()
    theirs = (
        {f"{tool.port}/{tool.type}" for tool in tools if isinstance(tool, Tool)} if isinstance(tools, tuple) else ()
    )
    live = source.live.fields.get("ports")
    listed = tuple(port for port in live if isinstance(port, Port)) if isinstance(live, tuple) else ()
    return (*ports, *(port for port in listed if str(port) in theirs and port not in ports))


def _grow_gb(record: Record, instance: Instance, live: LiveInstance) -> int:
    """How much to add: the call takes the difference, not the size. None unless the spec asks for more than before."""
    wanted, recorded = _aim("rootfsSize", record, instance, instance.fields), record.fields.get("rootfsSize")
    there = live.fields.get("rootfsSize", recorded)
    if not (isinstance(wanted, int) and isinstance(recorded, int) and isinstance(there, int)):
        return 0
    # A disk that shows as smaller than it was recorded was not asked to grow: what it costs is nobody's wish.
    return max(wanted - there, 0) if wanted > recorded else 0


def _envs(value: FieldValue | None) -> tuple[Env, ...]:
    return tuple(item for item in value if isinstance(item, Env)) if isinstance(value, tuple) else ()
