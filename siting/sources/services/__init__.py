"""Public services on the internet: the only rooms that open connections to it."""
