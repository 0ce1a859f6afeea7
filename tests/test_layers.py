"""Imports go down only, each library has one home, and nothing below `cli/` touches the process around it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "gpuspec"

RANKS = {
    "errors": 0,
    "model": 1,
    "ports": 2,
    "spec": 3,
    "planning": 3,
    "codec": 3,
    "engine": 4,
    "cloud": 4,
    "store": 4,
    "workflow": 5,
    "report": 5,
    "cli": 6,
}
# Folders of one rank don't know each other. The simulator stands apart: it knows errors only, and only cli starts it.
ALLOWED = {folder: {other for other, rank in RANKS.items() if rank < RANKS[folder]} | {folder} for folder in RANKS} | {
    "simulator": {"errors", "simulator"}
}
ALLOWED["cli"] |= {"simulator"}

HOMES = {
    "jinja2": ("spec/template/",),
    "ruamel": ("spec/yamltext",),
    "jsonschema": ("spec/check",),
    "deepdiff": ("planning/compare",),
    "httpx": ("cloud/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "boto3": ("store/objects_aws",),
    "botocore": ("store/objects_aws",),
    "filelock": ("store/lock",),
    "obstore": ("store/objects_",),
    "starlette": ("simulator/",),
    "uvicorn": ("simulator/",),
}
PROCESS_MODULES = {"signal", "resource", "readline", "termios", "tty", "getpass"}
PROCESS_NAMES = {
    "os.environ",
    "os.getenv",
    "sys.stdout",
    "sys.stderr",
    "sys.stdin",
    "sys.argv",
    "sys.exit",
    "print",
    "input",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """All that is imported: inside functions and below `TYPE_CHECKING` too, where the rules are no others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = list(modules())


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_go_down_only(name: str, tree: ast.Module) -> None:
    """A folder imports itself and folders of a lower rank."""
    folder = name.split("/")[0].removesuffix(".py")
    if folder in {"__init__", "__main__"}:
        return
    for imported in imports(tree):
        parts = imported.split(".")
        if parts[0] == "gpuspec" and parts[1:2] not in (["__version__"], []):
            assert parts[1] in ALLOWED[folder], f"{name} imports {imported}"


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=[name for name, _ in MODULES])
def test_each_library_has_one_home(name: str, tree: ast.Module) -> None:
    """A library is imported only in the folder or module that is its home."""
    for imported in imports(tree):
        home = HOMES.get(imported.split(".")[0])
        assert home is None or name.startswith(home), f"{name} imports {imported}"


@pytest.mark.parametrize(("name", "tree"), MODULES, ids=[name for name, _ in MODULES])
def test_the_process_is_touched_only_in_cli(name: str, tree: ast.Module) -> None:
    """No signal, limit, environment or terminal below `cli/`."""
    if name.startswith("cli/"):
        return
    for imported in imports(tree):
        assert imported.split(".")[0] not in PROCESS_MODULES, f"{name} imports {imported}"
        assert imported not in PROCESS_NAMES, f"{name} imports {imported}"
    for node in ast.walk(tree):
        dotted = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        assert dotted not in PROCESS_NAMES, f"{name} uses {dotted}"
