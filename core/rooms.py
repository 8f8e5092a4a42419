"""How a room's camera is shown: never with a password."""


def shown(camera: str | None) -> str:
    """The camera of a room for people and files: its name, its number, or its address without password and query."""
    if camera is None:
        return ""
    if camera.startswith("camera:"):
        number, _, name = camera.removeprefix("camera:").partition(":")
        return f"{name} (camera {number})"
    # Only with an address, because the reading of videos takes long to import.
    from core.vision.sources import masked

    return f"camera {camera}" if camera.isdecimal() else masked(camera)
