"""The only place for the protocol graphql-transport-ws."""
