"""Newsstand tags news articles by topic, stance and leaning, on plain CPUs, and shows the passages that made it say so."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("newsstand")
except PackageNotFoundError:  # a checkout that nobody installed
    __version__ = "0"
