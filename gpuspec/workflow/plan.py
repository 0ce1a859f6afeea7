"""`plan`: what apply would do. Takes no lock and writes nothing."""

from gpuspec.model.live import Observation
from gpuspec.workflow.draft import (
    Draft,
    Selection,
    creates_something,
    desire,
    draft,
    forewarned,
)
from gpuspec.workflow.ending import unresolved_first
from gpuspec.workflow.policy import load_agreed
from gpuspec.workflow.recorded import recorded, sealer_to_compare
from gpuspec.workflow.session import Offline, Reading
from gpuspec.workflow.specs import Asked

NOTHING_ASKED = Observation(rows={}, asked=False)


async def plan(reading: Reading, asked: Asked, selection: Selection) -> Draft:
    """Load, look at what is recorded and live, decide.

    Raises:
        SpecFaults: The specs have faults, or are against a policy or a limit.
        StateError: The state can't be used.
        CredentialsError: The key was refused.
    """
    # Imported here: `plan --offline` observes nothing.
    from gpuspec.engine.observe import observe

    offline = reading.offline
    loaded = load_agreed(offline, asked)
    state = recorded(offline, origin=reading.origin)
    sealer = sealer_to_compare(offline)
    desired = desire(offline, loaded, sealer)
    with unresolved_first(lambda: (held.intent.address for held in state.intents.values())):
        async with reading.connect() as cloud:
            observation = await observe(cloud, state=state, clock=offline.clock, settings=reading.settings)
            made = draft(
                offline,
                desired,
                state,
                observation=observation,
                sealer=sealer,
                selection=selection,
                key_digest=reading.key_digest,
            )
            return forewarned(made, await cloud.catalogue()) if creates_something(made.plan) else made


def plan_offline(offline: Offline, asked: Asked, selection: Selection, *, origin: str) -> Draft:
    """Compare the specs with the state alone; what is recorded counts as being there.

    Raises:
        SpecFaults: The specs have faults, or are against a policy or a limit.
        StateError: The state can't be used.
    """
    loaded = load_agreed(offline, asked)
    state = recorded(offline, origin=origin)
    sealer = sealer_to_compare(offline)
    return draft(
        offline,
        desire(offline, loaded, sealer),
        state,
        observation=NOTHING_ASKED,
        sealer=sealer,
        selection=selection,
        key_digest="",
    )
