"""`ReadyMatrix`: minutes that another router has worked out."""
