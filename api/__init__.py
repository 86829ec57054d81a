"""The edge: settings, identity, limits, HTTP and WebSocket, health and the command line. It decides nothing."""
