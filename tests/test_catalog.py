"""The catalogue tool: what it finds in the source, keeps, refuses and complains about."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tools import catalog

PYTHON = """
from asurso_core.i18n import gettext as _, lazy_gettext as _l, ngettext, npgettext, pgettext
ONE = _l("Marks")
def f(n):
    ngettext("%(num)d mark", "%(num)d marks", n)
    npgettext("lesson", "%(num)d break", "%(num)d breaks", n)
    pgettext("school", "Class")
    _("Hello, %(name)s", name="x")
    _("Marks")
"""
PAGE = """
{% do items.append(1) %}
<h1>{{ _("Timetable") }}</h1>
{% trans name=person %}For {{ name }}{% endtrans %}
{% trans n=count %}{{ n }} hour{% pluralize %}{{ n }} hours{% endtrans %}
"""
FORMS = ["%(num)d оценка", "%(num)d оценки", "%(num)d оценок"]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    core = tmp_path / "asurso_core"
    (core / "templates/core").mkdir(parents=True)
    (core / "words.py").write_text(PYTHON, "utf-8")
    (core / "templates/core/page.html").write_text(PAGE, "utf-8")
    shop = tmp_path / "plugins/shop/asurso_shop"
    shop.mkdir(parents=True)
    (shop.parent / "pyproject.toml").write_text("", "utf-8")
    (shop / "words.py").write_text('_("Marks")\n', "utf-8")
    return tmp_path


@pytest.fixture
def core(tree: Path) -> catalog.Owner:
    return catalog.owners(tree)["core"]


def translations(owner: catalog.Owner) -> dict[str, tuple[str, ...]]:
    return {catalog.key(text): catalog.forms(text) for text in catalog.texts(catalog.stored(owner))}


def test_texts_are_found_in_python_and_in_templates(core: catalog.Owner) -> None:
    catalog.extract([core])
    assert set(translations(core)) == {
        "Marks",
        "%(num)d mark",
        "lesson\4%(num)d break",
        "school\4Class",
        "Hello, %(name)s",
        "Timetable",
        "For %(name)s",
        "%(n)s hour",
    }


def test_a_catalogue_has_neither_dates_nor_line_numbers(core: catalog.Owner) -> None:
    catalog.extract([core])
    before = core.po.read_text("utf-8")
    source = core.package / "words.py"
    source.write_text("\n\n\n" + source.read_text("utf-8"), "utf-8")
    catalog.extract([core])
    assert core.po.read_text("utf-8") == before
    assert "words.py" not in before
    assert "Date" not in before


def test_translations_survive_and_what_is_gone_is_dropped(core: catalog.Owner) -> None:
    assert catalog.fill(core, {"Marks": "Оценки", "%(num)d mark": FORMS}) == 0
    page = core.package / "templates/core/page.html"
    page.unlink()
    catalog.extract([core])
    left = translations(core)
    assert left["Marks"] == ("Оценки",)
    assert left["%(num)d mark"] == tuple(FORMS)
    assert "Timetable" not in left


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("Nowhere", "Нигде", "no such text"),
        ("Hello, %(name)s", "Здравствуйте", "fills in nothing"),
        ("Hello, %(name)s", "Привет, %(nmae)s", "instead of %(name)s"),
        ("%(num)d mark", FORMS[:2], "has 2 plural forms"),
        ("%(num)d mark", "оценок", "list of 3 forms"),
        ("Marks", ["Оценки"], "one string"),
        ("Marks", "", "is empty"),
    ],
)
def test_what_does_not_fit_is_refused(
    core: catalog.Owner,
    capsys: pytest.CaptureFixture[str],
    text: str,
    value: object,
    why: str,
) -> None:
    assert catalog.fill(core, {text: value, "Timetable": "Расписание"}) == 1
    assert why in capsys.readouterr().err
    assert translations(core)["Timetable"] == ("Расписание",)


def test_missing_lists_what_fill_takes(
    core: catalog.Owner, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog.fill(core, {"Marks": "Оценки"})
    capsys.readouterr()
    catalog.missing([core])
    listed = json.loads(capsys.readouterr().out)
    assert "Marks" not in listed
    assert "school\4Class" in listed
    assert ["%(num)d mark", "%(num)d marks"] in listed


def filled(tree: Path) -> dict[str, catalog.Owner]:
    everybody = catalog.owners(tree)
    for owner in everybody.values():
        for text in list(catalog.texts(catalog.merged(owner))):
            source = text.id if isinstance(text.id, str) else text.id[1]
            value = f"«{source}»" if isinstance(text.id, str) else [f"«{source}»"] * 3
            assert catalog.fill(owner, {catalog.key(text): value}) == 0
    return everybody


def test_a_complete_tree_has_no_problems(tree: Path) -> None:
    assert catalog.problems(filled(tree)) == []


def test_a_new_text_makes_a_catalogue_stale(tree: Path) -> None:
    everybody = filled(tree)
    (tree / "plugins/shop/asurso_shop/more.py").write_text('_("Basket")\n', "utf-8")
    found = "\n".join(catalog.problems(everybody))
    assert "shop: stale" in found
    assert "shop: 'Basket' is not translated" in found


def test_two_owners_must_agree_on_a_text(tree: Path) -> None:
    everybody = filled(tree)
    catalog.fill(everybody["shop"], {"Marks": "Отметки"})
    (problem,) = catalog.problems(everybody)
    assert "agree" in problem


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgid "Timetable"', '#, fuzzy\nmsgid "Timetable"', "is fuzzy"),
        ("«Hello, %(name)s»", "«Hello»", "fills in nothing"),
        ('msgstr[2] "«%(num)d marks»"\n', "", "is not translated"),
        ("«Timetable»", "", "is not translated"),
    ],
)
def test_a_catalogue_changed_by_hand_is_looked_at(
    tree: Path, old: str, new: str, problem: str
) -> None:
    everybody = filled(tree)
    po = everybody["core"].po
    text = po.read_text("utf-8")
    assert old in text
    po.write_text(text.replace(old, new), "utf-8")
    assert problem in "\n".join(catalog.problems(everybody))


def test_several_people_fill_at_once(core: catalog.Owner) -> None:
    words = {f"Word {number}": f"Слово {number}" for number in range(8)}
    source = "\n".join(f'_("{word}")' for word in words)
    (core.package / "words.py").write_text(source, "utf-8")
    people = [
        threading.Thread(target=catalog.fill, args=(core, {word: text}))
        for word, text in words.items()
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    found = translations(core)
    assert {word: found[word][0] for word in words} == words


def test_catalogues_are_compiled_when_they_are_newer(tree: Path) -> None:
    import gettext

    everybody = filled(tree)
    catalog.compile_all(everybody.values())
    with everybody["core"].mo.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Timetable") == "«Timetable»"
    assert compiled.pgettext("school", "Class") == "«Class»"
    first = everybody["core"].mo.stat().st_mtime_ns
    catalog.compile_all(everybody.values())
    assert everybody["core"].mo.stat().st_mtime_ns == first
