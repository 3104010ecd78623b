"""Newsstand tags news articles by topic, stance and leaning, on plain CPUs, and shows the passages that made it say so."""

__version__: str


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # a tenth of what loading a run takes in all

    try:
        return version("newsstand")
    except PackageNotFoundError:  # a checkout that nobody installed
        return "0"
