"""The real migrations, and one of a later day that rebuilds parent tables on SQLite."""

import migrations

__path__ = [*__path__, *migrations.__path__]
