"""`Dataset`: a region's tables as they lie in its folder, checked against the folder's manifest.

The manifest ``dataset.yaml`` names each table's file, digest, source and licence, and for each column
its type, unit, limits, meaning and whether it is published, derived or estimated. What the manifest
says is what is checked here; so a new county needs a folder, no code. Small tables are CSV (borders GeoJSON),
big ones may be Parquet.
"""

from .folder import Dataset as Dataset
from .folder import load_dataset as load_dataset
from .folder import seal as seal
from .manifest import AGE_CLASS as AGE_CLASS
from .manifest import MANIFEST_NAME as MANIFEST_NAME
from .manifest import Column as Column
from .manifest import Manifest as Manifest
from .manifest import MetricCrs as MetricCrs
from .manifest import Quality as Quality
from .manifest import Table as Table
from .manifest import Title as Title
from .manifest import read_manifest as read_manifest
from .terms import Terms as Terms
