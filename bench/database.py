"""A temporary database of a measurement's own: measurements never touch the installation's."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.operations.schema import upgrade
from hotline.runtime.cluster import find_cluster


@contextmanager
def temporary_database() -> Iterator[str]:
    """Its address, with all tables; it goes away with the block."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    folder.chmod(0o755)
    cluster = find_cluster(folder / "postgres")
    try:
        cluster.start("-c fsync=off")
        upgrade(cluster.url)
        yield cluster.url
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
