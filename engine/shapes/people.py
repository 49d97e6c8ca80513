"""Who Letta says made a thing. A self-hosted server has one default user in one organization; so has the engine."""

USER = "user-00000000-0000-4000-8000-000000000000"
ORGANIZATION = "org-00000000-0000-4000-8000-000000000000"
