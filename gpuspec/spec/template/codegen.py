"""A code generator whose templates yield pieces, count their steps and know the column of each of their lines.

Jinja writes `str(finalize(expression))` for an expression and a string constant for text; here stand `emit(place,
expression)` and a piece of data. Nothing is folded at compile time.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from gpuspec.model.place import Place
from gpuspec.spec.template.faults import TemplateFault
from gpuspec.spec.template.fragment import Data
from gpuspec.spec.template.parsing import Runs
from gpuspec.spec.template.places import At, start_of

# A fault of a tag lies in its expression; in a body it has places of its own.
_BLAMED: Mapping[type[nodes.Node], str] = {
    nodes.If: "test",
    nodes.For: "iter",
    nodes.Assign: "node",
    nodes.Include: "template",
    nodes.Import: "template",
    nodes.FromImport: "template",
    nodes.Extends: "template",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
}


class PieceGenerator(CodeGenerator):
    """Python source for one template; `names` are the places and pieces of text that it refers to."""

    def __init__(self, environment: Any, name: str | None, filename: str, *, runs: Runs) -> None:
        super().__init__(environment, name, filename, optimized=False)
        self._runs = runs
        self.file = filename
        self.names: dict[str, Data | Place] = {}
        self.lines: list[tuple[int, At]] = []
        self._emitting = False

    def blockvisit(self, nodes: Any, frame: Frame) -> None:
        """Count a step at the begin of each block's body."""
        self.writeline("tick()")
        super().blockvisit(nodes, frame)

    def newline(self, node: nodes.Node | None = None, extra: int = 0) -> None:
        """Note the column too: Jinja sees no difference between two places on one line."""
        super().newline(None, extra)
        at = None if node is None else blamed(node)
        if at is not None:
            self._write_debug_info = at

    def write(self, x: str) -> None:
        """Collect Jinja's table of lines in our form."""
        super().write(x)
        while self.debug_info:
            at, code_line = self.debug_info.pop()
            self.lines.append((code_line, at if isinstance(at, At) else At(at, 1)))

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802 (Jinja's name)
        """Write one piece for each run of text and each expression."""
        if frame.require_output_check:
            if self.has_known_extends:
                return
            self.writeline("if parent_template is None:")
            self.indent()
            self.writeline("pass")
        self.writeline("yield from (" if frame.buffer is None else f"{frame.buffer}.extend((")
        for child in self._runs[node]:
            self._write_piece(child, frame)
        self.writeline(")" if frame.buffer is None else "))")
        if frame.require_output_check:
            self.outdent()

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        """Open a piece; with a node (call block, filter block, recursive loop) it is an expression's."""
        super().start_write(frame, node)
        if node is not None:
            self._emitting = True
            self.write(f"emit({self._site(node)}, ")

    def end_write(self, frame: Frame) -> None:
        """Close what `start_write` opened."""
        if self._emitting:
            self.write(")")
            self._emitting = False
        super().end_write(frame)

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802
        """Print the included file's pieces as one fragment, so that they know who included them."""
        at = node.lineno
        padding = at.indent if isinstance(at, At) else None
        self.newline(node)
        self.start_write(frame)
        self.write(f"include({self._site(node)}, {padding!r}, ")
        self.visit(node.template, frame)
        scope = f"context.get_all(), {self.dump_local_context(frame)}" if node.with_context else "None, None"
        self.write(f", {node.ignore_missing!r}, {scope})")
        self.end_write(frame)

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """Count the rounds that a loop's own `if` leaves out."""
        if node.test is not None:
            node.test = nodes.And(_internal("tick()"), node.test, lineno=node.test.lineno)
        super().visit_For(node, frame)

    def visit_With(self, node: nodes.With, frame: Frame) -> None:  # noqa: N802
        """Give the assigned values a place."""
        self.newline(node.values[0] if node.values else node)
        self.write("pass")
        super().visit_With(node, frame)

    def visit_ScopedEvalContextModifier(  # noqa: N802
        self,
        node: nodes.ScopedEvalContextModifier,
        frame: Frame,  # noqa: ARG002
    ) -> None:
        """Refuse `autoescape`, which has nothing to do here."""
        raise TemplateFault(
            "template-forbidden",
            "`autoescape` is for HTML. An inserted value never changes the document's shape, so nothing is escaped.",
            hint="leave the tag out.",
            at=_at(node),
        )

    def _write_piece(self, child: nodes.Node, frame: Frame) -> None:
        at = blamed(child)
        self.newline()
        self._write_debug_info = at if at is not None else self._write_debug_info
        if isinstance(child, nodes.TemplateData):
            self.write(f"{self._table('data', Data(self._place(at), child.data))},")
            return
        site = self._table("site", self._place(at))
        if isinstance(child, nodes.Name):
            # `emit` itself looks after a variable that is not there, which keeps the code small.
            self.write(f"emit({site}, {frame.symbols.ref(child.name)}, {child.name!r}),")
            return
        self.write(f"emit({site}, ")
        self.visit(child, frame)
        self.write("),")

    def _site(self, node: nodes.Node) -> str:
        return self._table("site", self._place(blamed(node)))

    def _table(self, kind: str, value: Data | Place) -> str:
        """A name in the code for something that is made now; short, since a spec may have a hundred thousand."""
        name = f"{kind}{len(self.names)}"
        self.names[name] = value
        return name

    def _place(self, at: At | None) -> Place:
        if at is None:
            return Place(file=self.file, line=1, column=1)
        return Place(file=self.file, line=int(at), column=at.column, width=at.width)


def blamed(node: nodes.Node) -> At | None:
    """The position that a fault of this node has."""
    part = _BLAMED.get(type(node))
    if part is not None:
        return start_of(getattr(node, part)) or _at(node)
    return start_of(node) if isinstance(node, nodes.Expr) else _at(node)


def _at(node: nodes.Node) -> At | None:
    return node.lineno if isinstance(node.lineno, At) else None


def _internal(code: str) -> nodes.InternalName:
    """A node that stands for a piece of Python; the class forbids making one in the plain way."""
    node = object.__new__(nodes.InternalName)
    nodes.Node.__init__(node, code, lineno=None)
    return node
