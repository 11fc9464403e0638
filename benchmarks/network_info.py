"""What ``slbridge info net.mat --json`` costs cold, as multiples of ``python -c "import numpy"`` in the same run.

    python benchmarks/network_info.py [PAIRS [FILE ...]]

Without files a network of our own is measured, about 2 MB as a .mat of version 7 and of version 7.3.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cold_start import ratio

import bridge
from bridge.files import mat, network_mat


def main() -> None:
    """Print a line per file."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(name) for name in sys.argv[2:]]
        if not files:
            net = bridge.Network([bridge.SequenceInput(8), bridge.LSTM(350), bridge.FullyConnected(3)]).initialize(0)
            for version in ("7", "7.3"):
                files.append(Path(folder, f"version_{version}.mat"))
                mat.write({"net": network_mat.structure(net)}, files[-1], version)
        print(f"multiples of importing numpy (lowest, median, highest of {pairs} pairs)")
        for file in files:
            low, middle, high = ratio([sys.executable, "-m", "bridge", "info", str(file), "--json"], pairs)
            print(f"  {low:4.1f} {middle:4.1f} {high:4.1f}  {file.stat().st_size / 1e6:.1f} MB  {file.name}")


if __name__ == "__main__":
    main()
