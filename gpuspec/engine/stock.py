"""What can still be had, read right before a machine is given up for another one."""

import asyncio

from gpuspec.engine.halt import Halt
from gpuspec.engine.work import Work
from gpuspec.ports import Catalogue

# A reading that is this old tells what there was.
_FRESH_S = 5.0


class Stock:
    """The catalogue, shared by all who ask within a few seconds."""

    def __init__(self, work: Work, halt: Halt) -> None:
        self._work = work
        self._halt = halt
        self._reading: Catalogue | None = None
        self._read_at = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def objection(self, product_id: str) -> str:
        """Why the product can't be had now, as a sentence.

        Empty when it can, when nobody can tell, and when the run is to end.
        """
        async with self._one_at_a_time:
            products = {} if (reading := await self._fresh()) is None else reading.products
        if not products:
            return ""
        product = products.get(product_id)
        if product is None:
            return f"The service does not list the product `{product_id}` any more."
        return "" if product.available else f"The service has no stock of the product `{product_id}`."

    async def _fresh(self) -> Catalogue | None:
        now = self._work.clock.monotonic()
        if self._reading is None or now - self._read_at > _FRESH_S:
            self._reading = await self._halt.unless_called(self._work.cloud.catalogue())
            self._read_at = now
        return self._reading
