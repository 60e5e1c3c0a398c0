"""The C library's allocator, told that this process will soon want again what it has just freed."""

import ctypes
from contextlib import suppress

# From <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES, SINGLE_BYTES = 64 * 2**20, 8 * 2**20


def keep_freed_memory() -> None:
    """Let this process keep up to KEPT_BYTES that it has freed, except blocks of over SINGLE_BYTES.

    Otherwise glibc gives blocks of some 100 KB back to the kernel at once and gets them again for the next file,
    page by page and zeroed: 66 pages a file, a tenth of what reading it costs. Elsewhere this does nothing.
    """
    with suppress(OSError, AttributeError):  # a C library without it
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, SINGLE_BYTES)
