"""Running the asynchronous part of a command."""

from gpuspec.cli.loop import complete


class Unspeakable:
    """A result that must not be written out."""

    def __repr__(self) -> str:
        message = "somebody wrote out the result"
        raise AssertionError(message)


def test_a_result_is_not_written_out_on_the_way() -> None:
    """A large plan would take seconds, for a message that nobody sees."""
    result = Unspeakable()

    async def work() -> Unspeakable:
        return result

    assert complete(work()) is result
