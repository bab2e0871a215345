"""The command line: `wenyuan`. One file a group of commands, each command a thin wrapper of one function."""

from api.cli.app import main

__all__ = ["main"]
