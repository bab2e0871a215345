"""The floors hold: imports run downhill, no circle of files, and what should be light is light."""

import ast
import resource
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("ontology", "kg", "ingest", "services", "api")
HEAVY = (
    "rdflib", "owlready2", "pyshacl", "pyrudof", "fastapi", "starlette", "uvicorn", "pydantic", "pymarc",
    "openpyxl", "opencc", "numpy", "pypinyin", "networkx", "bibtexparser", "rispy", "lxml", "jinja2",
    "asyncio", "sqlalchemy",
)  # fmt: skip


def files() -> dict[str, Path]:
    """Dotted name → file, for every source file of the five floors."""
    found = (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in found
    }


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The files of ours that *path* imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known or node.module in known:
                    yield whole if whole in known else node.module


def modules_of(code: str) -> set[str]:
    """The modules that are loaded once *code* has run in a fresh interpreter."""
    lines = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(
        subprocess.run(
            [sys.executable, "-c", lines], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_imports_run_downhill() -> None:
    known = files()

    upward = [
        f"{name} imports {target}"
        for name, path in known.items()
        for target in imported(path, known)
        if FLOORS.index(target.partition(".")[0]) > FLOORS.index(name.partition(".")[0])
    ]

    assert upward == []


def test_no_circle_of_files() -> None:
    known = files()

    try:
        TopologicalSorter(
            {name: {t for t in imported(p, known) if t != name} for name, p in known.items()}
        ).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize(
    "code",
    [
        "import kg",
        "import ontology",
        "import ingest",
        "import services",
        "import api.cli.app",
        "import api.cli.help, typer.rich_utils",
    ],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    loaded = modules_of(code)

    assert sorted(loaded.intersection(HEAVY)) == []


def test_help_comes_at_once() -> None:
    """Under 0.3 s of a processor; the clock on the wall would also count what runs beside."""
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "api.cli", "--help"], cwd=ROOT, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    assert min(times) < 0.3


def test_the_rules_notice_a_breach(tmp_path: Path) -> None:
    uphill = tmp_path / "kg.py"
    uphill.write_text("def late():\n    from api import cli\n")

    assert list(imported(uphill, {"api": ROOT, "api.cli": ROOT})) == ["api.cli"]
