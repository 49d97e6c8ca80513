"""The learn path on the production shape: Redis, Postgres over TCP, the commands of compose.yaml. `make test-services`."""
