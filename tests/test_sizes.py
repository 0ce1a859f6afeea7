"""No function and no file is longer than CONTRIBUTING.md allows."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "gpuspec"
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_FILE = 350


def test_no_function_is_longer_than_forty_lines() -> None:
    """Coordinators are no exception."""
    found = [
        f"{file.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno is not None and node.end_lineno - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]

    assert [] == found


def test_no_file_is_longer_than_350_lines() -> None:
    """What grows beyond it has a second job by then."""
    found = [
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        if len(file.read_text(encoding="utf-8").splitlines()) > MOST_LINES_OF_A_FILE
    ]

    assert [] == found
