"""CDR-Stats: call detail records in, figures out."""

__version__ = "4.0.0"
