"""``slbridge info FILE``."""

from __future__ import annotations

import argparse
import json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", help="a model, a network, an ONNX graph, data, a recording, or a case's folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--strict", action="store_true", help="exit with 3 where a block or layer is not supported")


def run(options: argparse.Namespace) -> int:
    """Print what the file holds."""
    from bridge.cases.description import describe, readable

    facts = describe(options.file)
    print(json.dumps(facts, indent=1) if options.json else readable(facts))
    return 3 if options.strict and facts.get("unsupported") else 0
