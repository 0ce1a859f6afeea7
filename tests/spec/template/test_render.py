"""The ordinary course: values become tokens, tags vanish, places are the user's."""

from gpuspec.model.place import Place
from tests.builders.templates import rendered, spoken, values


def test_an_expression_becomes_a_token_with_its_value_and_place() -> None:
    """The value keeps its type, and its place is the expression's first character."""
    made = rendered("gpuNum: {{ gpus }}\n", gpus=2)

    assert made.text == "gpuNum: \ue0000\ue001\n"
    assert values(made) == [2]
    assert made.inserted[0].place == Place(file="spec.yaml", line=1, column=12, width=4)


def test_a_loop_repeats_its_body_with_tokens_of_their_own() -> None:
    """Each round has its own token; all of them have the one place."""
    made = rendered("#% for n in range(2)\nworker-{{ n }}: 1\n#% endfor\n")

    assert spoken(made) == "worker-0: 1\nworker-1: 1\n"
    assert {(one.place.line, one.place.column) for one in made.inserted} == {(2, 11)}


def test_a_file_without_tags_is_left_as_it_stands() -> None:
    """Nothing is compiled, and each offset's place is its own line and column."""
    made = rendered("a: 1\nb: 2\n")

    assert made.text == "a: 1\nb: 2\n"
    assert str(made.place(5)) == "spec.yaml:2:1"
