"""A session acts for one of its holder's posts, and an account remembers the last one: columns that rewrite nothing.

What is open goes on for the post whose assignment began last, as the release before had it, which knows none of both.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

LAST_BEGUN = """
SELECT a.agency_id FROM assignment a WHERE a.officer_id = {officer}
AND a.valid_from <= (now() AT TIME ZONE 'Asia/Jakarta')::date
AND (a.valid_to IS NULL OR a.valid_to >= (now() AT TIME ZONE 'Asia/Jakarta')::date)
ORDER BY a.valid_from DESC, a.id LIMIT 1
"""
OPEN = f"""
UPDATE credential c SET acting_agency_id = ({LAST_BEGUN.format(officer="c.officer_id")})
WHERE c.kind = 'STAFF' AND c.revoked_at IS NULL
"""
USED = f"""
UPDATE officer o SET last_agency_id = ({LAST_BEGUN.format(officer="o.id")})
WHERE EXISTS (SELECT FROM credential c WHERE c.officer_id = o.id)
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0028_search_numerals")]

    initial = False

    operations = [
        ops.AddField(model_name="Credential", name="acting_agency_id", field=fields.IntField(null=True)),
        ops.AddField(model_name="Officer", name="last_agency_id", field=fields.IntField(null=True)),
        ops.RunSQL(OPEN, reverse_sql="SELECT"),
        ops.RunSQL(USED, reverse_sql="SELECT"),
    ]
