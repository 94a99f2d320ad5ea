"""Trips over the road network: by plain searches where these are few, else by a hierarchy of the network."""

from .router import RoadRouter, car_router
from .routes import Route, Stretches, without_repeats
from .trips import RoadTrips

__all__ = ["RoadRouter", "RoadTrips", "Route", "Stretches", "car_router", "without_repeats"]
