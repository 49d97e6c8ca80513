"""Programs that run in an environment of their own, with the old client and the original SDKs, against the target.

Each takes the server's address, its key, the model to ask for and a word of its own, and prints one JSON object.
"""
