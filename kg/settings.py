"""Settings: one frozen object, read once at a door and passed by hand. Not a place for state."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from ontology.errors import SettingsError

FILE_NAME = "wenyuan.toml"
PREFIX = "WENYUAN_"
KEY = "WENYUAN_KEY"
"""The variable that holds a person's own key, for commands that ask a server; no setting."""
CHOICES = {"log_format": ("plain", "json"), "log_level": ("DEBUG", "INFO", "WARNING", "ERROR")}
"""The settings that have only some values."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this Wenyuan is set up. Every key has a default and a line in docs/settings.md."""

    data_dir: Path = Path("data")
    base_iri: str = "http://localhost:8000/"
    host: str = "127.0.0.1"
    port: int = 8000
    language: str = "zh"
    title: str = "文渊 Wenyuan"
    max_record_bytes: int = 16_000_000
    max_query_bytes: int = 65_536
    max_update_bytes: int = 8_000_000
    max_upload_bytes: int = 64_000_000
    max_results: int = 100_000
    query_workers: int = 0
    query_queue: int = 64
    query_seconds: int = 30
    query_memory: int = 4_000_000_000
    query_memory_all: int = 0
    columns: bool = True
    result_cache_bytes: int = 64_000_000
    hold_bytes: int = 262_144
    hold_seconds: float = 1.0
    workers: int = 1
    log_level: str = "WARNING"
    log_format: str = "plain"
    log_addresses: bool = True
    slow_query_seconds: float = 1.0
    slow_log_bytes: int = 10_000_000
    metrics_open: bool = False
    grace_seconds: int = 10
    drain_seconds: float = 0.0
    client_budget: float = 60.0
    crawler_budget: float = 20.0
    budget_minutes: float = 2.0
    queries_at_once: int = 8
    trusted_proxies: str = ""
    service_endpoints: str = ""
    service_private: str = ""
    service_seconds: float = 20.0


def read(
    folder: Path = Path(), *, environment: Mapping[str, str] = os.environ, **given: object
) -> Settings:
    """Settings from wenyuan.toml in *folder*, then WENYUAN_* variables, then *given*; the last wins.

    *given* values of None count as not given. Raises SettingsError for an unknown key, with the
    nearest known one, and for a value of the wrong kind.
    """
    values: dict[str, object] = _from_file(folder / FILE_NAME)
    values |= {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != KEY
    }
    values |= {name: value for name, value in given.items() if value is not None}
    return Settings(**{name: _checked(name, value) for name, value in values.items()})  # type: ignore[arg-type]  # _checked has seen to the types


def _from_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _checked(name: str, value: object) -> object:
    """*value* as the kind its field has; text from the environment is converted."""
    kinds = get_type_hints(Settings)
    if name not in kinds:
        nearest = difflib.get_close_matches(name, kinds, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(kinds)}"
        raise SettingsError(f"no setting {name!r}; {hint}")
    kind: type = kinds[name]
    try:
        made: Any = _truth(value) if kind is bool else kind(value)
    except (TypeError, ValueError, KeyError) as error:
        raise SettingsError(f"setting {name!r} must be {kind.__name__}, not {value!r}") from error
    if name == "base_iri" and not made.endswith(("/", "#")):
        raise SettingsError(f"setting 'base_iri' must end in '/' or '#', not {value!r}")
    if name in CHOICES and made not in CHOICES[name]:
        raise SettingsError(f"setting {name!r} must be one of {', '.join(CHOICES[name])}, not {value!r}")
    return made


def _truth(value: object) -> bool:
    """What a text from the environment stands for; raises KeyError where it is neither yes nor no."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[str(value).lower()]


def keys() -> list[str]:
    """The names of all settings, in the order of their declaration."""
    return [field.name for field in fields(Settings)]
