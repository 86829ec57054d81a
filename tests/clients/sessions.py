"""Sessions of PyPI gql with the served desk, over HTTP and over a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.clients import documents
from tests.clients.town import Town


def request(name: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(documents.document(name), variable_values=variables)


@asynccontextmanager
async def over_http(town: Town, token: str | None) -> AsyncIterator[AsyncClientSession]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with Client(transport=HTTPXAsyncTransport(town.graphql, headers=headers)) as session:
        yield session


@asynccontextmanager
async def over_socket(town: Town, token: str) -> AsyncIterator[AsyncClientSession]:
    transport = WebsocketsTransport(
        town.ws,
        init_payload={"authorization": f"Bearer {token}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    async with Client(transport=transport) as session:
        yield session
