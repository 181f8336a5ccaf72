"""`make bench`: what the product costs beside the raw limits of the same run, on both engines.

`measuring` takes times, `raw` holds the limits, `rows` what is measured, `keeping` checks, backups and restoring,
`processes` what needs a process of its own, `kept` makes the networks, `__main__` prints the
table and writes docs/performance.md.
"""
