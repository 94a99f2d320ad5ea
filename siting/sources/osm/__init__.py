"""OpenStreetMap extracts and GraphML: streets with their minutes, and premises."""
