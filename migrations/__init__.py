"""The schema, step by step. Run by `python -m booking migrate`, which goes round the tool's traps."""
