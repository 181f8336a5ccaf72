"""`make bench`: what the product costs beside the raw limits of the same run, on both engines.

`measuring` takes times, `raw` holds the limits, `rows` what is measured, `processes` what needs a process of its own,
`__main__` prints the table and writes docs/performance.md.
"""
