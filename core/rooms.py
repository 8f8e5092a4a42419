"""How a room's camera is shown: never with a password."""


def shown(camera: str | None) -> str:
    """The camera of a room for people and files: its number, or its address without user, password and query."""
    if camera is None:
        return ""
    # Only with an address, because the reading of videos takes long to import.
    from core.vision.sources import masked

    return f"camera {camera}" if camera.isdecimal() else masked(camera)
