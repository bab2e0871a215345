"""Options that several commands share, so that one word means one thing everywhere."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit: TypeAlias = Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")]
SourceName: TypeAlias = Annotated[
    str, typer.Option("--source", "-s", metavar="NAME", help="Name of the source the records come from.")
]
Base: TypeAlias = Annotated[
    str, typer.Option(metavar="IRI", help="What relative IRIs in the file start from.")
]
RdfFormat: TypeAlias = Annotated[
    str, typer.Option("--format", "-f", metavar="NAME", help="Serialisation; by default by the file's name.")
]
OutFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="[FILE]", help="File to write; - for the terminal.", show_default=False)
]
