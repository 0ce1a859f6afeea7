"""A live instance to the record that adopts it, and why it can't be adopted."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.adoption import Adoption
from gpuspec.model.field import Field, Kind, Unset
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Instance
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import Trace
from gpuspec.model.plan import Absence
from gpuspec.model.secret_names import looks_secret
from gpuspec.model.state import Birth, Instant, Record, State
from gpuspec.model.values import Env, Fields, FieldValue, Port, Text, Tool
from gpuspec.planning.compare import changes, referring, shown_of
from gpuspec.planning.normal import Seal, difference, effective, env_values, is_secret, present
from gpuspec.planning.sightings import birthplace


def adoption(instance: Instance, live: LiveInstance, *, nonce: str, at: Instant, seal: Seal) -> Adoption:
    """The record of a live instance at an address of the spec.

    Args:
        instance: As the spec asks for it, secrets sealed or out of reach. A secret that is out of reach stays so in
            the record where the API does not show the field: it can't be written.
        live: All that list and GET show of it together.
        nonce: Its marker's, or a fresh one.
    """
    shown = {name: value for name, field in FIELDS.items() if (value := _shown(field, instance, live)) is not None}
    fields = {
        name: value for name, field in FIELDS.items() if (value := _sent(field, instance, shown, seal)) is not None
    }
    record = Record(
        address=instance.address,
        id=live.id,
        nonce=nonce,
        source=instance.source,
        fields=fields,
        named=instance.named,
        lifecycle=instance.lifecycle,
        created_at=at if live.created_at is None else float(live.created_at),
        updated_at=at,
        shown=shown_of(shown, fields, seal=seal),
        ready=live.phase is Phase.RUNNING,
    )
    differing = changes(instance.fields, fields, named=instance.named, seal=seal)
    return Adoption(
        record=record,
        name=live.name,
        status=live.status,
        assumed=tuple(name for name in fields if name not in shown and _says_something(FIELDS[name], fields[name])),
        changes=referring(differing, instance.references),
    )


def marker_notes(live: LiveInstance, address: Address, birth: Birth) -> Iterator[str]:
    """What the instance's marker says that its adopter should know."""
    marker = None if live.trace is None else live.trace.marker
    if marker is None:
        return
    place = f"{marker.project}/{marker.environment}"
    if (marker.lineage, place) != (birth.lineage8, f"{birth.project}/{birth.environment}"):
        yield f"It was made by another state, as `{marker.address}` of {place}; that state must forget it."
    elif marker.address != address:
        yield f"It was made as `{marker.address}`."


def nonce_of(live: LiveInstance, state: State, addresses: Iterable[Address]) -> str:
    """The nonce of the instance's marker, if this state gave it and nothing else has it; empty otherwise."""
    trace = live.trace
    if trace is None or not _is_own(trace, state, addresses):
        return ""
    return "" if any(record.nonce == trace.nonce for record in state.records.values()) else trace.nonce


def address_refusal(state: State, address: Address, instance_id: str) -> Refused | None:
    """Why nothing, or not this id, may be recorded at this address; known before anything is asked."""
    if address in state.records:
        message = f"`{address}` has an instance already: {state.records[address].id}. An address holds one."
        return _refused(message, "recorded-already", "see what is recorded:", "gpuspec state list")
    holder = next((one for one in state.records.values() if instance_id in (one.id, *one.outgoing)), None)
    if holder is not None:
        message = f"The instance {instance_id} is recorded already, at `{holder.address}`."
        return _refused(message, "recorded-already", "see what is recorded:", "gpuspec state list")
    busy = {held.intent.address for held in state.intents.values()}
    busy |= {held.order.address for held in state.orders.values()}
    if address in busy:
        message = f"What became of a request for `{address}` is not known yet."
        return _refused(message, "open-intent", "settle it first:", "gpuspec recover")
    return None


def instance_refusal(
    live: LiveInstance, state: State, addresses: Iterable[Address], *, take_over: bool
) -> Refused | None:
    """Why this instance may not be recorded.

    Args:
        addresses: Those of the specs.
        take_over: Another project's, environment's or state's marker is no reason.
    """
    if live.phase in {Phase.LEAVING, Phase.REMOVED}:
        message = f"The instance {live.id} is being removed (status `{live.status}`)."
        return _refused(message, "leaving", "name another one; the console lists them.", "")
    trace = live.trace
    if trace is not None and trace.nonce in state.intents:
        open_at = state.intents[trace.nonce].intent.address
        message = f"The instance {live.id} answers a request for `{open_at}` that is still open."
        return _refused(message, "open-intent", "record it there first:", "gpuspec recover")
    if trace is None or take_over or _is_own(trace, state, addresses):
        return None
    marker = trace.marker
    whose = f"`{marker.address}` of {marker.project}/{marker.environment}" if marker else "another project"
    message = f"The instance {live.id} carries the marker of {whose}, made from another state, which may manage it."
    hint = "if nothing else manages it any more, add `--take-over`"
    return _refused(message, "other-marker", hint, "")


def without_tools(ports: FieldValue, desired: Fields) -> FieldValue:
    """The ports without those that are there for a tool of the spec: an answer may show them among the others."""
    tools, wanted = desired.get("tools"), desired.get("ports")
    if not isinstance(ports, tuple) or not isinstance(tools, tuple):
        return ports
    of_tools = {f"{tool.port}/{tool.type}" for tool in tools if isinstance(tool, Tool)}
    named = {str(port) for port in wanted} if isinstance(wanted, tuple) else set()
    return tuple(port for port in ports if isinstance(port, Port) and str(port) not in of_tools - named)


def all_shown(row: LiveInstance, instance: LiveInstance) -> LiveInstance:
    """All that the list's row and GET show of one instance together; some fields stand in only one of them."""
    told = {name: value for name, value in instance.fields.items() if value != "" or name not in row.fields}
    return replace(
        instance,
        fields={**row.fields, **told},
        trace=instance.trace or row.trace,
        envs_shown=instance.envs_shown if "envs" in told else row.envs_shown,
    )


def _is_own(trace: Trace, state: State, addresses: Iterable[Address]) -> bool:
    """Whether this state gave the marker; of one in a name, whether an address that it knows fits it."""
    birth, marker = state.birth, trace.marker
    if marker is not None:
        given_by = (marker.lineage, marker.project, marker.environment)
        return given_by == (birth.lineage8, birth.project, birth.environment)
    known = {
        *addresses,
        *state.records,
        *(tombstone.intent.address for tombstone in state.tombstones.values()),
        *(released.address for released in state.released.values()),
    }
    return trace.birthplace in {birthplace(birth, address) for address in known}


def _shown(field: Field, instance: Instance, live: LiveInstance) -> FieldValue | None:
    """What the API shows of a field, as far as it means anything; None when it shows nothing."""
    value = live.fields.get(field.name)
    if value is None or (field.kind is Kind.ENVS and not live.envs_shown):
        return None
    if field.unset is Unset.KEEP and present(value) is Absence.ABSENT:
        # Source: public clients of the API see `billingMode` come back empty.
        return None
    return without_tools(value, instance.fields) if field.kind is Kind.PORTS else value


def _sent(field: Field, instance: Instance, shown: Fields, seal: Seal) -> FieldValue | None:
    """The value to record: what is shown, in the spec's form where it means the same; else the spec's."""
    wanted = instance.fields.get(field.name)
    if field.name not in shown:
        return wanted
    value = _sealed(field, shown[field.name], wanted, seal)
    if wanted is not None and difference(effective(field, wanted), effective(field, value), seal) is None:
        return wanted
    return None if wanted is None and present(value) is Absence.ABSENT else value


def _sealed(field: Field, value: FieldValue, wanted: FieldValue | None, seal: Seal) -> FieldValue:
    """The value with everything sealed that is secret in the spec, or has a name like a secret's."""
    if field.kind is Kind.ENVS:
        in_spec = {} if wanted is None else env_values(wanted)
        return tuple(
            Env(key=key, value=_sealed_text(text, seal, secret=is_secret(in_spec.get(key)) or looks_secret(key)))
            for key, text in env_values(value).items()
        )
    return seal(value) if isinstance(value, str) and (field.secret or is_secret(wanted)) else value


def _sealed_text(text: Text, seal: Seal, *, secret: bool) -> Text:
    return seal(text) if secret and isinstance(text, str) else text


def _says_something(field: Field, value: FieldValue) -> bool:
    return effective(field, value) != effective(field, None)


def _refused(message: str, reason: str, hint: str, command: str) -> Refused:
    return Refused(message, reason=reason, hint=hint, command=command)
