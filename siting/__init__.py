"""Where to open receptions so that those who need them can reach them."""
