"""What the engine works with, from a session and the state that it holds."""

from gpuspec.engine.work import Work
from gpuspec.ports import Cloud, Sealer
from gpuspec.store.state_store import Session as Held
from gpuspec.workflow.session import Session


def work_of(session: Session, cloud: Cloud, held: Held, *, sealer: Sealer) -> Work:
    """The engine's work on a held state; requests and notes are added where there are any."""
    offline = session.offline
    return Work(
        cloud=cloud,
        journal=held.journal,
        clock=offline.clock,
        randomness=offline.randomness,
        listener=session.listener,
        interruption=session.interruption,
        settings=session.settings,
        state=lambda: held.state,
        seal=sealer.seal,
    )
