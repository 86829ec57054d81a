"""How migrations run: operations read the models as they were before, and we may compute between statements."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from tortoise import connections, fields
from tortoise.context import TortoiseContext
from tortoise.migrations.operations import AddField, CreateModel, DeleteModel, RenameModel
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps

from models import database
from models.migrating import NowState


@pytest.fixture
async def state() -> NowState:
    """One model with a number only."""
    async with TortoiseContext():
        state = NowState({}, StateApps())
        CreateModel("Road", fields=[("id", fields.IntField(primary_key=True))], options={}).state_forward(
            "models", state
        )
        return state


def names(state: State) -> set[str]:
    """The fields that the model has in a state."""
    return set(state.apps.get_model("models.Road")._meta.fields_map)


async def test_an_operation_reads_the_models_as_they_were_before_it(state: NowState) -> None:
    before = state.clone()
    AddField(model_name="Road", name="name", field=fields.TextField(default="")).state_forward("models", state)
    between = state.clone()
    DeleteModel("Road").state_forward("models", state)

    assert (names(before), names(between)) == ({"id"}, {"id", "name"})
    with pytest.raises(KeyError):
        names(state)


async def test_models_are_made_when_one_is_read_however_often_the_state_changed_before(state: NowState) -> None:
    late = state.clone()
    with patch.object(ModelState, "render", autospec=True, side_effect=ModelState.render) as render:
        AddField(model_name="Road", name="name", field=fields.TextField(default="")).state_forward("models", late)
        AddField(model_name="Road", name="code", field=fields.TextField(default="")).state_forward("models", late)
        before = late.clone()
        RenameModel("Road", "Way").state_forward("models", late)

        assert render.call_count == 0
        assert names(before) == {"id", "name", "code"}
        assert [model.__name__ for model in late.apps.get_models_iterable()] == ["Way"]
        assert set(late.apps.get_model("models.Way")._meta.fields_map) == {"id", "name", "code"}
        assert names(before) == {"id", "name", "code"}
        assert render.call_count == 2
    with pytest.raises(KeyError):
        names(late)


async def test_a_migration_may_compute_for_as_long_as_it_takes_between_two_statements(
    database_url: str,
) -> None:
    async def told(config: object, **_: object) -> None:
        await database.Tortoise.init(config=config, init_connections=False)
        told.idle = await connections.get("default").execute_query_dict("SHOW idle_in_transaction_session_timeout")

    with patch.object(database, "run_migrations", told):
        await database.migrate(database_url)

    assert told.idle == [{"idle_in_transaction_session_timeout": "0"}]
