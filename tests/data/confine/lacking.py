"""Runs a program where the kernel has no Landlock, or no seccomp: `lacking.py landlock|seccomp PROGRAM …`.

A filter answers the calls that ask for it as an older kernel does, of this program and of all that it starts.
"""

import ctypes
import os
import struct
import sys

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
ENOSYS, EINVAL = 38, 22
# What both architectures call by the same number, and what they don't.
LANDLOCK = 444
SECCOMP, PRCTL = {"x86_64": (317, 157), "aarch64": (277, 167)}[os.uname().machine]
NO_NEW_PRIVS, SET_SECCOMP, BY_FILTER = 38, 22, 2


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def instruction(code, value, yes=0, no=0):
    return struct.pack("HBBI", code, yes, no, value)


lacks = {
    "landlock": [
        instruction(EQUAL, LANDLOCK, 0, 1),
        instruction(RETURN, REFUSE | ENOSYS),
    ],
    "seccomp": [
        instruction(EQUAL, SECCOMP, 0, 1),
        instruction(RETURN, REFUSE | ENOSYS),
        instruction(EQUAL, PRCTL, 0, 3),
        # Its first argument.
        instruction(LOAD, 16),
        instruction(EQUAL, SET_SECCOMP, 0, 1),
        instruction(RETURN, REFUSE | EINVAL),
    ],
}
rules = [instruction(LOAD, 0), *lacks[sys.argv[1]], instruction(RETURN, ALLOW)]
program = Program(len(rules), b"".join(rules))
libc = ctypes.CDLL(None, use_errno=True)
for option, *values in ((NO_NEW_PRIVS, 1, 0), (SET_SECCOMP, BY_FILTER, ctypes.byref(program))):
    if libc.prctl(option, *values, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
os.execv(sys.argv[2], sys.argv[2:])
