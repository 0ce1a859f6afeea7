"""Files to compiled templates: read through the project's reader, checked, compiled, kept for one rendering."""

import re
from typing import Any, cast

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError
from jinja2.runtime import Context

from gpuspec.model.place import Place
from gpuspec.model.problem import Problems, Related
from gpuspec.ports import IncludeReader, NotReadable
from gpuspec.spec.source import Source
from gpuspec.spec.template.codegen import PieceGenerator
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.faults import PlacedFault, TemplateFault, placed
from gpuspec.spec.template.fragment import Fragment, Piece, Printed
from gpuspec.spec.template.parsing import RunParser
from gpuspec.spec.template.places import At
from gpuspec.spec.template.sandbox import TemplateEnvironment
from gpuspec.spec.template.shaping import Indenter, ended
from gpuspec.spec.template.syntax import hint_for, reworded
from gpuspec.spec.text import decode

FROM_THE_PROJECT = "names are relative to the project folder."
_MISSING = frozenset({"include-missing", "file-missing"})
_PYTHONS_LIMITS = re.compile("too many|nested|indentation|overflow|recursion", re.IGNORECASE)


class NotThere(TemplateNotFound):
    """An included file that does not exist; `ignore missing` lets it pass."""

    def __init__(self, name: str, why: NotReadable) -> None:
        super().__init__(name)
        self.why = why


class CompiledTemplate(Template):
    """A template that knows where each line of its code came from."""

    file: str
    code_lines: list[int]
    marks: list[At]


class Loader:
    """Gives compiled templates by name, relative to the project folder and to nothing else.

    A name in an included file is not looked for beside that file: what a line includes can be told without knowing
    who includes it.
    """

    def __init__(self, source: Source, *, includes: IncludeReader, emitter: Emitter, whole_lines: bool = True) -> None:
        self._source = source
        self._includes = includes
        self._emitter = emitter
        self._kept: dict[str, CompiledTemplate] = {}
        self.environment = TemplateEnvironment(emitter, self.load, whole_lines=whole_lines)

    def load(self, name: str) -> CompiledTemplate:
        """The template in the project's file of this name.

        Raises:
            NotThere: There is no such file.
            PlacedFault: The file has faults of its own.
            TemplateFault: The file can't be read.
        """
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = self._read(name)
        return kept

    def compile(self, text: str, *, name: str | None, file: str) -> CompiledTemplate:
        """A template of this text.

        Raises:
            PlacedFault: The text is no template.
        """
        try:
            return self._compiled(text, name=name, file=file)
        except TemplateSyntaxError as error:
            at = error.lineno if isinstance(error.lineno, At) else At(error.lineno, 1)
            raise self._syntax(reworded(error.message or ""), at, file) from error
        except TemplateFault as fault:
            if fault.at is None:
                raise
            raise placed(fault.code, fault.message, _place(file, fault.at), hint=fault.hint) from fault
        except (RecursionError, MemoryError) as error:
            raise self._too_deep(file, self._last()) from error

    def include(
        self,
        place: Place,
        padding: str | None,
        names: Any,
        missing_ok: bool,  # noqa: FBT001 (called by compiled code)
        variables: Any,
        local: Any,
    ) -> Piece:
        """What an `include` prints; with padding, from a tag alone on its line, whole lines and indented."""
        try:
            template = self.environment.first_of(names)
        except TemplateNotFound:
            if missing_ok:
                return Printed(place, Fragment.of("", (), weight=0, depth=0))
            raise
        context: Context = template.new_context(variables, variables is not None, local)
        pieces = list(template.root_render_func(context))
        if padding is not None:
            pieces = Indenter(self._emitter, padding).indented(ended(pieces), first=True)
        return Printed(place, self._emitter.gather(pieces))

    def _read(self, name: str) -> CompiledTemplate:
        found = self._includes.read(name)
        if isinstance(found, NotReadable):
            if found.code in _MISSING:
                raise NotThere(name, found)
            raise TemplateFault(found.code, found.message, hint=found.hint or FROM_THE_PROJECT)
        file = self._shown(name)
        text = decode(Source(file=file, inside=name, content=found))
        if isinstance(text, Problems):
            raise PlacedFault(text)
        return self.compile(text, name=name, file=file)

    def _shown(self, name: str) -> str:
        """The name as the user would write it from where they are."""
        file, inside = self._source.file, self._source.inside
        return file.removesuffix(inside) + name if inside and file.endswith(inside) else name

    def _compiled(self, text: str, *, name: str | None, file: str) -> CompiledTemplate:
        environment = self.environment
        parser = RunParser(environment, text, name, file)
        tree = parser.parse()
        generator = PieceGenerator(environment, name, file, runs=parser.runs)
        generator.visit(tree)
        lines = sorted(generator.lines, key=lambda line: line[0])
        try:
            code = compile(generator.stream.getvalue(), f"<{file}>", "exec")  # type: ignore[attr-defined]
        except SyntaxError as error:
            raise self._not_python(error, lines, file) from error
        namespace = {"environment": environment, "__file__": file}
        exec(code, namespace)  # noqa: S102 (this is how Jinja templates run; the code is the generator's)
        return self._template(namespace, generator, lines)

    def _template(
        self, namespace: dict[str, Any], generator: PieceGenerator, lines: list[tuple[int, At]]
    ) -> CompiledTemplate:
        namespace |= {
            **generator.names,
            "emit": self._emitter.emit,
            "tick": self._emitter.meter.tick,
            "include": self.include,
            "str_join": self._emitter.join,
            "markup_join": self._emitter.join,
        }
        environment = self.environment
        made = CompiledTemplate._from_namespace(environment, namespace, environment.make_globals(None))
        template = cast("CompiledTemplate", made)
        template.file = generator.file
        template.code_lines = [line for line, _ in lines]
        template.marks = [at for _, at in lines]
        return template

    def _last(self) -> At:
        return self.environment.reading.last if self.environment.reading is not None else At(1, 1)

    def _syntax(self, message: str, at: At, file: str) -> PlacedFault:
        reading = self.environment.reading
        openings = [(begin, tag) for begin, tag in (reading.openings if reading else ()) if begin.key <= at.key]
        related: tuple[Related, ...] = ()
        if openings and int(openings[-1][0]) != int(at):
            begin, tag = openings[-1]
            related = (Related(label=f"`{tag}` was opened here", place=_place(file, begin)),)
        return placed(
            "template-syntax", message, _place(file, at), hint=hint_for(message, self.environment), related=related
        )

    def _too_deep(self, file: str, at: At) -> PlacedFault:
        message = "The template is nested too deeply here for it to be compiled."
        return placed("template-too-deep", message, _place(file, at), hint="split it with `set`, macros or includes.")

    def _not_python(self, error: SyntaxError, lines: list[tuple[int, At]], file: str) -> PlacedFault:
        at = next((at for line, at in reversed(lines) if line <= (error.lineno or 1)), At(1, 1))
        if _PYTHONS_LIMITS.search(error.msg):
            return self._too_deep(file, at)
        return self._syntax(f"The tag can't be compiled: {error.msg}.", at, file)


def _place(file: str, at: At) -> Place:
    return Place(file=file, line=int(at), column=at.column)
