"""Read a rendered text into a tree."""

from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import YAMLError

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.collector import collector_off
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.tree import Tree
from gpuspec.spec.yamltext.builder import Builder
from gpuspec.spec.yamltext.characters import refused_characters
from gpuspec.spec.yamltext.faults import Stop
from gpuspec.spec.yamltext.limits import Limits
from gpuspec.spec.yamltext.syntax import syntax_problem

DEFAULT_LIMITS = Limits()


def read(rendered: Rendered, *, limits: Limits = DEFAULT_LIMITS) -> Tree | Problems:
    """The document in a rendered text; where its text can't be read to its end, every problem up to there.

    The garbage collector is off meanwhile: it would take half of the time of a large document.
    """
    refused = refused_characters(rendered)
    if refused:
        return Problems(items=refused)
    builder = Builder(rendered, limits)
    with collector_off():
        whole = _read_whole(rendered, builder)
    problems = tuple(builder.faults.items)
    if not whole:
        return Problems(items=problems)
    return Tree(file=rendered.file, data=builder.data, problems=problems, positions=builder.positions)


def _read_whole(rendered: Rendered, builder: Builder) -> bool:
    """Whether the text was read to its end; why not is among the builder's faults."""
    try:
        _feed(rendered, builder)
    except Stop:
        return False
    except YAMLError as error:
        builder.faults.items.append(syntax_problem(error, rendered))
        return False
    if builder.is_empty:
        builder.faults.items.append(_empty(rendered))
        return False
    return True


def _feed(rendered: Rendered, builder: Builder) -> None:
    text = rendered.text
    if text.startswith("\ufeff"):
        # libyaml leaves the mark out of its offsets; a line break in its place keeps them right.
        text = f"\n{text[1:]}"
    next_event, handlers = CParser(text).get_event, builder.handlers
    while (event := next_event()) is not None:
        handlers[type(event)](event)


def _empty(rendered: Rendered) -> Problem:
    return Problem(
        code="file-empty",
        message="There is nothing in it but blank lines and comments.",
        place=Place(file=rendered.file, line=1, column=1),
        hint="if all of it is a template, see which of its conditions are met with `gpuspec render`.",
    )
