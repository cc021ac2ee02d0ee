"""Tries everything that a models' program has no business with, and tells what came of it as a comment of SQL.

The argument is a JSON object: the paths to `read` and to `write`, and a `setuid` program.
"""

import ctypes
import errno
import json
import os
import platform
import signal
import socket
import subprocess
import sys

plan = json.loads(sys.argv[1])
found = {"environment": dict(os.environ), "uid": os.getuid(), "groups": os.getgroups(), "attempts": {}}
attempts = found["attempts"]


def attempt(name, work):
    """What `work` gives, or the name of the error."""
    try:
        attempts[name] = work() or "done"
    except OSError as error:
        attempts[name] = errno.errorcode.get(error.errno, str(error))
    except ValueError as error:
        attempts[name] = str(error)


def read(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")


def write(path):
    with open(path, "a") as file:
        file.write("LEAK=1\n")


# Other processes.
attempt("environment of 1", lambda: read("/proc/1/environ"))
attempt("environment of the parent", lambda: read(f"/proc/{os.getppid()}/environ"))
attempt("memory of the parent", lambda: read(f"/proc/{os.getppid()}/mem"))
attempt("descriptors of the parent", lambda: str(os.listdir(f"/proc/{os.getppid()}/fd")))
attempt("signal to the parent", lambda: os.kill(os.getppid(), signal.SIGCONT))
found["descriptors"] = sorted(os.listdir("/proc/self/fd"), key=int)
found["status"] = read("/proc/self/status")
found["limits"] = read("/proc/self/limits")
found["session"] = [os.getpid(), os.getsid(0), os.getpgid(0)]

# Sockets.
for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_VSOCK"):
    for kind in ("SOCK_STREAM", "SOCK_DGRAM"):
        attempt(f"{family} {kind}", lambda: socket.socket(getattr(socket, family), getattr(socket, kind)) and None)
attempt("pair", lambda: socket.socketpair() and None)
attempt("pair of datagrams", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) and None)
attempt("pair of raw", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW) and None)
one, _ = socket.socketpair()
attempt("connect a pair elsewhere", lambda: one.connect("/var/run/docker.sock"))

# System calls.
libc = ctypes.CDLL(None, use_errno=True)
machine = platform.machine()
calls = {
    "x86_64": {"ptrace": 101, "io_uring_setup": 425, "unshare": 272, "keyctl": 250, "mount": 165, "bpf": 321, "clone3": 435},
    "aarch64": {"ptrace": 117, "io_uring_setup": 425, "unshare": 97, "keyctl": 219, "mount": 40, "bpf": 280, "clone3": 435},
}[machine]


def call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        error = ctypes.get_errno()
        raise OSError(error, "")


for name, number in calls.items():
    attempt(f"call {name}", lambda: call(number, 0, 0, 0, 0, 0))
namespace = {"x86_64": 56, "aarch64": 220}[machine]
attempt("call clone of a user namespace", lambda: call(namespace, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0))

# Files.
for path in plan["read"]:
    attempt(f"read {path}", lambda: read(path))
for path in plan["write"]:
    attempt(f"write {path}", lambda: write(path))
attempt("own home", lambda: write(os.path.join(os.environ["HOME"], "x")))
attempt("own temporary files", lambda: write(os.path.join(os.environ["TMPDIR"], "x")))
attempt("/dev/null", lambda: write("/dev/null"))
attempt("list the workspace", lambda: os.listdir(".") and None)
attempt("read the workspace", lambda: read("hostile.py") and None)

# New rights.
if plan.get("setuid"):
    attempt("setuid", lambda: subprocess.run([plan["setuid"], "-u"], capture_output=True, text=True).stdout.strip())

# Resources.
import mmap
import resource

attempt("memory", lambda: mmap.mmap(-1, 1 << 45, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) and None)


def large():
    with open(os.path.join(os.environ["TMPDIR"], "large"), "wb") as file:
        os.ftruncate(file.fileno(), 1 << 40)


attempt("disk", large)
attempt("more limits", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 50, 1 << 50)))

print("::set-env name=LEAK::1", file=sys.stderr)
print("-- " + json.dumps(found))
print("CREATE TABLE t (id int);")
