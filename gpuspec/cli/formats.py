"""The forms that a result can have beside text and JSON: Markdown for reviewers, annotations for GitHub Actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpuspec.cli.calling import make_whole
from gpuspec.cli.invocation import Invocation
from gpuspec.cli.options import F
from gpuspec.errors import GpuspecError, SpecFaults, UsageError
from gpuspec.model.problem import Problem
from gpuspec.workflow.summary import refuse_summary

if TYPE_CHECKING:
    from gpuspec.report.github import Annotation

WORKSPACE_VARIABLE = "GITHUB_WORKSPACE"


class Format(Enum):
    """How a result is written to standard output."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


def format_option(*forms: Format) -> Callable[[F], F]:
    """`--format`, for a command that has these forms beside text."""
    return click.option(
        "--format",
        "form",
        metavar="FORM",
        type=click.Choice([form.value for form in (Format.TEXT, *forms)]),
        help=f"How to write the result: text (default){''.join(_MEANINGS[form] for form in forms)}.",
    )


_MEANINGS = {
    Format.MARKDOWN: ", markdown for a comment of at most 60,000 characters",
    Format.GITHUB: ", github for annotations at the spec's lines",
}


summary_option = click.option(
    "--summary", metavar="FILE", help="Add the result as Markdown to this file too, such as $GITHUB_STEP_SUMMARY."
)


def summary_path(given: Mapping[str, Any]) -> Path | None:
    """The file of `--summary`; None without the option.

    Raises:
        UsageError: It is none that could be added to.
    """
    if given["summary"] is None:
        return None
    path = Path(given["summary"])
    refuse_summary(path)
    return path


def chosen_format(call: Invocation, given: Mapping[str, Any]) -> Format:
    """The form that the options ask for.

    Raises:
        UsageError: They ask for two, or for all of what has bounds of its own.
    """
    if call.common.as_json and given["form"]:
        raise UsageError(f"`--json` and `--format {given['form']}` name two forms.", hint="use one of them.")
    form = Format.JSON if call.common.as_json else Format(given["form"] or Format.TEXT.value)
    if given.get("full") and form in {Format.MARKDOWN, Format.GITHUB}:
        message = f"`--full` can't be had with `--format {form.value}`, which shows what there is room for."
        raise UsageError(message, hint="leave one of them out.")
    return form


def annotate(call: Invocation, annotations: Iterable[Annotation]) -> None:
    """Print annotations, files named as GitHub knows them."""
    # Imported where annotations are asked for, here and below: they know plans, which most starts do without.
    from gpuspec.report.github import annotation_text

    root = call.environ.get(WORKSPACE_VARIABLE, "")
    call.terminal.text(annotation_text(annotations, path_of=lambda file: _from_root(file, root)))


@contextmanager
def faults_annotated(call: Invocation, form: Format) -> Iterator[None]:
    """Within it, what fails is annotated on its way out where annotations were asked for."""
    try:
        yield
    except GpuspecError as error:
        if form is Format.GITHUB:
            make_whole(error)
            annotate(call, _failure(error))
        raise


def _failure(error: GpuspecError) -> Iterator[Annotation]:
    from gpuspec.report.github import error_annotations, problem_annotations

    if isinstance(error, SpecFaults):
        return problem_annotations([problem for problem in error.problems if isinstance(problem, Problem)])
    return error_annotations([error])


def _from_root(file: str, root: str) -> str:
    """A file's path from the root of the repository that is checked out; as it was typed where that is not known."""
    path = Path.cwd() / file
    real, workspace = path.parent.resolve() / path.name, Path(root).resolve()
    return real.relative_to(workspace).as_posix() if root and real.is_relative_to(workspace) else file
