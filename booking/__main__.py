"""`python -m booking COMMAND`: see `booking.commands`, and docs/commands.md."""

import sys

from booking.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
