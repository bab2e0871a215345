"""The wheel: everything is in it, nothing else owns our names, and it runs where only it is installed."""

import json
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("ontology", "kg", "ingest", "services", "api")
DEMO_BYTES = 3_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout; built without isolation, which would need the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("wenyuan-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder of programs where the wheel is installed; its libraries are those of this environment."""
    place = tmp_path_factory.mktemp("clean")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    # Only now, or pip would take this environment's Wenyuan for the one to replace.
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (Path(own.stdout.strip()) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin"


def run(program, *words, cwd):
    return subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, check=False)


def test_nothing_else_owns_our_four_names():
    owners = packages_distributions()

    # An editable installation owns a path, not the names.
    assert {name: set(owners.get(name, ())) - {"wenyuan"} for name in FLOORS} == {
        name: set() for name in FLOORS
    }


def test_the_demo_library_is_small():
    files = [path for path in (ROOT / "ingest" / "demo").rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) <= DEMO_BYTES


def test_every_file_of_the_demo_library_is_attributed_and_nothing_else():
    folder = ROOT / "ingest" / "demo"
    told = (folder / "README.md").read_text(encoding="utf-8")
    patterns = [
        name for cell in re.findall(r"^\| ([a-z][^|]*) \|", told, re.MULTILINE) for name in cell.split(", ")
    ]
    names = [str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.name != "README.md"]

    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)] == []
    assert [each for each in patterns[1:] if not any(fnmatch(name, each) for name in names)] == []


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages(wheel):
    wanted = {
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    with zipfile.ZipFile(wheel) as archive:
        assert wanted - set(archive.namelist()) == set()


@pytest.mark.slow
def test_the_wheel_holds_nothing_but_the_packages_and_its_metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(FLOORS)


@pytest.mark.slow
def test_the_command_runs_from_the_wheel_alone(installed, tmp_path):
    where = run(installed / "python", "-c", "import kg; print(kg.__file__)", cwd=tmp_path)
    helped = run(installed / "wenyuan", "--help", cwd=tmp_path)
    examined = run(installed / "wenyuan", "doctor", "--json", cwd=tmp_path)

    assert Path(where.stdout.strip()).is_relative_to(installed.parent)
    assert (helped.returncode, "ingest" in helped.stdout) == (0, True), helped.stderr
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert all(found["state"] != "wrong" for found in json.loads(examined.stdout))


@pytest.mark.slow
def test_the_demo_library_is_built_from_the_wheel_alone(installed, tmp_path):
    built = run(installed / "wenyuan", "demo", "--build", cwd=tmp_path)
    found = run(installed / "wenyuan", "--lang", "zh", "search", "gugong", cwd=tmp_path)

    assert built.returncode == 0, built.stderr
    assert "故宮" in found.stdout
