"""The check-up behind `wenyuan doctor`: is the installation whole, is the data folder well. Mends nothing."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from typing import Literal, TypeAlias

from api.words import Words
from kg import folder
from kg.errors import StoreLocked
from kg.library import Library
from kg.pool import trial
from kg.settings import Settings
from ontology.errors import WenyuanError

State: TypeAlias = Literal["ok", "note", "wrong"]
OURS = ("ontology", "kg", "ingest", "api")
LOW_DISK = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. note: worth knowing, but nothing is wrong; hint: the way to mend it."""

    about: str
    state: State
    text: str
    hint: str = ""


def findings(settings: Settings, words: Words) -> list[Finding]:
    """Everything that was looked at, in the order a person reads it."""
    looks = (_python, _libraries, _names, _sqlite, _confinement, _java)
    return [*(found for look in looks for found in look(words)), *_data_folder(settings, words)]


def _python(words: Words) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "ok", words("cli.doctor.python", version=found, place=sys.prefix))


def _libraries(words: Words) -> Iterator[Finding]:
    """Are the libraries of the core there? Which extras are not?"""
    missing = [name for name in _required(extra="") if not _is_installed(name)]
    if missing:
        text = words("cli.doctor.missing", names=", ".join(missing))
        yield Finding("libraries", "wrong", text, f"pip install {' '.join(missing)}")
    else:
        yield Finding("libraries", "ok", words("cli.doctor.libraries", count=len(_required(extra=""))))
    absent = [name for name in _required(extra="reason") if not _is_installed(name)]
    if absent:
        text = words("cli.doctor.reason", names=", ".join(absent))
        yield Finding("libraries", "note", text, "pip install 'wenyuan[reason]'")


def _names(words: Words) -> Iterator[Finding]:
    """pip lets two distributions own one folder, and the later one overwrites: nobody else may own ours."""
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, ())) - {"wenyuan"})
        if others:
            text = words("cli.doctor.shared", name=name, owners=", ".join(others))
            yield Finding(
                "names", "wrong", text, f"pip uninstall {others[0]}; pip install --force-reinstall wenyuan"
            )


def _sqlite(words: Words) -> Iterator[Finding]:
    with sqlite3.connect(":memory:") as database:
        modules = {row[0] for row in database.execute("pragma module_list")}
    state: State = "ok" if "fts5" in modules else "wrong"
    key = "cli.doctor.sqlite" if state == "ok" else "cli.doctor.no_fts5"
    yield Finding("sqlite", state, words(key, version=sqlite3.sqlite_version))


def _confinement(words: Words) -> Iterator[Finding]:
    """Can this machine confine the processes that answer strangers' queries?"""
    reason = trial.missing()
    text = words("cli.doctor.unconfined", reason=reason) if reason else words("cli.doctor.confined")
    yield Finding("sandbox", "note" if reason else "ok", text)


def _java(words: Words) -> Iterator[Finding]:
    if shutil.which("java") is None:
        yield Finding("java", "note", words("cli.doctor.java"))


def _data_folder(settings: Settings, words: Words) -> Iterator[Finding]:
    path = settings.data_dir
    if not path.is_dir():
        yield Finding("folder", "note", words("cli.doctor.no_folder", path=path), "wenyuan demo --build")
        return
    free = shutil.disk_usage(path).free
    room: State = "ok" if free > LOW_DISK else "wrong"
    yield Finding("disk", room, words("cli.doctor.disk", free=f"{free / 1e9:.1f} GB", path=path.resolve()))
    if server := folder.holder(path):
        yield Finding("folder", "ok", words("cli.doctor.held", address=server.address, process=server.pid))
        return
    try:
        with Library.open(path, base_iri=settings.base_iri) as library:
            counts = library.counts()
            text = words(
                "cli.doctor.folder",
                changes=words.number(library.generation),
                graphs=words.number(counts.graphs),
                statements=words.number(counts.statements),
            )
            yield Finding("folder", "ok", text)
    except StoreLocked as error:
        yield Finding("folder", "note", str(error), error.hint)
    except WenyuanError as error:
        yield Finding("folder", "wrong", str(error), error.hint)


def _required(*, extra: str) -> list[str]:
    """Names of the distributions that ours needs, for the core or for one *extra*."""
    try:
        listed = requires("wenyuan") or []
    except PackageNotFoundError:  # Run from a checkout that nobody installed.
        listed = []
    found = []
    for line in listed:
        requirement, _, marker = line.partition(";")
        wanted = f'extra == "{extra}"' in marker.replace("'", '"') if extra else "extra ==" not in marker
        if wanted and not requirement.startswith("wenyuan"):
            found.append(requirement.strip().split("<")[0].split(">")[0].split("=")[0].split("[")[0].strip())
    return found


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
