"""The only place for what people of a simulation do about time: replies, silence, and more of it."""
