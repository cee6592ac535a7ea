"""The shape of the workspace: who may import whom."""

import ast
import importlib
import tomllib
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[1] / "packages"
MAY_IMPORT = {
    "context_core": set(),
    "context_compression": {"context_core"},
    "context_memory": {"context_core"},
    "context_toolkit": {"context_core"},
    "context_observe": {"context_core"},
    "context_suite": {"context_core", "context_compression", "context_memory", "context_toolkit", "context_observe"},
}


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {module.split(".")[0] for module in modules}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_down(package):
    """A package imports those below it and none beside or above."""
    for path in (PACKAGES / package.replace("_", "-") / "src").rglob("*.py"):
        siblings = {name for name in _imports(path) if name.startswith("context_")} - {package}
        assert siblings <= MAY_IMPORT[package], path


def test_every_package_is_listed():
    """A new package must say whom it may import."""
    assert {path.name.replace("-", "_") for path in PACKAGES.iterdir() if path.is_dir()} == set(MAY_IMPORT)


def test_no_pickle_anywhere():
    """Nothing reads or writes pickles."""
    for path in PACKAGES.rglob("*.py"):
        assert not _imports(path) & {"pickle", "dill", "cloudpickle", "shelve", "marshal"}, path


def test_only_the_kit_needs_test_libraries():
    """Outside the shipped kits no module imports pytest or Hypothesis."""
    for path in PACKAGES.rglob("*.py"):
        if "testing" not in path.parts:
            assert not _imports(path) & {"pytest", "hypothesis"}, path


def test_versions_agree():
    """All packages carry the same version, and pin their siblings to it."""

    projects = [
        tomllib.loads((PACKAGES / name.replace("_", "-") / "pyproject.toml").read_text())["project"]
        for name in MAY_IMPORT
    ]
    [version] = {project["version"] for project in projects}
    siblings = [d for project in projects for d in project["dependencies"] if d.startswith("context-")]
    assert siblings
    assert all(dependency.endswith(f"=={version}") for dependency in siblings)


@pytest.mark.parametrize("package", ["context_memory", "context_observe", "context_toolkit"])
def test_no_module_hides_a_name(package):
    """Where names are imported on demand, none is a module's: once imported, the module would stand in its place."""
    module = importlib.import_module(package)
    folder = PACKAGES / package.replace("_", "-") / "src" / package
    modules = {path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert not modules & set(module.__all__)
    assert set(module._MODULES) <= set(module.__all__)
