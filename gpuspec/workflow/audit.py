"""`audit`: whose every machine of the account is. Takes no lock and writes nothing."""

from dataclasses import replace

from gpuspec.engine.observe import held_ids, observe, sights
from gpuspec.model.audit import Audit
from gpuspec.model.live import Observation, Seen
from gpuspec.model.state import State
from gpuspec.planning.audit import audit_of
from gpuspec.planning.status import has_other_key
from gpuspec.ports import CloudReader
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Reading


async def audit(reading: Reading) -> Audit:
    """Walk the whole list, and read by GET the markers that it does not show.

    Raises:
        StateError: The state can't be used.
        CredentialsError: The key was refused.
    """
    offline = reading.offline
    state = recorded(offline, origin=reading.origin)
    async with reading.connect() as cloud:
        observation = await observe(cloud, state=state, clock=offline.clock, settings=reading.settings)
        observation = await _with_markers(cloud, observation, state)
    other_key = has_other_key(state, reading.key_digest)
    found = audit_of(state, observation, at=offline.clock.now(), other_key=other_key)
    calling = offline.calling
    machines = (replace(machine, advice=calling.whole(machine.advice)) for machine in found.machines)
    return replace(found, machines=tuple(machines))


async def _with_markers(cloud: CloudReader, observation: Observation, state: State) -> Observation:
    """The observation with every marker read that can be: others have them in envs though this project has not."""
    held = frozenset(held_ids(state)) | state.let_go
    bare = [row.id for row in observation.rows.values() if row.trace is None and not row.envs_shown]
    rows = dict(observation.rows)
    for id_, sight in (await sights(cloud, [id_ for id_ in bare if id_ not in held])).items():
        if isinstance(sight, Seen):
            shown = sight.instance
            rows[id_] = replace(rows[id_], trace=shown.trace, envs_shown=shown.envs_shown)
    return replace(observation, rows=rows)
