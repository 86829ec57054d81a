"""The audit log: who did what that must be proven, the seals that chain it, and the counts that wait to enter it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import AuditKind


class AuditEntry(Model):
    """One thing that must be proven: codes, numbers and counts only, as it can neither be changed nor erased.

    nonce: 16 random bytes, so that no entry can be copied; mac: an HMAC over all columns but id, under the secret whose
    id is key_id; both as hexadecimal digits. details: JSON, kept as the text that the mac covers.
    """

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    kind = fields.CharEnumField(AuditKind, max_length=32)
    principal = fields.CharField(max_length=100)
    subject = fields.CharField(max_length=100, null=True)
    reason_digest = fields.CharField(max_length=64, null=True)
    details = fields.TextField()
    address = fields.CharField(max_length=64, null=True)
    count = fields.BigIntField()
    nonce = fields.CharField(max_length=32, unique=True)
    key_id = fields.CharField(max_length=8)
    mac = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entry"
        indexes = (
            Index(fields=("at", "id")),
            Index(fields=("principal", "at", "id")),
            Index(fields=("subject", "at", "id")),
            Index(fields=("kind", "at", "id")),
        )


class AuditSeal(Model):
    """The place of an entry in the chain, from 1 without holes, and the chain's head there; see docs/adr/0013."""

    position = fields.BigIntField(primary_key=True, generated=False)
    entry_id = fields.BigIntField(unique=True)
    sealed_at = fields.DatetimeField()
    digest = fields.CharField(max_length=64)
    head = fields.CharField(max_length=64)

    class Meta:
        table = "audit_seal"


class AuditWaiting(Model):
    """An entry that is not sealed yet; a trigger puts it here, whoever wrote the entry."""

    entry_id = fields.BigIntField(primary_key=True, generated=False)

    class Meta:
        table = "audit_waiting"


class AuditTally(Model):
    """How often a principal was seen doing one thing in one minute, by all processes; it becomes one entry."""

    id = fields.BigIntField(primary_key=True)
    minute = fields.DatetimeField()
    kind = fields.CharEnumField(AuditKind, max_length=32)
    principal = fields.CharField(max_length=100)
    count = fields.BigIntField()

    class Meta:
        table = "audit_tally"
        unique_together = (("minute", "kind", "principal"),)
