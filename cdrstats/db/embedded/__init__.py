"""The embedded server: PostgreSQL from a wheel, started for whoever needs it.

    var/postgres/          0700, of the user that runs the server (never root)
        data/              the cluster; made whole elsewhere and moved here
        password           of the superuser `cdrstats`, 0600
        socket/            the only way in: no TCP
        log/               a week of server logs
        gate.lock          held while the server is started or stopped
        users.lock         held, shared, by each process that uses the server
        keep               if there, the last to leave lets the server run

Started by root, the same folder may stand under /var/lib/cdrstats; see `place`.
"""

from cdrstats.db.embedded.cluster import DATABASE, SUPERUSER, Cluster
from cdrstats.db.embedded.place import find_cluster
from cdrstats.db.embedded.sharing import is_kept, keep, revive, shared, stop, users

__all__ = [
    "DATABASE",
    "SUPERUSER",
    "Cluster",
    "find_cluster",
    "is_kept",
    "keep",
    "revive",
    "shared",
    "stop",
    "users",
]
