"""`python -m api.cli` is `wenyuan`."""

from api.cli.app import main

main()
