"""A run's settings: what the command line sets, else the environment, else the project, else what fits the origin."""

from dataclasses import dataclass, replace

from gpuspec.cloud.endpoint import is_loopback
from gpuspec.model.project import SIMULATOR, Tuning, over
from gpuspec.model.settings import Settings, Wait
from gpuspec.workflow.project import Home

SETTLE_MARGIN_S = 60.0

_SIMULATOR = Settings(
    parallelism=16, rate=0.0, request_timeout_s=10.0, settle_window_s=5.0, poll_s=0.5, wait_timeout_s=120.0
)
_LOOPBACK = Settings(parallelism=16, rate=0.0, poll_s=0.5)
_REMOTE = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the command line sets; None leaves the choice to the project file."""

    parallelism: int | None = None
    settle_s: float | None = None
    wait: Wait = Wait.RUNNING
    wait_timeout_s: float | None = None


def settings_for(origin: str, home: Home, chosen: Chosen) -> Settings:
    """The settings of a run against this origin.

    A settle window shorter than the longest time that a request may be on its way would prove nothing, so a remote
    origin never gets one.
    """
    settings = _tuned(_fitting(origin), over(home.environment.tuning, home.project.tuning))
    settings = replace(
        settings,
        parallelism=chosen.parallelism or settings.parallelism,
        settle_s=chosen.settle_s,
        wait=chosen.wait,
        wait_timeout_s=settings.wait_timeout_s if chosen.wait_timeout_s is None else chosen.wait_timeout_s,
    )
    if origin == SIMULATOR or is_loopback(origin):
        return settings
    shortest = settings.request_timeout_s + SETTLE_MARGIN_S
    return replace(settings, settle_window_s=max(settings.settle_window_s, shortest))


def _fitting(origin: str) -> Settings:
    if origin == SIMULATOR:
        return _SIMULATOR
    return _LOOPBACK if is_loopback(origin) else _REMOTE


def _tuned(settings: Settings, tuning: Tuning) -> Settings:
    named = {
        "parallelism": tuning.parallelism,
        "rate": tuning.rate,
        "request_timeout_s": tuning.request_timeout_s,
        "settle_window_s": tuning.settle_window_s,
    }
    return replace(settings, **{name: value for name, value in named.items() if value is not None})  # type: ignore[arg-type]
