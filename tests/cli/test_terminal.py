"""A document holds nothing that a terminal obeys, and says the same."""

import io
import json

from gpuspec.cli.terminal import Terminal

OBEYED = "a\x1b[2J\x9b2J\u202eb\u2028c\x7f\ufeffd\u200be\xadf\ue000g\U000e0041h\U0010ffff"


def test_a_document_has_no_character_that_a_terminal_obeys() -> None:
    """A name of the API can't clear the screen nor turn its text; what people write stays as it is."""
    out = io.StringIO()
    Terminal(stdout=out, stderr=io.StringIO(), environ={}).document({"name": OBEYED, "city": "Zürich 東京"})

    assert {"name": OBEYED, "city": "Zürich 東京"} == json.loads(out.getvalue())
    assert out.getvalue().replace("\n", "").isprintable()
    assert "Zürich 東京" in out.getvalue()
