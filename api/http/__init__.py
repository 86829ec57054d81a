"""The only place for GraphQL and other endpoints that answer one request.

Doors: edge, graphql, device_grant, health, metrics, logs.
"""
