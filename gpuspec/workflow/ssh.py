"""`ssh`: the way into one machine, asked for at the last moment: host and port change at each start."""

from typing import assert_never

from gpuspec.errors import CloudError, Refused, UsageError
from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Unreadable
from gpuspec.model.reach import Way
from gpuspec.model.state import Record, State
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Reading


async def way_in(reading: Reading, address: Address) -> Way:
    """Where SSH listens on the machine of this address.

    Raises:
        UsageError: Nothing is recorded at the address.
        Refused: The machine is not there, does not run, or shows no endpoint yet; or it is not known whether it was
            made.
        CloudError: It could not be looked at.
        StateError: The state can't be used.
        CredentialsError: The key was refused.
    """
    record = _record(recorded(reading.offline, origin=reading.origin), address)
    async with reading.connect() as cloud:
        sight = await cloud.get(record.id)
    match sight:
        case Seen(instance=instance):
            return _way(record, instance)
        case NotFound():
            message = f"The service knows no instance {record.id}, which is recorded at `{address}`."
            raise _refused(message, record, reason="not-there")
        case Unreadable(reason=reason):
            raise CloudError(f"The instance {record.id} could not be looked at. {reason}", hint="try again later.")
        case _:
            assert_never(sight)


def arguments(way: Way, command: tuple[str, ...]) -> tuple[str, ...]:
    """The call of the system's ssh. Nothing that came from the API can be taken for an option of it."""
    ssh = way.ssh
    options = ("-p", str(ssh.port), "-l", ssh.user, "-o", f"HostKeyAlias={way.host_key_alias}")
    return ("ssh", *options, "--", ssh.host, *command)


def _record(state: State, address: Address) -> Record:
    if address in state.records:
        return state.records[address]
    if any(open_intent.intent.address == address for open_intent in state.intents.values()):
        message = f"What became of the request to make `{address}` is not known yet."
        raise Refused(message, reason="unresolved", hint="have it looked for:", command="gpuspec recover")
    message = f"Nothing is recorded at `{address}`."
    raise UsageError(message, hint="see what is:", command="gpuspec state list")


def _way(record: Record, instance: LiveInstance) -> Way:
    if instance.phase is not Phase.RUNNING:
        status = f"is `{instance.status}`" if instance.status else "shows no status"
        message = f"`{record.address}` ({record.id}) {status}; SSH listens while it is `running`."
        raise _refused(message, record, reason="not-running")
    ssh = instance.reach.ssh
    if ssh is None:
        message = f"`{record.address}` ({record.id}) runs, and the service shows no SSH endpoint for it yet."
        raise _refused(message, record, reason="no-endpoint")
    return Way(address=record.address, id=instance.id, ssh=ssh)


def _refused(message: str, record: Record, *, reason: str) -> Refused:
    return Refused(message, reason=reason, hint="see how it stands:", command=f"gpuspec status {record.address}")
