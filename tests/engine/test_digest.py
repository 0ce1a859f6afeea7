"""The digest that an order carries of its request."""

from gpuspec.engine.halt import Halt
from gpuspec.engine.ordering import Orderer, Tries
from gpuspec.engine.scribe import Scribe
from gpuspec.model.journal import Ordered
from gpuspec.model.order import Upgrade
from gpuspec.model.secret import Revealed
from gpuspec.model.values import Env
from tests.builders.engine import Bench, a_record
from tests.builders.virtual_time import in_virtual_time


async def digest_of(secret: str, *, image: str = "img:1") -> str:
    """The digest in the order to upgrade to this image with this secret."""
    bench = Bench()
    machine = bench.world.add("a")
    record = a_record("a", machine.id)
    bench.record(record)
    work = bench.work()
    halt = Halt(work.clock)
    request = Upgrade(
        id=machine.id,
        image_url=image,
        image_auth_id="",
        envs=(Env(key="TOKEN", value=Revealed(text=secret)),),
        command=Revealed(text=f"run --token {secret}"),
        entrypoint="",
        mounts=(),
        marker=None,
    )
    await Orderer(work, scribe=Scribe(work, halt), halt=halt).order(request, "a", after=record, tries=Tries())
    (ordered,) = bench.journal.of(Ordered)
    assert secret not in repr(ordered)
    return str(ordered.order.digest)


def test_a_digest_tells_nothing_of_a_secret() -> None:
    """Whoever reads the journal can't try secrets against it."""
    one, other = (in_virtual_time(digest_of(secret)) for secret in ("hush", "hush-hush"))

    assert one == other


def test_a_digest_tells_requests_apart() -> None:
    """By all that is not secret."""
    one, other = (in_virtual_time(digest_of("hush", image=image)) for image in ("img:1", "img:2"))

    assert one != other
