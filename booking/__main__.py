"""`python -m booking`: serve, jobs, migrate, demo, import, check, role, stripe-double."""

import sys

from booking.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
