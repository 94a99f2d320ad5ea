"""Trips over the road network: by plain searches where these are few, else by a hierarchy of the network."""

from .router import RoadRouter, car_router
from .trips import RoadTrips

__all__ = ["RoadRouter", "RoadTrips", "car_router"]
