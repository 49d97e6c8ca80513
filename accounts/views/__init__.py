"""Pages of the people who work here: oneself, the others, their invitations, and API keys."""
