"""Misspelt command lines, told in one line: verbs and options that are none, with those that were probably meant."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NoReturn

from bridge.suggestions import closest, offered


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all errors of the command are."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where to read on."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help shows what it takes\n")


def misspelt(given: Sequence[str], verbs: Collection[str], parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """One line about the first word that is no verb or no option of its verb; empty where all are."""
    if not given or given[0].startswith("-"):
        return ""
    verb = given[0]
    if verb not in verbs:
        if os.path.exists(verb):
            return f"slbridge: a verb comes before the file, as in slbridge info {verb}; there are {', '.join(verbs)}"
        return f"slbridge: there is no verb {verb!r}{offered(verb, verbs)}"
    known = list(parsers[verb]._option_string_actions)  # argparse lists them nowhere else, but in a text
    for word in _options_in(given[1:]):
        if not any(name.startswith(word) for name in known):  # argparse takes the beginning of a name for it
            near = closest(word, known)
            hint = f"did you mean {' or '.join(near)}?" if near else f"slbridge {verb} --help lists all"
            return f"slbridge {verb}: there is no option {word}; {hint}"
    return ""


def _options_in(words: Sequence[str]) -> Iterator[str]:
    """Names of options as written, up to the ``--`` after which there are none."""
    for word in words:
        if word == "--":
            return
        if word.startswith("--") and " " not in word.partition("=")[0]:
            yield word.partition("=")[0]
