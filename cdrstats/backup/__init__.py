"""The whole installation in one file, and back again.

    backup.zip             0600, has its name only once it is whole
        database.dump      by pg_dump, of one moment; nothing has to stop for it
        secret.key         that seals the secrets in the database, if there is one
        manifest.json      what the other two are, by which they are checked

Not in it: who is signed in, links that set a password, files, logs, settings.
"""

from cdrstats.backup.archive import Archive, open_archive
from cdrstats.backup.making import make
from cdrstats.backup.manifest import KEY, Manifest
from cdrstats.backup.restoring import restore

__all__ = ["KEY", "Archive", "Manifest", "make", "open_archive", "restore"]
