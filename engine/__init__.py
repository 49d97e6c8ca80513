"""The embedded memory engine: Letta's REST API, run loop, memory tools and learners."""
