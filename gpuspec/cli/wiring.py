"""Puts the outside world behind the ports: from what was chosen on the command line to a session."""

from collections.abc import Mapping
from pathlib import Path

from gpuspec.cli.calling import note_calling
from gpuspec.cli.limits import bounded
from gpuspec.cli.options import CloudChoice, Common
from gpuspec.cli.shared import opener
from gpuspec.cli.system import SystemClock, SystemRandomness, SystemSecrets
from gpuspec.errors import UsageError
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.project import SIMULATOR, CloudKind
from gpuspec.model.state_url import StateUrl, is_url, state_url
from gpuspec.ports import Sealer, Secrets
from gpuspec.store.paths import STATE_NAME, WORK_NAME
from gpuspec.store.paths import state_path as place_of_state
from gpuspec.workflow.project import Home, find_home
from gpuspec.workflow.session import Given, Offline, Workplace

ENDPOINT_VARIABLE = "GPUSPEC_ENDPOINT"
STATE_KEY_VARIABLE = "GPUSPEC_STATE_KEY"
VARIABLE_PREFIX = "GPUSPEC_VAR_"


def offline(common: Common, files: tuple[str, ...], *, environ: Mapping[str, str]) -> Offline:
    """What commands work with that look at specs only."""
    return offline_of(common, files, CloudChoice(), environ=environ)


def offline_of(common: Common, files: tuple[str, ...], choice: CloudChoice, *, environ: Mapping[str, str]) -> Offline:
    """What commands work with that look at the state of a service without asking it."""
    home = find_home(files, environment=common.environment, again=common.again)
    note_calling(home.environment.name, files)
    prefix = len(VARIABLE_PREFIX)
    given = Given(
        texts=_variables(common.variables),
        files=common.variable_files,
        environ={name[prefix:]: text for name, text in environ.items() if name.startswith(VARIABLE_PREFIX)},
    )
    simulated = simulates(home, choice, environ=environ)
    workplace = workplace_of(home, named=common.state_path, simulated=simulated, environ=environ)
    secrets, state_key = SystemSecrets(environ=environ, folder=home.folder), environ.get(STATE_KEY_VARIABLE, "")
    return Offline(
        home=home,
        given=given,
        guard=bounded,
        workplace=workplace,
        clock=SystemClock(),
        randomness=SystemRandomness(),
        secrets=_stand_ins(secrets, workplace, state_key=state_key) if simulated else secrets,
        state_key=state_key,
        files=files,
    )


def _stand_ins(secrets: SystemSecrets, workplace: Workplace, *, state_key: str) -> Secrets:
    # Imported here: real services get the secrets themselves.
    from gpuspec.cli.stand_ins import StandIns
    from gpuspec.store.seal import sealer_at_hand, sealer_from_text

    def sealer() -> Sealer:
        return sealer_from_text(state_key) if state_key else sealer_at_hand(workplace.work_folder)

    return StandIns(secrets=secrets, sealer=sealer)


def simulates(home: Home, choice: CloudChoice, *, environ: Mapping[str, str]) -> bool:
    """Whether this run is on the project's own simulator; an endpoint that was asked for goes before the project's
    `cloud: simulator`.
    """
    if choice.simulate and choice.endpoint:
        message = "`--simulate` and `--endpoint` name two services."
        raise UsageError(message, hint="use one of them.")
    endpoint = choice.endpoint or environ.get(ENDPOINT_VARIABLE)
    simulated = choice.simulate or (home.cloud is CloudKind.SIMULATOR and not endpoint)
    if choice.faults and not simulated:
        raise UsageError("`--fault` is for the simulator.", hint="add `--simulate`.")
    return simulated


def workplace_of(home: Home, *, named: str, simulated: bool, environ: Mapping[str, str]) -> Workplace:
    """Where the state is: the place that was named, else the environment's, else the project's.

    Raises:
        UsageError: A URL is none that a state can be at.
    """
    work_folder = home.folder / WORK_NAME
    folder, configured = home.folder, home.project.state
    if simulated:
        # A world of its own: what the simulator makes is never taken for a real machine, nor the other way round.
        work_folder /= SIMULATOR
        folder, configured = work_folder, ""
    own = "" if simulated else home.environment.state
    environment = home.environment.name or DEFAULT_ENVIRONMENT
    url = _shared(named or own, configured=configured, environment=environment)
    if url is None:
        chosen = place_of_state(folder, environment=environment, configured=configured)
        chosen = Path(named) if named else folder / own if own else chosen
    else:
        chosen = folder / STATE_NAME
    beside = chosen.parent.resolve()
    if (named or not simulated) and not beside.is_relative_to(home.folder):
        # Every clone of the project that uses this state has to find the one lock and the one journal.
        work_folder = beside / work_folder.relative_to(home.folder)
    return Workplace(
        state_path=chosen,
        work_folder=work_folder,
        folder=folder,
        open_objects=opener(environ),
        configured=configured,
        url=url,
    )


def _shared(chosen: str, *, configured: str, environment: str) -> StateUrl | None:
    """The place of a shared state; None where the state is a file."""
    text = chosen or configured
    if not is_url(text):
        return None
    url = state_url(text)
    if url is None:
        # The text is not repeated: it may have a password in it.
        message = "The state's URL is none: a scheme (`s3`, `gs` or `az`), a bucket, and a prefix at most."
        hint = "as in `s3://bucket/prefix`; credentials come from the environment or a profile, never from the URL."
        raise UsageError(message, hint=hint)
    return url if chosen or environment == DEFAULT_ENVIRONMENT else url.below(environment)


def _variables(texts: tuple[str, ...]) -> dict[str, str]:
    variables = {}
    for number, text in enumerate(texts, start=1):
        name, equals, value = text.partition("=")
        if not equals or not name:
            # The text is not repeated: it may be a secret in the wrong place.
            lacking = "no name before its `=`" if equals else "no `=`"
            message = f"`--var` takes NAME=VALUE; {_which(number, len(texts))} has {lacking}."
            raise UsageError(message, hint="for example `--var workers=4`.")
        variables[name] = value
    return variables


def _which(number: int, count: int) -> str:
    return "this one" if count == 1 else f"number {number} of them"
