"""A real Letta 0.16.8 server, installed and started for tests and benches."""
