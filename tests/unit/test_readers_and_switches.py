"""Readers in other processes while releases are switched under them; bench/readers.py does the same for longer."""

from bench.readers import read_through


def test_every_answer_comes_from_one_release(tmp_path):
    seen = read_through(tmp_path, publishes=10, readers=2)
    assert (seen.errors, seen.mixed) == ([], [])
    # Each publish waits for every reader, so each release is seen, by two readers in two formats.
    assert seen.releases == 11 and seen.answers >= 2 * 2 * 11
