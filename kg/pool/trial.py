"""A trial of the sandbox on this machine, for `wenyuan doctor`. The sandbox itself: kg.pool.sandbox."""

import os
import subprocess
import sys


def missing() -> str:
    """What a process of its own finds missing when it confines itself, in words; "" where nothing is."""
    code = "import os; from kg.pool import sandbox; print(sandbox.confine(memory=0, parent=os.getppid()))"
    places = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", code], capture_output=True, text=True, check=False, env=places
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()[-200:]
