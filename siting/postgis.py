"""Tables of a PostGIS database, as a source and as a destination."""
