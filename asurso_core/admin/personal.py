"""What the kernel itself keeps about a person: given out, and made nameless."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts.models import (
    Device,
    Guardian,
    Person,
    PersonDetail,
    Preference,
    Role,
    Session,
    SignInFailure,
    User,
    UserRole,
)
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_core.school.models import (
    ClassMember,
    ClassTeacher,
    GroupMember,
    GroupTeacher,
    SchoolClass,
    Subject,
    TeachingGroup,
)


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in query.dicts()]


def _fields(model: Any, condition: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    chosen = [
        field
        for name, field in model._meta.fields.items()  # noqa: SLF001 - peewee keeps them there
        if name not in leave_out
    ]
    return _rows(model.select(*chosen).where(condition))


def _export(person_id: int) -> dict[str, Any]:
    users = User.select(User.id).where(User.person == person_id)
    return {
        "person": _fields(Person, Person.id == person_id, frozenset({"sort_key", "search_text"})),
        "particulars": _fields(PersonDetail, PersonDetail.person == person_id),
        "account": _fields(
            User, User.person == person_id, frozenset({"password_hash", "login_key"})
        ),
        "roles": _rows(Role.select(Role.label).join(UserRole).where(UserRole.user.in_(users))),
        "family": _rows(
            Guardian.select(Guardian.guardian, Guardian.pupil, Guardian.relation).where(
                (Guardian.guardian == person_id) | (Guardian.pupil == person_id)
            )
        ),
        "classes": _rows(
            ClassMember.select(
                SchoolClass.grade, SchoolClass.letter, ClassMember.since, ClassMember.until
            ).join(SchoolClass).where(ClassMember.pupil == person_id)
        ),
        "subgroups": _rows(
            GroupMember.select(
                Subject.name, TeachingGroup.name.alias("part"), GroupMember.since, GroupMember.until
            ).join(TeachingGroup).join(Subject).where(GroupMember.pupil == person_id)
        ),
        "leads": _fields(ClassTeacher, ClassTeacher.teacher == person_id),
        "teaches": _fields(GroupTeacher, GroupTeacher.teacher == person_id),
        "sessions": _fields(Session, Session.user.in_(users), frozenset({"key"})),
        "devices": _fields(Device, Device.user.in_(users), frozenset({"key"})),
        "preferences": _fields(Preference, Preference.user.in_(users)),
    }  # fmt: skip


def _erase(person_id: int) -> None:
    person = Person.get_by_id(person_id)
    person.surname, person.given_name, person.patronymic = _("Deleted"), _("user"), None
    person.sex = person.birth_date = person.archive_reason = None
    person.version += 1
    person.refresh_keys()
    person.save()
    PersonDetail.delete().where(PersonDetail.person == person_id).execute()
    Guardian.delete().where(
        (Guardian.guardian == person_id) | (Guardian.pupil == person_id)
    ).execute()
    for user in User.select().where(User.person == person_id):
        SignInFailure.delete().where(SignInFailure.login_key == user.login_key).execute()
        for model in (Session, Device, Preference):
            model.delete().where(model.user == user).execute()
        user.login = user.login_key = f"erased-{user.id}"
        user.password_hash = user.last_sign_in_at = None
        user.state = "archived"
        user.version += 1
        user.save()


PERSONAL_DATA = [
    PersonalData(name="core", title=_l("People and accounts"), export=_export, erase=_erase)
]
