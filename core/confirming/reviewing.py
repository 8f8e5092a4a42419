"""What a teacher looks at before deciding about a confirmation."""

from core.access import guarded
from core.confirming import frames
from core.errors import NotFoundError, StoreError, VaultError
from core.store import confirmations
from core.store.database import Store


@guarded
def selfie_of(store: Store, confirmation_id: int) -> bytes:
    """PNG of a selfie, as it was judged or, while it waits, as it begins.  Raises NotFoundError where none is kept."""
    # Imaging takes half a second to load, and most pages show no selfie.
    from core.confirming.selfies import preview

    with store.read() as db:
        waits = confirmations.get_confirmation(db, confirmation_id).state == "waiting"
        found, packed = confirmations.picture_of(db, confirmation_id), b""
        if waits and not found:
            try:
                _, packed = confirmations.open_waiting(db, confirmation_id)
            except (StoreError, VaultError):
                packed = b""
    if packed:
        found = next((shown for one in frames.unpack(packed) if (shown := preview(one))), b"")
    if not found:
        raise NotFoundError("No picture of this confirmation is kept.")
    return found
