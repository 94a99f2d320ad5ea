"""Draws what a reader looks at: plots and maps for page and paper."""
