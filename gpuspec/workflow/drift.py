"""`drift`: what became of recorded instances without us. Writes nothing; its cloud is a reader's."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from gpuspec.engine.observe import observe, sights
from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.drift import DriftReport
from gpuspec.model.instance import Instance
from gpuspec.model.live import LiveInstance, Observation, Phase, Seen
from gpuspec.model.state import State
from gpuspec.planning.drifting import drift_report
from gpuspec.planning.status import has_other_key
from gpuspec.ports import CloudReader
from gpuspec.spec.load import SpecSet
from gpuspec.workflow.draft import Draft, Selection, desire, draft
from gpuspec.workflow.recorded import recorded, sealer_to_compare
from gpuspec.workflow.session import Reading
from gpuspec.workflow.specs import Asked, load_specs


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found, and the specs that it was compared with, which know where their fields are written."""

    report: DriftReport
    specs: SpecSet


async def drift(reading: Reading, asked: Asked, selection: Selection) -> Looked:
    """Compare live with shown, and desired with recorded.

    Raises:
        SpecFaults: The specs have faults.
        StateError: The state can't be used.
        Refused: Recorded instances are missing, and another API key is in use than the last time.
        CredentialsError: The key was refused.
    """
    offline = reading.offline
    loaded = load_specs(offline, asked)
    state = recorded(offline, origin=reading.origin)
    sealer = sealer_to_compare(offline)
    desired = desire(offline, loaded, sealer)
    async with reading.connect() as cloud:
        observation = await observe(cloud, state=state, clock=offline.clock, settings=reading.settings)
        observation = await filled(cloud, observation, state, desired.instances)
    made = draft(
        offline,
        desired,
        state,
        observation=observation,
        sealer=sealer,
        selection=selection,
        key_digest=reading.key_digest,
    )
    return Looked(report=_reported(made, reading.key_digest), specs=loaded.specs)


async def filled(
    cloud: CloudReader, observation: Observation, state: State, desired: Mapping[Address, Instance]
) -> Observation:
    """The observation with what GET tells of fields that were shown once and that the list leaves out."""
    wanted = [
        record.id
        for address, record in state.records.items()
        if address in desired and _lacks(observation.rows.get(record.id), record.shown.keys() & desired[address].named)
    ]
    rows = dict(observation.rows)
    for id_, sight in (await sights(cloud, wanted)).items():
        if isinstance(sight, Seen):
            rows[id_] = replace(rows[id_], fields={**sight.instance.fields, **rows[id_].fields})
    return replace(observation, rows=rows)


def _lacks(row: LiveInstance | None, names: Set[str]) -> bool:
    return row is not None and row.phase in {Phase.RUNNING, Phase.STOPPED} and not names <= row.fields.keys()


def _reported(made: Draft, key_digest: str) -> DriftReport:
    report = drift_report(made.plan, made.desired.instances, made.state, made.observation)
    doubts = [refused for refused in made.refused if refused.reason == "wrong-account"]
    if not doubts:
        return report
    if has_other_key(made.state, key_digest):
        raise Refused(doubts[0].message, reason="wrong-account", hint="check the API key")
    return replace(report, warnings=(*report.warnings, doubts[0].message))
