"""The words shown to people: finds every message that the code and the templates translate, and keeps the catalogue in step.

`python -m scripts.words` adds what is missing to the Chinese catalogue (untranslated) and drops what nobody uses any more.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
OUTSIDE = {".venv", "node_modules", "data", "tests", "scripts", "bench", ".git"}

ARGUMENTS = {
    "_": ("msgid",),
    "gettext": ("msgid",),
    "gettext_lazy": ("msgid",),
    "gettext_noop": ("msgid",),
    "pgettext": ("context", "msgid"),
    "pgettext_lazy": ("context", "msgid"),
    "ngettext": ("msgid", "plural"),
    "ngettext_lazy": ("msgid", "plural"),
    "npgettext": ("context", "msgid", "plural"),
    "npgettext_lazy": ("context", "msgid", "plural"),
}
_TEMPLATE_CALL = re.compile(r" (?:_|n?p?gettext)\(u?['\"]")


class Word(NamedTuple):
    """One message, as gettext knows it."""

    msgid: str
    plural: str | None = None
    context: str | None = None


class NotConstant(Exception):
    """A message is put together at run time, so no catalogue can hold it. Holds file and line."""


def words_used(root: Path = ROOT) -> dict[Word, str]:
    """Every message of the project and where it is first used ("file:line")."""
    found: dict[Word, str] = {}
    for path in sorted(_sources(root)):
        text = path.read_text()
        name = str(path.relative_to(root))
        words = words_of_python(text, name) if path.suffix == ".py" else words_of_template(text, name)
        for word, line in words:
            found.setdefault(word, f"{name}:{line}")
    return found


def _sources(root: Path) -> Iterator[Path]:
    for path in [*root.rglob("*.py"), *root.glob("templates/**/*"), *root.glob("*/templates/**/*")]:
        if not OUTSIDE & set(path.relative_to(root).parts) and path.is_file():
            yield path


def words_of_python(source: str, name: str) -> Iterator[tuple[Word, int]]:
    """Messages of Python code and their lines. NotConstant for one that is computed."""
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, ast.Call) and (roles := ARGUMENTS.get(_called(node.func))):
            values = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args[: len(roles)]]
            if len(values) < len(roles) or not all(isinstance(value, str) for value in values):
                raise NotConstant(f"{name}:{node.lineno}")
            yield Word(**dict(zip(roles, map(str, values), strict=True))), node.lineno


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""


def words_of_template(source: str, name: str) -> Iterator[tuple[Word, int]]:
    """Messages of a Django template; Django itself turns it into calls of gettext."""
    code = templatize(source, origin=name)
    for match in _TEMPLATE_CALL.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        for word, _line in words_of_python(_whole_call(code[match.start() + 1 :], f"{name}:{line}"), name):
            yield word, line


def _whole_call(code: str, place: str) -> str:
    """The call that `code` begins with: up to the first parenthesis that makes it complete."""
    for end in (match.end() for match in re.finditer(r"\)", code)):
        try:
            ast.parse(code[:end])
        except SyntaxError:
            continue
        return code[:end]
    raise NotConstant(place)


def word_of(entry: polib.POEntry) -> Word:
    return Word(entry.msgid, entry.msgid_plural or None, entry.msgctxt)


def main() -> int:
    """Bring the catalogue in step; the exit status tells whether something waits for its translation."""
    used = words_used()
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=127)
    known = {word_of(entry): entry for entry in catalogue if not entry.obsolete}
    kept = [known.get(word) or _untranslated(word) for word in used]
    catalogue[:] = sorted(kept, key=lambda entry: (entry.msgid, entry.msgctxt or ""))
    catalogue.save()
    waiting = [entry.msgid for entry in kept if not entry.translated()]
    print(f"{len(kept)} messages, {len(waiting)} without a translation", *waiting, sep="\n  ")
    return 1 if waiting else 0


def _untranslated(word: Word) -> polib.POEntry:
    plural = {"msgid_plural": word.plural, "msgstr_plural": {0: ""}} if word.plural else {}
    return polib.POEntry(msgid=word.msgid, msgctxt=word.context, **plural)


if __name__ == "__main__":
    sys.exit(main())
