"""From real sources to a dataset folder: local files, PostGIS, and the internet."""
