"""Public transport from GTFS, a way home included."""
