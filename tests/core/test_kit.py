"""The fixtures that plugin authors get."""

from __future__ import annotations

import os
import subprocess
import sys


def test_commands_run_on_the_school_of_the_test(runner, plugins):
    plugins.disable("forum")
    ran = runner("plugin", "list")
    assert ran.exit_code == 0, ran.output
    (line,) = [line for line in ran.output.splitlines() if line.startswith("forum ")]
    assert "disabled" in line
    refused = runner("plugin", "enable", "nowhere")
    assert refused.exit_code == 1
    assert "Error:" in refused.output


def test_a_plugin_goes_with_what_stands_on_it_and_comes_back(plugins, login_as):
    assert plugins.disable("journal") == ["diary", "journal"]
    assert login_as("admin").get("/journal/").status_code == 404


def test_the_next_test_has_all_plugins_again(login_as):
    assert login_as("admin").get("/journal/").status_code == 200


def test_the_clock_of_a_test_can_be_moved(app, clock):
    from asurso_core import clock as house

    before = house.today()
    clock.move("2027-03-01")
    assert house.today().isoformat() == "2027-03-01"
    assert before.isoformat() == "2026-11-24"


def test_the_factory_adds_people_to_the_school(make, school):
    teacher, pupil = make.person("Белов Глеб", "teacher"), make.pupil("Белова Ася", "5Б")
    assert school.actor("Белов Глеб").person_id == teacher.id
    assert pupil.surname == "Белова"
    assert "pupil" in school.actor("Белова Ася").roles


def test_somebody_new_signs_in_with_just_one_role(as_):
    assert as_("secretary").get("/admin/plugins").status_code == 403
    assert as_("admin").get("/admin/plugins").status_code == 200


def test_an_author_chooses_which_plugins_are_loaded(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nasurso_plugins = timetable\n", "utf-8")
    (tmp_path / "test_mine.py").write_text(
        "from asurso_core import plugins as all_plugins\n\n"
        "def test_it(app):\n"
        "    assert set(all_plugins.current().plugins) == {'core', 'timetable'}\n",
        "utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, env={**os.environ, "ASURSO_TEST_DB": "sqlite"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
