"""How many channels a traffic takes."""

from cdrstats.concurrency.erlang import blocking, channels_for, traffic_for

__all__ = ["blocking", "channels_for", "traffic_for"]
