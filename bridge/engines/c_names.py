"""Names in C: identifiers and comments that cannot carry anything but themselves, whatever a model calls its blocks."""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_WORD = _LETTERS | frozenset("0123456789_")
# Without * no comment ends or opens, without ? there is no trigraph, without \ no line goes on.
_PLAIN = _WORD | frozenset(" .,:;+-=()[]<>/")
_LONGEST = 40
_LONGEST_COMMENT = 160

_RESERVED_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
bool true false complex imaginary main errno assert near far asm typeof unix linux i386
stdin stdout stderr
alignas alignof constexpr nullptr thread_local static_assert
and and_eq bitand bitor catch class compl concept co_await co_return co_yield decltype delete explicit export friend
mutable namespace new noexcept not not_eq operator or or_eq private protected public reinterpret_cast requires
template this throw try typeid typename using virtual wchar_t xor xor_eq
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())


def identifier(wanted: str) -> str:
    """`wanted` with other characters replaced: no word of C or C++, no macro of a standard header, a letter first."""
    name = "".join(character if character in _WORD else "_" for character in wanted[:_LONGEST])
    if name[:1] not in _LETTERS:
        name = f"n{name}"
    # Macros are in capitals, by convention and in all headers that are included.
    macro = len(name) > 1 and name.isupper()
    return f"{name}_" if macro or name in _RESERVED else name


def comment(text: str) -> str:
    """`text` as a comment on one line."""
    plain = "".join(character if character in _PLAIN else "_" for character in " ".join(text.split()))
    return f"/* {plain[:_LONGEST_COMMENT].strip()} */"


class Fields:
    """Gives out the names of a struct's fields, each once, and none of `taken`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._given = set(taken)

    def __call__(self, wanted: str) -> str:
        """`wanted` as an identifier, with a number behind it where the name is taken."""
        name = base = identifier(wanted)
        number = 2
        while name in self._given:
            name, number = f"{base}_{number}", number + 1
        self._given.add(name)
        return name
