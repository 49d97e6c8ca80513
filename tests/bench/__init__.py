"""The engine beside a real Letta 0.16.8, on the same machine and the same instant model endpoint. `make bench`."""
