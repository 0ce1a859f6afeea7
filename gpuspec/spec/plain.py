"""Files without templating (project files, variable files) in the form in which the YAML reader takes them."""

from gpuspec.model.place import Place
from gpuspec.model.problem import Problems
from gpuspec.spec.rendered import Rendered
from gpuspec.spec.source import Source
from gpuspec.spec.text import decode


def plain(source: Source) -> Rendered | Problems:
    """The file as it stands: `{{ … }}` in it is text like any other."""
    text = decode(source)
    return text if isinstance(text, Problems) else as_it_stands(source.file, text)


def as_it_stands(file: str, text: str) -> Rendered:
    """Decoded text as a rendering that changed nothing."""
    start = Place(file=file, line=1, column=1)
    return Rendered(file=file, text=text, inserted=(), starts=(0,), origins=(start,))
