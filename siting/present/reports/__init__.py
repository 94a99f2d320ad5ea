"""What the report that compares options says, from its first page to its sources."""
