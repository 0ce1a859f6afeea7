"""Whatever the text, reading ends with a tree or with problems that have places."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.model.problem import Problems
from gpuspec.spec.excerpt import merged, with_excerpts
from gpuspec.spec.tree import Data, Path, Tree
from gpuspec.spec.yamltext.read import read
from tests.builders.rendering import a_rendered, a_text

PIECES = st.sampled_from(
    [
        "a", "b", "k1", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "\n\t", " ", "\t", "? ", "?", "[", "]", "{", "}",
        ",", ", ", "'", '"', "\\", "\\x", "&a ", "*a", "*a ", "!t ", "!!", "<<: *a", "<<", "|", "|-\n", ">", "# c", "%",
        "---", "...", "\n---\n", "%YAML 1.2\n", "@", "`", "0", "007", "1.5", ".inf", "null", "true", "~", "é", "😀",
        "«»", "\x07", "imageAuth: x", "HF_TOKEN: y",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def paths(data: Data, at: Path = ()) -> list[Path]:
    """All paths of a tree."""
    inner: list[Path] = []
    if isinstance(data, dict):
        inner = [path for key, value in data.items() for path in paths(value, (*at, key))]
    elif isinstance(data, list):
        inner = [path for number, value in enumerate(data) for path in paths(value, (*at, number))]
    return [at, *inner]


@settings(max_examples=1000, deadline=None)
@given(text=TEXTS)
def test_any_text_is_read_or_explained(text: str) -> None:
    """No traceback, no problem without words, a place inside the text for all."""
    rendered = a_rendered(text, *[1] * text.count("«»"))
    source = text.replace("«»", "{{ v }}")
    lines = source.split("\n")

    got = read(rendered)
    problems = got.items if isinstance(got, Problems) else got.problems

    for problem in with_excerpts(merged(problems), {"spec.yaml": source}):
        assert problem.message
        assert problem.hint
        assert problem.summary
        assert problem.place is not None
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert problem.excerpt_column >= 1
    if isinstance(got, Tree):
        for path in paths(got.data):
            for place in (got.place(path), got.key_place(path)):
                assert 1 <= place.column <= place.column + place.width - 1 <= len(lines[place.line - 1]) + 1
            got.inserted(path)
            got.quoted(path)


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_any_characters_are_read_or_refused(text: str) -> None:
    """Also those that no file holds."""
    assert isinstance(read(a_text(text)), Tree | Problems)
