"""The errors an operator can act on. Anything else is a bug and propagates."""


class CdrStatsError(Exception):
    """Base of the errors below; its message says what to do, and the CLI prints just that.

    `exit_status` is what a command ends with: 2, wrong use, unless a class says otherwise.
    """

    exit_status = 2


class BadSetting(CdrStatsError):
    """A `CDRSTATS_*` variable has a value that cannot be used."""


class BadRequest(CdrStatsError):
    """A command, form or link asks for something that does not exist or makes no sense."""


class NotFound(BadRequest):
    """What is asked for by its name does not exist."""


class ServerTrouble(CdrStatsError):
    """The database cannot be started, reached or brought up to date."""
