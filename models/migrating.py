"""Migrations of Tortoise, without models of earlier states that nothing asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from tortoise import Tortoise, connections
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

APP = "models"
LATEST = "__latest__"
ModelStates = dict[tuple[str, str], ModelState]


async def run_migrations(
    config: dict[str, Any], *, target: str = LATEST, progress: Callable[[str, str, str], object] | None = None
) -> None:
    """Bring the database of this configuration to a migration, forward or back, in the context that is open."""
    await Tortoise.init(config=config, init_connections=False)
    executor = Executor(connections.get(config["apps"][APP]["default_connection"]), config["apps"])
    await executor.migrate([MigrationTarget(APP, target)], progress=progress)


class Executor(MigrationExecutor):
    """Makes the models of a state when one is read; Tortoise makes all of them for every operation.

    Hardly any operation reads the models as they were before it, and none of those that were applied long ago is run:
    making their models took three quarters of the time of a migration, within its transaction.
    """

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        state = self._nothing()
        for key in self._applied(applied):
            if key == upto:
                break
            await self._apply(key, state)
        return NowState(state.models, made(state.models, state.apps))

    async def _project_state_cache(self, applied: set[MigrationKey]) -> dict[MigrationKey, State]:
        state, before = self._nothing(), {}
        for key in self._applied(applied):
            before[key] = state.clone()
            await self._apply(key, state)
        return before

    def _nothing(self) -> LateState:
        apps = self.loader.apps_config
        lines = {label: each.get("default_connection", "default") for label, each in apps.items()}
        return LateState({}, StateApps(default_connections=lines))

    def _applied(self, applied: set[MigrationKey]) -> Iterable[MigrationKey]:
        return (key for key in self._full_plan() if key in applied)

    async def _apply(self, key: MigrationKey, state: State) -> None:
        """Change a state as a migration did that was applied."""
        migration = cast(Migration, self.loader.graph.nodes[key])
        await migration.apply(state, dry_run=True, schema_editor=None)


class NowState(State):
    """The state that operations change, with its models."""

    def clone(self) -> State:
        """The state of this moment."""
        return LateState(copied(self.models), self.apps)


class LateState(State):
    """A state whose models are made when one is read, however often it changed before."""

    def __init__(self, models: ModelStates, like: StateApps) -> None:
        super().__init__(models, LateApps(models, like))

    def clone(self) -> State:
        """The state of this moment."""
        return LateState(copied(self.models), self.apps)

    def reload_model(self, app_label: str, model_name: str) -> None:
        """Forget the models that were made."""
        self.apps = LateApps(self.models, self.apps)

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        """Forget the models that were made."""
        self.apps = LateApps(self.models, self.apps)

    def validate_relations_initialized(self) -> None:
        """Make no models only to look at them."""


class LateApps(StateApps):
    """The models of a state, with the connections of another one, made when one is read."""

    def __init__(self, models: ModelStates, like: StateApps) -> None:
        self._models = models
        self._made: StateApps | None = None
        super().__init__(like._default_connections, like._connections)

    @property
    def apps(self) -> dict[str, dict[str, type[Model]]]:
        """The models of each app."""
        if self._made is None:
            self._made = made(self._models, self)
        return self._made.apps

    @apps.setter
    def apps(self, apps: dict[str, dict[str, type[Model]]]) -> None:
        """Those that Tortoise begins with are none."""

    def unregister_model(self, app_label: str, model_name: str) -> None:
        """Forget the models that were made, as the state holds this one no more."""
        self._made = None


def made(models: ModelStates, like: StateApps) -> StateApps:
    """The models of states, which stay as they are, with the connections of others."""
    return StateApps(like._default_connections, like._connections).clone(copied(models))


def copied(models: ModelStates) -> ModelStates:
    return {key: model.clone() for key, model in models.items()}
