"""Secrets that must be read again stand in the database sealed, by a key that is not in it."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from cdrstats.errors import BadSetting


@dataclass(frozen=True, slots=True)
class SecretBox:
    """Seals and opens by the key in a file, which is made when something is first sealed."""

    key_file: Path

    def seal(self, secret: str) -> bytes:
        """`secret` as it may stand in the database. Raises BadSetting if there is no key."""
        if not self.key_file.exists():
            self._make()
        return self._fernet().encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret. Raises BadSetting if the key is lost, or is not that of `sealed`."""
        try:
            return self._fernet().decrypt(sealed).decode()
        except InvalidToken:
            raise BadSetting(
                f"CDRSTATS_SECRET_KEY_FILE: the key in {self.key_file} is not the one by which"
                " the database's secrets were sealed. Put the old file back, or set them up"
                " anew."
            ) from None

    def _fernet(self) -> Fernet:
        try:
            return Fernet(self.key_file.read_bytes().strip())
        except FileNotFoundError:
            raise BadSetting(
                f"CDRSTATS_SECRET_KEY_FILE: {self.key_file} is gone, and without it the"
                " database's secrets cannot be read. Put it back from a backup, or set them up"
                " anew."
            ) from None
        except OSError as exc:
            raise BadSetting(
                f"CDRSTATS_SECRET_KEY_FILE: {self.key_file} cannot be read ({exc.strerror})"
            ) from exc
        except ValueError:  # its message could repeat the key
            raise BadSetting(
                f"CDRSTATS_SECRET_KEY_FILE: what is in {self.key_file} is not a key, which is"
                " 32 bytes in URL-safe base64"
            ) from None

    def _make(self) -> None:
        """Make the key, unless another process just has.

        It is written under another name and linked: whoever finds the file finds it whole.
        """
        part = self.key_file.with_name(f".{self.key_file.name}.{secrets.token_hex(8)}")
        try:
            try:
                handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as out:
                    out.write(Fernet.generate_key())
                    out.flush()
                    os.fsync(handle)
                os.link(part, self.key_file)
            except FileExistsError:
                pass
            finally:
                part.unlink(missing_ok=True)
        except OSError as exc:
            raise BadSetting(
                f"CDRSTATS_SECRET_KEY_FILE: {self.key_file} cannot be made ({exc.strerror})"
            ) from exc
