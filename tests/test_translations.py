"""Every word shown to people is there in Chinese, and says the same with the same values in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.utils import translation

from core.management.commands.compile_translations import LOCALE, compile_stale
from scripts.words import CATALOGUE, NotConstant, Word, word_of, words_of_python, words_of_template, words_used

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def chinese() -> dict[Word, polib.POEntry]:
    return {word_of(entry): entry for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete}


def _texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_message_has_its_chinese(chinese: dict[Word, polib.POEntry]) -> None:
    untranslated = {
        f"{place}: {word.msgid!r}"
        for word, place in words_used().items()
        if word not in chinese or not all(_texts(chinese[word]))
    }
    assert not untranslated, "run `make words` and translate them in " + str(CATALOGUE)


def test_nothing_is_translated_that_nobody_says(chinese: dict[Word, polib.POEntry]) -> None:
    assert not set(chinese) - set(words_used())


def test_translations_hold_the_same_values(chinese: dict[Word, polib.POEntry]) -> None:
    for entry in chinese.values():
        for text in _texts(entry):
            expected = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            assert set(PLACEHOLDER.findall(text)) == expected, entry.msgid


def test_the_catalogue_names_no_place_and_nobody() -> None:
    text = CATALOGUE.read_text()
    assert "Last-Translator" not in text
    assert "fuzzy" not in text


def test_words_are_found_in_python() -> None:
    source = "_('a' 'b')\nx.gettext_lazy('c')\nngettext('one', 'many', n)\npgettext('here', 'd')\nother('e')\n"
    words = [word for word, _ in words_of_python(source, "x.py")]
    assert sorted(words) == sorted([Word("ab"), Word("c"), Word("one", "many"), Word("d", None, "here")])


def test_words_are_found_in_templates() -> None:
    source = (
        "{% translate 'its' %}{% trans \"b)\" as x %}{{ _('c')|upper }}{% if x == _('d') %}{% endif %}\n"
        "{% blocktranslate trimmed with n=m %}\n  Hello\n  {{ n }}\n{% endblocktranslate %}"
        "{% blocktranslate count n=m %}one{% plural %}{{ n }} many{% endblocktranslate %}"
    )
    words = {word for word, _ in words_of_template(source, "x.html")}
    assert words == {Word("its"), Word("b)"), Word("c"), Word("d"), Word("Hello %(n)s"), Word("one", "%(n)s many")}


def test_a_message_made_at_run_time_is_refused() -> None:
    with pytest.raises(NotConstant, match=r"x\.py:1"):
        list(words_of_python("_(f'a {b}')", "x.py"))


def test_compiled_words_are_used_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Sign in first."\nmsgstr "登录吧"\n'
    )
    assert compile_stale(tmp_path) == [folder / "django.mo"]
    assert compile_stale(tmp_path) == []
    compiled = polib.mofile(str(folder / "django.mo"))
    assert compiled.find("Sign in first.").msgstr == "登录吧"
    changed = source.stat().st_mtime_ns - 5_000_000_000
    os.utime(source, ns=(changed, changed))
    assert compile_stale(tmp_path) == [folder / "django.mo"]


def test_the_command_compiles_and_django_speaks_chinese() -> None:
    call_command("compile_translations", verbosity=0)
    assert (LOCALE / "zh_Hans/LC_MESSAGES/django.mo").exists()
    with translation.override("zh-hans"):
        assert translation.gettext("Sign in first.") == "请先登录。"
    with translation.override("en"):
        assert translation.gettext("Sign in first.") == "Sign in first."
