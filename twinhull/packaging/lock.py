"""Locks as `uv pip compile --generate-hashes` writes them; a line that could not be installed is refused."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from twinhull.packaging.errors import PackagingError

#: Name of the lock in a folder of code.
LOCK: Final = "requirements.txt"
COMPILE: Final = f"uv pip compile --generate-hashes requirements.in -o {LOCK}"

_COMMENT: Final = re.compile(r"(?:^|\s+)#(?P<text>.*)$")
_HASH: Final = re.compile(
    r"--hash[= ]\s*((?:sha256:[0-9a-f]{64})|(?:sha384:[0-9a-f]{96})|(?:sha512:[0-9a-f]{128}))"
)
_PUBLISH: Final = "publish it to an index and pin `name==version` with a hash, or copy its modules here"
_OPTIONS: Final = (
    (("-e", "--editable"), f"an editable install is a link to this machine; {_PUBLISH}"),
    (("-r", "--requirement"), f"another file is not read; compile one lock of everything: `{COMPILE}`"),
    (("-c", "--constraint"), f"constraints belong to resolving; compile the lock with them: `{COMPILE}`"),
    (
        ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--no-index", "--trusted-host"),
        "an index is not part of a lock; set UV_DEFAULT_INDEX, UV_INDEX or UV_FIND_LINKS in the environment",
    ),
)
_OTHER_OPTION: Final = "this option has no effect on packages, which take pinned wheels only; remove it"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One pinned distribution.

    :param name: normalised.
    :param requirement: like `name==version ; marker`.
    :param hashes: like `sha256:…`.
    :param needed_by: what the lock's annotations `# via` name; empty if it has none.
    """

    name: str
    requirement: str
    hashes: tuple[str, ...]
    needed_by: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """As it stands in a lock, without annotations."""
        return " \\\n".join((self.requirement, *(f"--hash={each}" for each in self.hashes)))


@dataclass(frozen=True, kw_only=True)
class Lock:
    """All pinned distributions of a lock; one name may occur several times, under different markers."""

    source: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: Path) -> "Lock":
        """Read a lock.

        :raises PackagingError: a line is nothing that can be packaged, or the file is not in UTF-8.
        """
        return cls.parse(_decoded(path.read_bytes(), path.name), path.name)

    @classmethod
    def parse(cls, text: str, source: str = LOCK) -> "Lock":
        """Read the text of a lock.

        :param source: for messages.
        """
        entries: list[Entry] = []
        in_annotation = False
        for number, line in _logical_lines(text):
            comment = _COMMENT.search(line)
            content = line[: comment.start()].strip() if comment else line.strip()
            if content:
                entries.append(_entry(content, f"{source}:{number}"))
                in_annotation = False
            if comment and entries:
                note = comment["text"]
                in_annotation = note.split()[:1] == ["via"] or (in_annotation and note.startswith("   "))
                if in_annotation:
                    parents = frozenset(_parents(note))
                    entries[-1] = replace(entries[-1], needed_by=entries[-1].needed_by | parents)
        return cls(source=source, entries=tuple(entries))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(entry.name for entry in self.entries)

    def all(self) -> tuple[str, ...]:
        """The text of every entry."""
        return tuple(sorted(entry.text for entry in self.entries))

    def select(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the entries for ``names`` and for everything that these need.

        :param names: distributions.
        :raises PackagingError: the lock lacks one, or has no annotations that tell what needs what.
        """
        wanted = {str(canonicalize_name(name)) for name in names}
        if unknown := wanted - self.names:
            raise PackagingError(
                f"{self.source} has no {', '.join(sorted(unknown))}; add it to the requirements.in and "
                f"compile the lock again: `{COMPILE}`."
            )
        for entry in self.entries:
            if not entry.needed_by:
                raise PackagingError(
                    f"{self.source}: nothing tells what needs {entry.name}; compile the lock with its "
                    f"annotations `# via`: `{COMPILE}`."
                )
        while more := {entry.name for entry in self.entries if entry.needed_by & wanted} - wanted:
            wanted |= more
        return tuple(sorted(entry.text for entry in self.entries if entry.name in wanted))


def _decoded(content: bytes, source: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise PackagingError(f"{source} is not in UTF-8; save it in UTF-8, or compile it again: `{COMPILE}`.")
    return text


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join continued lines; a comment ends a continuation, as for pip."""
    parts: list[str] = []
    start = 1
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        start = start if parts else number
        is_comment = line.lstrip().startswith("#")
        parts.append(f" {line}" if is_comment else line.removesuffix("\\"))
        if is_comment or not line.endswith("\\"):
            yield start, "".join(parts)
            parts = []
    if parts:
        yield start, "".join(parts)


def _entry(line: str, where: str) -> Entry:
    if line.startswith("-"):
        option = re.split(r"[\s=]", line)[0]
        reasons = (reason for options, reason in _OPTIONS if _is_option(option, options))
        raise _refusal(where, line, next(reasons, _OTHER_OPTION))
    pinned, *options = re.split(r"\s+(?=--)", line)
    if re.match(r"(git|hg|svn|bzr)\+", pinned):
        raise _refusal(where, line, f"a repository has no hash; {_PUBLISH}")
    if re.match(r"(file:|https?:|\.{0,2}[\\/]|~|[A-Za-z]:\\)", pinned) or re.search(
        r"\.(whl|zip|tar\.\w+|tgz)$", pinned.partition(";")[0].strip()
    ):
        raise _refusal(where, line, f"a file or address is no pinned distribution; {_PUBLISH}")
    try:
        requirement = Requirement(pinned)
    except InvalidRequirement as error:
        raise _refusal(where, line, f"it is no requirement; compile the lock again: `{COMPILE}`") from error
    if requirement.url:
        raise _refusal(where, line, f"a file or address is no pinned distribution; {_PUBLISH}")
    versions = list(requirement.specifier)
    if len(versions) != 1 or versions[0].operator not in ("==", "===") or versions[0].version.endswith("*"):
        raise _refusal(where, line, f"it pins no version; compile the lock: `{COMPILE}`")
    for option in options:
        if not _HASH.fullmatch(option):
            raise _refusal(where, f"{requirement.name} … {option}", _OTHER_OPTION)
    hashes = tuple(found[1] for option in options if (found := _HASH.fullmatch(option)))
    if not hashes:
        raise _refusal(where, line, f"it has no hash; compile the lock with hashes: `{COMPILE}`")
    return Entry(name=str(canonicalize_name(requirement.name)), requirement=pinned.strip(), hashes=hashes)


def _is_option(option: str, options: Iterable[str]) -> bool:
    """Short options may have their value attached: `-rbase.txt`."""
    return any(
        option == each or (not each.startswith("--") and not option.startswith("--") and option[:2] == each)
        for each in options
    )


def _refusal(where: str, line: str, reason: str) -> PackagingError:
    # An address may have a password in it.
    shown = re.sub(r"//[^/@\s]*@", "//…@", line)
    return PackagingError(f"{where}: {shown!r} cannot be packaged: {reason}.")


def _parents(note: str) -> Iterator[str]:
    """The names in an annotation; those of files, `-r requirements.in`, are kept as they are."""
    for part in note.strip().removeprefix("via").split(","):
        if name := re.sub(r"\(.*\)", "", part).strip():
            yield name if name.startswith("-") else str(canonicalize_name(name))
