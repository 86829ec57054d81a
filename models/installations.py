"""What this database is: its purpose, its city and the name of its secret."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.enums import Purpose


class Installation(Model):
    id = fields.IntField(primary_key=True, generated=False)
    purpose = fields.CharEnumField(Purpose, max_length=16)
    city_code = fields.CharField(max_length=20, null=True)
    city_name = fields.CharField(max_length=100, null=True)
    number_prefix = fields.CharField(max_length=8, null=True)
    key_id = fields.CharField(max_length=64, null=True)  # services.audit.key_ids; null until a secret was used
    rules_version = fields.IntField(db_default=1)  # of the working calendar and of the policies of deadlines
    created_at = fields.DatetimeField()

    class Meta:
        table = "installation"
