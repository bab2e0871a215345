"""Python's cycle collector, put off while many objects are made, a third of which time it would take."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """No cycles are collected in this block; at its end those made in it are."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        young_only()


def young_only() -> None:
    """Collects the cycles among objects made since the last time; what is older is left alone."""
    gc.collect(1)
