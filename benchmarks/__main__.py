"""All benchmarks, one after another: `make bench`, or `python -m benchmarks [NAME ...]`.

ingest, validation and search take minutes each; soak (64 clients for ten minutes) and scale (a million
records, an hour) run only when they are named.
"""

import os
import platform
import subprocess
import sys
from datetime import date

ALWAYS = ("ingest", "validation", "search", "pages", "sparql", "visibility")
ALL = (*ALWAYS, "soak", "scale")


def main() -> int:
    """Runs the benchmarks named on the command line, else those of ALWAYS; 1 where one of them fails."""
    names = sys.argv[1:] or ALWAYS
    if unknown := set(names) - set(ALL):
        sys.exit(f"no benchmark {sorted(unknown)[0]!r}; known: {', '.join(ALL)}")
    print(
        f"{date.today()} · Python {platform.python_version()} · {platform.machine()} · {_processors()} cores"
    )
    failed = 0
    for name in names:
        print(f"\n== {name} ==", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return int(bool(failed))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
