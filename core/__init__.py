"""Everything of Rollcall that is not a screen or a page; never imports tkinter, flask, gui or web."""

import os

# Read by OpenCV when it is first imported, so they must stand here, before any module of ours imports it.
# Whatever the user's environment says of it: a small file can unpack to gigabytes.
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = "50000000"
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# UDP loses packets on a school's Wi-Fi, and each loss is a grey smear over the faces.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
