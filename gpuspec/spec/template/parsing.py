"""A parser that keeps runs of text out of the tree, which the compiler walks many times over."""

from collections.abc import Mapping

from jinja2 import nodes
from jinja2.parser import Parser

# By output node: all that it prints, text and expressions, in order. The node itself keeps the expressions only.
Runs = Mapping[nodes.Output, list[nodes.Expr]]


class RunParser(Parser):
    """Jinja's parser; in a file of 10,000 written-out instances half of all nodes are text that no analysis needs."""

    runs: dict[nodes.Output, list[nodes.Expr]]

    def parse(self) -> nodes.Template:
        """The tree, with what its outputs print in `runs`."""
        self.runs = {}
        return super().parse()

    def subparse(self, end_tokens: tuple[str, ...] | None = None) -> list[nodes.Node]:
        """The nodes up to an end token."""
        body = super().subparse(end_tokens)
        for node in body:
            if isinstance(node, nodes.Output):
                self.runs[node] = node.nodes
                node.nodes = [child for child in node.nodes if not isinstance(child, nodes.TemplateData)]
        return body
