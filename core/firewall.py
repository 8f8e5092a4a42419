"""Whether phones are let in to the portal, as far as that can be seen without an administrator's rights.

Nothing is changed here.  What no program can see from inside (a Wi-Fi that keeps devices apart, a firewall of the
school's network) is said to be unseen.
"""

import platform
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

UFW = Path("/etc/ufw/ufw.conf")
MAC = "/usr/libexec/ApplicationFirewall/socketfilterfw"
PATIENCE_S = 5
UNSEEN = "A Wi-Fi that keeps devices apart cannot be seen from here: try with one phone"
Ask = Callable[[Sequence[str]], str | None]


def ask(command: Sequence[str]) -> str | None:
    """What a program answers; None where there is none, or it does not answer in time."""
    try:
        done = subprocess.run(list(command), capture_output=True, text=True, timeout=PATIENCE_S, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{done.stdout}\n{done.stderr}".strip()


def advice(port: int, system: str | None = None, answer: Ask = ask, ufw: Path = UFW) -> str:
    """What was seen of this computer's firewall, and how it lets phones in to ``port``.

    system: as ``platform.system()`` says it; answer, ufw: where to look.
    """
    system = system or platform.system()
    if system == "Windows":
        return (
            "not checked, for Windows shows that to administrators only. It asks once when the portal starts: allow "
            "“private networks”, and have the school’s Wi-Fi be one. Later: Windows Security, Firewall, “Allow an "
            f"app”, Python. {UNSEEN}"
        )
    if system == "Darwin":
        return f"{_of_mac(answer)}. {UNSEEN}"
    return f"{_of_linux(port, answer, ufw)}. {UNSEEN}"


def _of_mac(answer: Ask) -> str:
    said = answer([MAC, "--getglobalstate"])
    if said is None or "State" not in said:
        return "not checked, for macOS gave no answer. Where it asks whether Python may accept connections, allow it"
    if "State = 0" in said:
        return "the firewall of macOS is off, so it stops no phone"
    return (
        "the firewall of macOS is on. It asks once whether Python may accept incoming connections: allow it. "
        "Later: System Settings, Network, Firewall, Options"
    )


def _of_linux(port: int, answer: Ask, ufw: Path) -> str:
    if (answer(["firewall-cmd", "--state"]) or "").startswith("running"):
        if answer(["firewall-cmd", f"--query-port={port}/tcp"]) == "yes":
            return f"firewalld is on and lets phones in to port {port}"
        return (
            f"firewalld is on and does not say that port {port} is open. Open it: "
            f"sudo firewall-cmd --permanent --add-port={port}/tcp && sudo firewall-cmd --reload"
        )
    if "ENABLED=yes" in _text(ufw):
        return f"ufw is on; its rules can be seen by an administrator only. Open the port: sudo ufw allow {port}/tcp"
    return "neither ufw nor firewalld is on; rules that somebody wrote otherwise (nftables) were not looked at"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
