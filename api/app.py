"""The ASGI application: routes, middleware, and a lifespan that opens what they need."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from api.composition import Components, open_components, origins_of
from api.gauges import register_gauges
from api.http.edge import Edge
from api.http.health import Readiness, alive
from api.http.logs import configure
from api.http.metrics import Metrics
from api.http.metrics_sockets import metrics_on_socket
from api.security.proof_of_work import challenge_route
from api.server.serving import LAST_SECONDS, leave, leave_in_time, leave_with_parent
from api.server.start_checks import serving_settings
from api.settings import Environment, Settings
from api.web import graphiql, invitation, missing, wallboard
from api.web.labels import labels_route
from services.core.desk import Desk


def from_environment(hopeless: Callable[[str], None] = leave) -> Starlette:
    """The app of a server process, with the settings of its environment. Raises SettingsWrong."""
    leave_with_parent()
    configure()
    settings = serving_settings(pages=True)
    leave_in_time(settings.graceful_seconds + LAST_SECONDS)
    return create_app(settings, alone=True, hopeless=hopeless)


def create_app(
    settings: Settings,
    *,
    desk: Desk | None = None,
    alone: bool = False,
    hopeless: Callable[[str], None] | None = None,
) -> Starlette:
    """Make the app; everything is opened when it starts and closed when it ends, except a desk that is given.

    alone: this app is all that the process does, so that its garbage collector may be tuned for it.
    hopeless is called with the name of a lasting task that can not be kept running.
    """
    metrics = Metrics()
    direct: dict[str, ASGIApp] = {}

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with AsyncExitStack() as stack:
            components = await stack.enter_async_context(open_components(settings, desk, hopeless))
            register_gauges(metrics, components)
            app.router.routes.extend(routes(settings, components, metrics))
            direct["/graphql"] = graphql_of(settings, components)
            if alone:
                set_aside()
            await stack.enter_async_context(metrics_on_socket(metrics))
            yield {"turned_away": components.counts.turned_away}

    app = Starlette(
        lifespan=lifespan,
        exception_handlers={404: missing.not_found},
        middleware=[
            Middleware(Edge, metrics=metrics, origins=origins_of(settings), https=settings.https, direct=direct)
        ],
    )
    # A slash too many is another address: the redirect would name a scheme, and lead from https to http behind a proxy.
    app.router.redirect_slashes = False
    return app


# Our choice: so many objects that are not freed by themselves are left before they are looked at, some MB as a rule.
GC_THRESHOLDS = (10_000, 10, 10)


def set_aside() -> None:
    """Exempt all objects of the start from garbage collection: going through them would stop all requests meanwhile.

    Garbage is looked for less often than by default: beside 2,000 sockets a collection of everything stopped a busy
    worker for 0.1 s, every two seconds, while requests leave hardly any reference cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def graphql_of(settings: Settings, components: Components) -> ASGIApp:
    """What answers GraphQL over HTTP, for developers and in the demo with GraphiQL as its page."""
    return graphiql.WithPage(components.http) if settings.is_open() else components.http


def routes(settings: Settings, components: Components, metrics: Metrics) -> list[BaseRoute]:
    """The paths that this app answers; GraphiQL is for developers and the demo only."""
    readiness = Readiness(
        lambda: components.desk.bell.live,
        lambda: components.hub.state,
        components.probe,
        hints=components.hints,
        late=lambda: components.jobs.late(components.desk.now()),
    )
    pages = [graphiql.front(), graphiql.assets()] if settings.is_open() else []
    # In production only the listener of SURGA_METRICS tells them, for all processes, and never to the public.
    told = [] if settings.environment is Environment.PRODUCTION else [Route("/metrics", metrics.endpoint)]
    return [
        Route("/graphql", graphql_of(settings, components)),
        WebSocketRoute("/graphql", components.sockets),
        Route("/alive", alive),
        Route("/ready", readiness.endpoint),
        *components.devices.routes(),
        challenge_route(components.proofs),
        labels_route(settings.city_dir),
        missing.icon(),
        *invitation.pages(components.desk.rules.shortest_password),
        *wallboard.pages(),
        *pages,
        *told,
    ]
