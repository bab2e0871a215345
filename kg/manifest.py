"""The manifest of a backup: what is in it, file by file, so that every byte can be checked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import orjson

from kg.border import guarded
from kg.errors import StoreError
from kg.folder import write_safely

FORMAT = 1
FILE_NAME = "manifest.json"
DATA = "data"
"""The folder of a backup that is laid out as a data folder is."""

_SEAL = "manifest.sha256"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One library of the backup. space: its name, "" for the main one; changes: the number of the last one.

    identity: of its journal.
    """

    space: str
    identity: str
    changes: int
    statements: int
    graphs: int


@dataclass(frozen=True, slots=True)
class File:
    """A file as it must be. sha256: in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. made: ISO 8601, UTC; program: the version that made it; files: by their paths."""

    made: str
    program: str
    settings: Mapping[str, str]
    parts: tuple[Part, ...]
    files: Mapping[str, File]
    format: int = FORMAT

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


def write(manifest: Manifest, folder: Path) -> None:
    """Puts the manifest into *folder*, with the hash of itself beside it."""
    text = orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2).decode()
    with guarded(f"backup {str(folder)!r}"):
        write_safely(folder / FILE_NAME, text)
        write_safely(folder / _SEAL, f"{sha256(text.encode()).hexdigest()}  {FILE_NAME}\n")


def read(folder: Path) -> Manifest:
    """The manifest in *folder*. Raises StoreError where there is none, or it was altered or is not ours."""
    place = folder / FILE_NAME
    try:
        text, seal = place.read_bytes(), (folder / _SEAL).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError as error:
        raise StoreError(
            f"{str(folder)!r} is no whole backup: it has no {Path(error.filename).name}",
            hint="name the folder of a backup, or the one that holds them",
        ) from error
    except OSError as error:
        raise StoreError(f"backup {str(folder)!r} cannot be read: {error.strerror}") from error
    if seal.partition(" ")[0] != sha256(text).hexdigest():
        raise StoreError(f"the manifest of {str(folder)!r} was altered", hint="take another backup")
    return _read(orjson.loads(text), folder)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    made = sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            made.update(block)
    return made.hexdigest()


def difference(path: Path, expected: File) -> str:
    """In what a file is not as the manifest has it, in words; "" where it is."""
    if path.is_symlink() or not path.is_file():
        return "is missing" if not path.exists() else "is no file of its own"
    size = path.stat().st_size
    if size != expected.size:
        return f"has {size} bytes instead of {expected.size}"
    return "" if digest(path) == expected.sha256 else "was altered"


def _read(given: dict[str, object], folder: Path) -> Manifest:
    if given.get("format") != FORMAT:
        raise StoreError(
            f"backup {str(folder)!r} has format {given.get('format')!r}; this program reads {FORMAT}",
            hint="use the version of Wenyuan that made it, or a later one",
        )
    try:
        files = {path: File(**file) for path, file in given["files"].items()}  # type: ignore[attr-defined]  # a mapping, or the errors below
        parts = tuple(Part(**part) for part in given["parts"])  # type: ignore[attr-defined]  # likewise
        manifest = Manifest(**given | {"files": files, "parts": parts})  # type: ignore[arg-type]  # likewise
    except (TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"the manifest of {str(folder)!r} is not one") from error
    for path in (*files, *(f"{DATA}/{part.space}" for part in parts)):
        pure = PurePosixPath(path)
        # A backup may come from elsewhere: what it names must stay within it, and within what is restored.
        if pure.is_absolute() or ".." in pure.parts or pure.parts[:1] != (DATA,):
            raise StoreError(f"the manifest of {str(folder)!r} names {path!r}, which is not within it")
    return manifest
