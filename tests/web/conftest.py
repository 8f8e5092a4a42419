"""Every test of the portal may ask for these."""

from tests.take_support import room, room_home, video
from tests.web_support import one_minute, plain_portal, portal, served

__all__ = ["one_minute", "plain_portal", "portal", "room", "room_home", "served", "video"]
