"""`make chaos`: broadcasts sent by real processes that are killed, by providers that misbehave."""
