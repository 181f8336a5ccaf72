"""Backups: one file that holds everything, made while the product is in use, and brought back whole or not at all.

Knows: both engines' own means of a consistent copy, the pictures' folder, and what a backup says of itself (its
manifest: engine, migrations, rows of each table, checksum). Refuses to know: where else the file goes, and how the
write-ahead log is archived for the minutes in between (docs/operating.md).

Invariants: a file that has its name is complete, for it was written under another; nothing is changed by a restore
before the whole backup has proved sound and fitting; what a restore takes the place of is kept.
"""

from booking.backups.making import BACKUPS, make, prune
from booking.backups.manifest import Manifest, Unfit
from booking.backups.restoring import Restored, restore

__all__ = ["BACKUPS", "Manifest", "Restored", "Unfit", "make", "prune", "restore"]
