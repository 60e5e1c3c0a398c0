"""Memory that is freed and wanted again is not fetched from the kernel each time."""

import platform
import subprocess
import sys

import pytest

# Eight blocks of half a megabyte, freed and wanted again twenty times: 128 pages each.
BLOCKS = """
import resource
from orchestration.allocator import keep_freed_memory

def pages(times):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        [bytearray(2**19) for _ in range(8)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

{call}
pages(5)
print(pages(20))
"""


def pages_fetched(call: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKS.format(call=call)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_freed_memory_is_kept_for_the_next_file():
    assert pages_fetched("keep_freed_memory()") < 8 * 128
    # Without it every block is fetched anew, but for those that are wanted while another is being freed.
    assert pages_fetched("") > 5 * 8 * 128
