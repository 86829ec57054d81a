"""The only place for pages that this server gives out. Doors: wallboard, invitation, graphiql, labels, missing."""
