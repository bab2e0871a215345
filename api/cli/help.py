"""Help in Chinese: the texts of `--help`, put into the tree of commands before it runs."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_PANELS = {
    "Take in": "收录",
    "Look": "查看",
    "History": "历史",
    "Serve": "服务",
    "Operate": "运维",
    "About Wenyuan": "关于文渊",
}
"""The headings under which `wenyuan --help` lists the commands."""


def translate(tree: Any, path: str = "wenyuan") -> None:
    """Puts the Chinese texts in place of the English ones, for a command and all below it.

    tree: a command of typer, which gives commands no public type; path: its words, "wenyuan rejected list".
    """
    texts = chinese().get(path, {})
    tree.help = texts.get("about", tree.help)
    panel = getattr(tree, "rich_help_panel", None)
    if isinstance(panel, str):
        tree.rich_help_panel = _PANELS[panel]
    for parameter in tree.params:
        parameter.help = texts.get(parameter.name, getattr(parameter, "help", None))
    for name, command in getattr(tree, "commands", {}).items():
        translate(command, f"{path} {name}")


@cache
def chinese() -> dict[str, dict[str, str]]:
    """Words of a command → "about" and the names of its parameters → their Chinese texts."""
    return tomllib.loads(files("api.cli").joinpath("help.zh.toml").read_text(encoding="utf-8"))
