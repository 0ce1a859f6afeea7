"""The front door: a source and its variables to `Rendered`, or to problems with places."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from gpuspec.errors import Bug
from gpuspec.model.problem import Problems
from gpuspec.ports import IncludeReader
from gpuspec.spec.collector import collector_off
from gpuspec.spec.plain import as_it_stands
from gpuspec.spec.rendered import Rendered, Value
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import BoundExceeded, Bounds, Meter
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.explain import problems_of
from gpuspec.spec.template.fragment import Piece
from gpuspec.spec.template.load import Loader
from gpuspec.spec.template.values import inward
from gpuspec.spec.template.weave import Weaver
from gpuspec.spec.text import decode

_TEMPLATED = re.compile(r"\{[{%#]|#% ")


def render(
    source: Source,
    *,
    variables: Mapping[str, Value],
    includes: IncludeReader,
    bounds: Bounds,
    whole_lines: bool = True,
) -> Rendered | Problems:
    """The source with its expressions and tags carried out.

    Names in `include`, `import` and `extends` are relative to the project folder, in included files too. A variable
    without a value is not in `variables`: printing it gives a token with an `Undefined`, any other use ends the
    rendering with one problem.

    Args:
        source: Its bytes are checked first; a file that is not text gives all its faults.
        variables: Typed; a `Secret`, also deep inside, can only be printed.
        includes: Asked once for each name.
        bounds: What the rendering may use.
        whole_lines: Whether lines that hold only tags vanish; without it all blanks stay, as in plain Jinja.
    """
    text = decode(source)
    if isinstance(text, Problems):
        return text
    if not _TEMPLATED.search(text):
        return as_it_stands(source.file, text)
    meter = Meter(bounds)
    loader = Loader(source, includes=includes, emitter=Emitter(meter), whole_lines=whole_lines)
    try:
        with collector_off():
            return _rendered(text, source, loader=loader, variables=variables, meter=meter)
    except Bug:
        raise
    except (Exception, BoundExceeded) as error:  # noqa: BLE001 (whatever an expression raises is the template's fault)
        return problems_of(error, source.file, known=variables.keys(), environment=loader.environment)


def _rendered(text: str, source: Source, *, loader: Loader, variables: Mapping[str, Value], meter: Meter) -> Rendered:
    template = loader.compile(text, name=source.inside or None, file=source.file)
    context = template.new_context({name: inward(value) for name, value in variables.items()})
    weaver = Weaver(source.file, meter=meter, known=variables.keys())
    weaver.add(cast("Iterator[Piece]", template.root_render_func(context)))
    return weaver.rendered()
