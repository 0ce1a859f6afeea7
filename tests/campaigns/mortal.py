"""A process that can die between any two effects: from then on nothing of it reaches disk or service.

Whatever a process does to the outside goes through its cloud and its store. Dying before and after each of these steps
is dying at any instruction, as far as the outside can tell.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from gpuspec.model.answer import Answer
from gpuspec.model.live import Listing, Sight
from gpuspec.model.order import OrderRequest
from gpuspec.ports import Catalogue, CreateRequest, Holder
from gpuspec.store.memory import Medium, MemoryStore
from tests.builders.world import World

T = TypeVar("T")


class Death(BaseException):
    """The process is gone."""


class Life:
    """Counts the effects of one process and ends it at the one that was chosen; None: it lives."""

    def __init__(self, *, ends_at: int | None, chance: random.Random) -> None:
        self.ends_at = ends_at
        self.chance = chance
        self.steps = 0
        self.is_over = False

    def step(self) -> None:
        """One more effect is about to happen, or has just happened."""
        if self.is_over:
            raise Death
        self.steps += 1
        if self.ends_at is not None and self.steps >= self.ends_at:
            self.is_over = True
            raise Death


class MortalCloud:
    """The service, as one process reaches it. `on_create` and `on_order` see each request right before it is sent."""

    def __init__(
        self,
        world: World,
        life: Life,
        *,
        on_create: Callable[[CreateRequest], None],
        on_order: Callable[[OrderRequest], None],
    ) -> None:
        self._world = world
        self._life = life
        self._on_create = on_create
        self._on_order = on_order

    @property
    def origin(self) -> str:
        return self._world.origin

    async def list(self) -> Listing:
        return await self._reaching(self._world.list)

    async def get(self, instance_id: str) -> Sight:
        return await self._reaching(lambda: self._world.get(instance_id))

    async def catalogue(self) -> Catalogue:
        return await self._reaching(self._world.catalogue)

    async def create(self, request: CreateRequest) -> Answer:
        self._on_create(request)
        return await self._reaching(lambda: self._world.create(request))

    async def order(self, request: OrderRequest) -> Answer:
        self._on_order(request)
        return await self._reaching(lambda: self._world.order(request))

    async def _reaching(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        self._life.step()
        answer = await call()
        self._life.step()
        return answer


class MortalStore(MemoryStore):
    """A store on a medium that outlives the process; a death while it appends leaves some of the lines."""

    def __init__(self, medium: Medium, life: Life) -> None:
        super().__init__(medium)
        self._life = life

    def acquire(self, holder: Holder, *, timeout_s: float) -> None:
        self._life.step()
        super().acquire(holder, timeout_s=timeout_s)

    def put_snapshot(self, content: bytes, *, lineage: str, serial: int) -> None:
        self._life.step()
        super().put_snapshot(content, lineage=lineage, serial=serial)
        self._life.step()

    def append(self, lines: Sequence[bytes], *, first_seq: int) -> None:
        try:
            self._life.step()
        except Death:
            # What was not synced is lost, but nobody says how much of it; a torn line is dropped by the reader.
            if self._life.steps == self._life.ends_at:
                self._life.steps += 1
                super().append(lines[: self._life.chance.randint(0, len(lines))], first_seq=first_seq)
            raise
        super().append(lines, first_seq=first_seq)
        self._life.step()

    def cut(self, seq: int) -> None:
        self._life.step()
        super().cut(seq)
        self._life.step()

    def remembered(self) -> Mapping[str, int]:
        return super().remembered()


async def lived(work: Coroutine[Any, Any, T], life: Life, medium: Medium) -> T | None:
    """What a process came to; None when it died. Nothing of a dead one goes on, and its lock is free."""
    before = asyncio.all_tasks()
    # Nobody is left to ask a task of the dead what became of it.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    try:
        return await work
    except BaseException:
        if not life.is_over:
            raise
        return None
    finally:
        if life.is_over:
            left = asyncio.all_tasks() - before
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            MemoryStore(medium).force_release()
