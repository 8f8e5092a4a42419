"""The data keys that seal faces, wrapped by a key that is kept elsewhere."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from core.store.tables.base import Base


class VaultKeyTable(Base):
    """generation: the number in each value the key seals, never used again.

    source: ``keyring``, ``passphrase`` or ``file``; source_id: which of them; params: of the passphrase's stretching.
    finished: no value waits to be sealed anew with this key.
    """

    __tablename__ = "vault_keys"
    __table_args__ = ({"sqlite_autoincrement": True},)

    generation: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    source_id: Mapped[str]
    params: Mapped[dict[str, Any] | None]
    wrapped: Mapped[bytes]
    finished: Mapped[bool]
    created_at: Mapped[datetime]
