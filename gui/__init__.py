"""The desktop application: screens over ``core``, in one window.  See docs/desktop.md."""
