"""The sandbox: a confined process reaches neither the network, nor other processes, nor files to change."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from kg.pool import sandbox, trial

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(bool(sandbox.missing()), reason="the system cannot confine a process")

ATTEMPTS = {
    "socket": "import socket; socket.socket()",
    "socket6": "import socket; socket.socket(socket.AF_INET6)",
    "unix": "import socket; socket.socket(socket.AF_UNIX)",
    "pair": "import socket; socket.socketpair()",
    "connect": "theirs.connect(('127.0.0.1', 9))",
    "sendto": "theirs.sendto(b'x', ('127.0.0.1', 9))",
    "sendmsg": "theirs.sendmsg([b'x'])",
    "bind": "theirs.bind(('127.0.0.1', 0))",
    "accept": "theirs.accept()",
    "fork": "import os; os._exit(0) if os.fork() == 0 else None",
    "spawn": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "execute": "import os; os.execv('/bin/true', ['true'])",
    "kill": "import os; os.kill(os.getppid(), 0)",
    "kill itself by kill": "import os; os.kill(os.getpid(), 0)",
    "write": "open(folder + '/new', 'w')",
    "append": "open(folder + '/there', 'a')",
    "truncate": "import os; os.truncate(folder + '/there', 0)",
    "remove": "import os; os.unlink(folder + '/there')",
    "rename": "import os; os.rename(folder + '/there', folder + '/gone')",
    "make a folder": "import os; os.mkdir(folder + '/made')",
    "change rights": "import os; os.chmod(folder + '/there', 0o777)",
    "trace": "call('ptrace')",
    "io_uring": "call('io_uring_setup')",
    "bpf": "call('bpf')",
    "read another's memory": "call('process_vm_readv')",
    "open by pid": "call('pidfd_open')",
    "keys": "call('keyctl')",
    "limits of another": "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_CORE)",
}
RESOLVE = {"resolve": "import socket; socket.getaddrinfo('localhost.example', 80)"}
ALLOWED = {
    "a thread": "import threading; t = threading.Thread(target=print); t.start(); t.join()",
    "reading a file": "assert open(folder + '/there').read() == 'kept'",
    "its own limits": "sandbox.allow_cpu(5)",
    "the socket it has": "os.write(pair[0].fileno(), b'x'); assert os.read(pair[1].fileno(), 1) == b'x'",
    "memory": "bytearray(100_000_000)",
    "chance": "os.urandom(8)",
}
_CALLS = ("ptrace", "io_uring_setup", "bpf", "process_vm_readv", "pidfd_open", "keyctl")
NUMBERS = {
    "x86_64": dict(zip(_CALLS, (101, 425, 321, 310, 434, 250), strict=True)),
    "aarch64": dict(zip(_CALLS, (117, 425, 280, 270, 434, 219), strict=True)),
}
SCRIPT = """
import ctypes, json, os, socket, sys
from kg.pool import sandbox

attempts, numbers, folder = json.loads(sys.argv[1])
theirs, pair = socket.socket(), socket.socketpair()

def call(name):
    if ctypes.CDLL(None, use_errno=True).syscall(numbers[name], 0, 0, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), name)

lacking = sandbox.confine(memory=2_000_000_000, parent=os.getppid())
found = {"lacking": lacking}
for name, code in attempts.items():
    try:
        exec(code)
    except BaseException as error:
        found[name] = f"{type(error).__name__}: {error}"
    else:
        found[name] = "done"
os.write(1, json.dumps(found).encode())
"""


def confined(code: str, *more: str) -> subprocess.CompletedProcess[str]:
    """A fresh process that runs *code*."""
    return subprocess.run(
        [sys.executable, "-c", code, *more], capture_output=True, text=True, cwd=ROOT, check=False, timeout=30
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What came of each attempt, all made by one confined process."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "there").write_text("kept")

    given = json.dumps([ATTEMPTS | RESOLVE | ALLOWED, NUMBERS[os.uname().machine], str(folder)])
    done = confined(SCRIPT, given)

    assert done.returncode == 0, done.stderr
    assert (folder / "there").read_text() == "kept"
    assert sorted(path.name for path in folder.iterdir()) == ["there"]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_is_denied(found, attempt):
    assert "[Errno 13]" in found[attempt] or "[Errno 30]" in found[attempt]


def test_no_name_is_looked_up(found):
    assert "gaierror" in found["resolve"]


@pytest.mark.parametrize("attempt", ALLOWED)
def test_what_a_query_needs_still_works(found, attempt):
    assert found[attempt] == "done"


def test_nothing_is_missing_where_nothing_is_said_to_be(found):
    assert found["lacking"] == ""


def test_the_trial_for_the_doctor_says_the_same(found):
    assert trial.missing() == found["lacking"]


def test_memory_is_bounded():
    done = confined(
        "import os\nfrom kg.pool import sandbox\n"
        "sandbox.confine(memory=500_000_000, parent=os.getppid())\nbytearray(600_000_000)"
    )

    assert "MemoryError" in done.stderr


def test_processor_time_is_bounded():
    done = confined(
        "import os\nfrom kg.pool import sandbox\nsandbox.confine(memory=0, parent=os.getppid())\n"
        "sandbox.allow_cpu(0.1)\nwhile True: pass"
    )

    assert done.returncode == -24


def test_a_process_whose_parent_is_gone_does_not_begin():
    done = confined("import os\nfrom kg.pool import sandbox\nsandbox.confine(memory=0, parent=1)")

    assert done.returncode == 1
    assert "gone" in done.stderr


def test_the_filter_of_the_other_machine_is_a_program_too():
    """It cannot run here, but its jumps must stay inside it and it must end in an answer."""
    for machine in ("x86_64", "aarch64"):
        steps = [(step[0], step[2], step[3]) for step in sandbox.program_of(machine)]

        assert 100 < len(steps) < 4096
        assert steps[-1][0] == steps[2][0] == 0x06
        for place, (code, then, otherwise) in enumerate(steps):
            if code != 0x06:
                assert place + 1 + max(then, otherwise) < len(steps)


def test_a_machine_without_a_filter_says_so(monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="riscv64"))
    assert "riscv64" in sandbox.missing()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "darwin" in sandbox.missing()
