"""Rules of mail that the school sets: who may write to whom, how much, how long the trash keeps."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, IntegerField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from asurso_core import settings
from asurso_core.accounts import role_labels
from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm

OWNER = "mail"
#: The longest subject and text; a text of this length still fits into a saving at leaving.
LONGEST_SUBJECT, LONGEST = 200, 20_000
#: Files of one letter.
MOST_FILES = 10
#: Named recipients of a letter of the staff; more people are a broadcast.
MOST_NAMED = 100
#: Outside addresses of one letter.
MOST_OUTSIDE = 10
#: A broadcast to more people than this is asked about once more.
MANY = 30
#: Own folders of one person.
MOST_FOLDERS = 30

DEFAULTS: dict[str, Any] = {
    "public_roles": ["admin", "director", "deputy", "medical", "psychologist", "secretary"],
    "pupils_to_pupils": True,
    "parents_to_parents": False,
    "broadcast_shows": False,
    "trash_days": 30,
    "family_letters": 20,
    "family_recipients": 60,
    "family_named": 20,
    "outside": True,
    "outside_an_hour": 20,
    "letter_mb": 10,
    "staff_mb": 300,
    "family_mb": 50,
}


class _Roles(SelectMultipleField):
    """Roles of the staff, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RulesForm(Form):
    """Rules of mail."""

    public_roles = _Roles(_l("Every pupil and parent may write to"))
    pupils_to_pupils = BooleanField(_l("Pupils may write to pupils of their class"))
    parents_to_parents = BooleanField(_l("Parents may write to parents of the class"))
    broadcast_shows = BooleanField(_l("Recipients of a letter to groups see each other's names"))
    trash_days = IntegerField(
        _l("Deleted letters stay in the trash for, days"), [InputRequired(), NumberRange(1, 365)]
    )
    family_letters = IntegerField(
        _l("Letters of a pupil or parent an hour, at most"), [InputRequired(), NumberRange(1, 1000)]
    )
    family_recipients = IntegerField(
        _l("Recipients of all letters of a pupil or parent an hour, at most"),
        [InputRequired(), NumberRange(1, 10_000)],
    )
    family_named = IntegerField(
        _l("Recipients of one letter of a pupil or parent, at most"),
        [InputRequired(), NumberRange(1, MOST_NAMED)],
    )
    outside = BooleanField(_l("Letters may be sent to outside e-mail addresses"))
    outside_an_hour = IntegerField(
        _l("Letters of one person to outside addresses an hour, at most"),
        [InputRequired(), NumberRange(0, 1000)],
    )
    letter_mb = IntegerField(
        _l("Files of one letter, MB, at most"), [InputRequired(), NumberRange(1, 20)]
    )
    staff_mb = IntegerField(
        _l("Files in the mail of one member of staff, MB, at most"),
        [InputRequired(), NumberRange(1, 2000)],
    )
    family_mb = IntegerField(
        _l("Files in the mail of one pupil or parent, MB, at most"),
        [InputRequired(), NumberRange(1, 2000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the roles that this school has."""
        super().__init__(*args, **kwargs)
        self.public_roles.choices = [
            (name, label)
            for name, label in role_labels().items()
            if name not in {"pupil", "parent"}
        ]


SETTINGS = [
    SettingsForm(
        name=OWNER,
        title=_l("Mail"),
        about=_l("Who may write to whom, how much, how long deleted letters stay"),
        form=RulesForm,
        defaults=DEFAULTS,
        requires="core.settings.edit",
        order=55,
    )
]


def rule(name: str) -> Any:
    """The school's value of one of :data:`DEFAULTS`."""
    return settings.get(OWNER, name)
