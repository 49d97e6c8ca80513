"""The example programs, run as the processes that readers would start."""
