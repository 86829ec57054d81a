"""The only place for what is taken upwards: by itself when a rung is reached, by hand, and whom it is told."""
