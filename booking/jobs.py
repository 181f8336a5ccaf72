"""The timetable."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from booking.db import UtcDatetimeField


class JobRun(Model):
    """One tick of one job: whoever writes the row first runs it, however many schedulers there are."""

    id = fields.BigIntField(primary_key=True)
    job = fields.CharField(40)
    slot = UtcDatetimeField()
    started_at = UtcDatetimeField()
    finished_at = UtcDatetimeField(null=True)
    summary = fields.CharField(300, default="")
    error = fields.CharField(500, default="")

    class Meta:
        table = "job_run"
        unique_together = (("job", "slot"),)
