"""The confinement of a worker: no network, no other programs, no writing, bounded memory.

Linux on x86-64 and aarch64 has all of it. Elsewhere the limits of memory and processor time hold as far as
the system keeps them, and addresses are refused by the guard's tokens alone; what is missing is said.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from errno import EACCES, ENOSYS, EROFS

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 1, 22, 38, 4
_FILTER_MODE = 2
_LOAD, _EQUAL, _ATLEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_FILE_SIZE = 1_000_000

# What is denied is: the network, other programs and processes, the kernel's doors, and changing files.
_BOTH = (*range(425, 428), *range(428, 434), 424, 434, 438, 440, 442, 452)
_DENIED = {
    "x86_64": (
        *range(41, 51), 53, 288, 299, 307, 57, 58, 59, 322, 62, 200, 129, 297, 101, 310, 311, 321, 298, 323,
        248, 249, 250, 165, 166, 155, 161, 272, 308, 303, 304, 175, 176, 313, 246, 320, 169, 167, 168, 163,
        179, 164, 227, 305, 159, 135, 29, 30, 64, 68, 240, 76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93,
        94, 133, 188, 189, 190, 197, 198, 199, 258, 259, 260, 263, 264, 265, 266, 268, 280, 316, *_BOTH,
    ),
    "aarch64": (
        *range(198, 204), 206, 207, 211, 212, 242, 243, 269, 221, 281, 129, 130, 138, 240, 117, 270, 271, 280,
        241, 282, 217, 218, 219, 40, 39, 41, 51, 97, 268, 264, 265, 105, 106, 273, 104, 294, 142, 224, 225,
        89, 60, 170, 112, 266, 171, 92, 180, 186, 190, 194, 196, 5, 6, 7, 14, 15, 16, *range(33, 39), 276, 45,
        46, 52, 53, 54, 55, 88, *_BOTH,
    ),
}  # fmt: skip
_ABSENT = (435, 437)
"""clone3 and openat2 keep their flags where no filter sees them. "Not there" makes libc use the old ones."""
_KNOWN = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_OPENS = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
_OWN_ONLY = {"x86_64": (234, 302), "aarch64": (131, 261)}
"""tgkill and prlimit64, by which a process ends and limits itself; with other numbers they reach others."""


def missing() -> str:
    """What this machine cannot do to confine a worker, in words; "" where it can do everything."""
    if sys.platform != "linux":
        return (
            f"there is no seccomp on {sys.platform}: a worker is not cut off from the network by the system"
        )
    if os.uname().machine not in _KNOWN:
        return (
            f"no seccomp filter is known for {os.uname().machine}: a worker is not cut off from the network"
        )
    return ""


def confine(*, memory: int, parent: int) -> str:
    """Confines this process for good; what could not be done, in words. Before it has a second thread.

    memory: bytes of address space. parent: the process with which this one ends.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, _FILE_SIZE)
    if memory:
        _limit(resource.RLIMIT_AS, memory)
    if lacking := missing():
        return lacking
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("900")
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the server that began this worker is gone")
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or not _filter(libc):
        return f"seccomp is refused here: {os.strerror(ctypes.get_errno())}"
    return ""


def allow_cpu(seconds: float) -> None:
    """Lets this process use so many more seconds of a processor; beyond them the system ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _limit(what: int, most: int) -> None:
    """Sets a limit for good; where the system has a lower one, that stays."""
    hard = resource.getrlimit(what)[1]
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # macOS knows some of them, and keeps none.
        resource.setrlimit(what, (wanted, wanted))


def _filter(libc: ctypes.CDLL) -> bool:
    """Installs the filter; whether that worked."""
    steps = list(program_of(os.uname().machine))
    code = b"".join(steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(
        struct.pack("@HP", len(steps), ctypes.addressof(buffer))  # struct sock_fprog
    )
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, program, 0, 0) == 0)


def program_of(machine: str) -> Iterable[bytes]:
    """The filter: instructions of the classic packet filter over struct seccomp_data (seccomp(2))."""
    yield _step(_LOAD, _ARCHITECTURE)
    yield from _unless(_EQUAL, _KNOWN[machine], _KILL)
    yield _step(_LOAD, _NUMBER)
    yield from _if_equal(_CLONE[machine], (*_argument(0), *_unless(_ANY_BIT, _CLONE_THREAD, _error(EACCES))))
    for number, place in _OPENS[machine]:
        yield from _if_equal(number, (*_argument(place), *_when(_ANY_BIT, _WRITING, _error(EROFS))))
    yield from _if_equal(
        _OWN_ONLY[machine][0], (*_argument(0), *_unless(_EQUAL, os.getpid(), _error(EACCES)))
    )
    yield from _if_equal(_OWN_ONLY[machine][1], (*_argument(0), *_unless(_EQUAL, 0, _error(EACCES))))
    for number in _ABSENT:
        yield from _when(_EQUAL, number, _error(ENOSYS))
    for number in sorted(set(_DENIED[machine])):
        yield from _when(_EQUAL, number, _error(EACCES))
    yield from _when(_ATLEAST, _X32, _error(ENOSYS))
    yield _step(_RETURN, _ALLOW)


def _if_equal(number: int, steps: tuple[bytes, ...]) -> Iterable[bytes]:
    """*steps* and then leave, for the call of that number; the next ones for all others."""
    yield _step(_EQUAL, number, otherwise=len(steps) + 1)
    yield from steps
    yield _step(_RETURN, _ALLOW)


def _when(test: int, value: int, result: int) -> tuple[bytes, bytes]:
    return _step(test, value, otherwise=1), _step(_RETURN, result)


def _unless(test: int, value: int, result: int) -> tuple[bytes, bytes]:
    return _step(test, value, then=1), _step(_RETURN, result)


def _argument(place: int) -> tuple[bytes]:
    """Loads the lower half of an argument; both kinds of machine are little-endian."""
    return (_step(_LOAD, _ARGUMENTS + 8 * place),)


def _error(number: int) -> int:
    return _ERRNO | number


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
