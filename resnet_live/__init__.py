"""ResNet Live: the support package of the course (data, looking inside models, interactive figures)."""

__version__ = "0.1.0"
