"""One suite for two servers: what Letta's REST API does, asserted of the engine and of a real Letta 0.16.8."""
