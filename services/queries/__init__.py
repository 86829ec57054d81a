"""The only place where tickets are read for a caller. Doors: views, tickets, timelines, lists."""
