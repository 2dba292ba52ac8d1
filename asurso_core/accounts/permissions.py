"""Rights over people and accounts, with the default grants of features.md 2.3."""

from __future__ import annotations

from asurso_core.access import CONFIG, DATALOSS, MANAGETRUST, PERSONAL, Permission, Resource
from asurso_core.accounts.models import Person, User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import queries as school

PEOPLE_SCOPES = ("school", "own_class", "own_group", "own_child", "own")

PERMISSIONS = [
    Permission(
        name="core.people.search",
        label=_l("Find people"),
        scopes=PEOPLE_SCOPES,
        default={
            "admin": "school", "director": "school", "deputy": "school", "teacher": "school",
            "secretary": "school", "hr": "school", "medical": "school", "psychologist": "school",
            "parent": "own_child", "pupil": "own",
        },
        risk=PERSONAL,
    ),
    Permission(
        name="core.users.view",
        label=_l("See the list of users"),
        scopes=("school", "own_class"),
        default={
            "admin": "school", "director": "school", "secretary": "school", "hr": "school",
            "teacher": "own_class",
        },
        risk=PERSONAL,
    ),
    Permission(
        name="core.users.create_staff",
        label=_l("Create accounts of staff"),
        default={"admin": "school", "secretary": "school", "hr": "school"},
        edits=True,
        risk=PERSONAL | MANAGETRUST,
    ),
    Permission(
        name="core.users.create_family",
        label=_l("Create accounts of pupils and parents"),
        scopes=("school", "own_class"),
        default={"admin": "school", "secretary": "school", "teacher": "own_class"},
        edits=True,
        risk=PERSONAL,
    ),
    Permission(
        name="core.users.edit",
        label=_l("Change names, logins and roles of users"),
        scopes=("school", "own_class"),
        default={"admin": "school"},
        edits=True,
        risk=PERSONAL | MANAGETRUST,
    ),
    Permission(
        name="core.users.reset_password",
        label=_l("Give a new one-time password"),
        scopes=("school", "own_class"),
        default={"admin": "school", "teacher": "own_class"},
        edits=True,
        risk=MANAGETRUST,
    ),
    Permission(
        name="core.users.archive",
        label=_l("Move users to the archive and back"),
        default={"admin": "school"},
        edits=True,
        risk=DATALOSS,
    ),
    Permission(
        name="core.people.import",
        label=_l("Import people from a file"),
        default={"admin": "school", "secretary": "school"},
        edits=True,
        risk=PERSONAL | MANAGETRUST,
    ),
    Permission(
        name="core.log.people",
        label=_l("See the log of changes of users' data"),
        default={"admin": "school"},
        risk=PERSONAL,
    ),
    Permission(
        name="core.log.security",
        label=_l("See the security log and all sessions"),
        default={"admin": "school"},
        risk=PERSONAL,
    ),
    Permission(
        name="core.log.all",
        label=_l("See the whole history and who reached whose data"),
        default={"admin": "school"},
        risk=PERSONAL,
    ),
    Permission(
        name="core.log.export",
        label=_l("Take the history away in a file"),
        default={"admin": "school"},
        edits=True,
        risk=PERSONAL,
    ),
    Permission(
        name="core.policy.edit",
        label=_l("Change the rules of passwords and sessions"),
        default={"admin": "school"},
        edits=True,
        risk=CONFIG,
    ),
    Permission(
        name="core.personal_data.export",
        label=_l("Give out everything that is kept about a person"),
        default={"admin": "school"},
        edits=True,
        risk=PERSONAL,
    ),
    Permission(
        name="core.personal_data.erase",
        label=_l("Erase a person's data"),
        default={"admin": "school"},
        edits=True,
        risk=PERSONAL | DATALOSS,
    ),
]  # fmt: skip


def _of_class(classes: object) -> object:
    """Pupils of classes and, through them, their guardians."""
    from asurso_core.accounts.models import Guardian

    pupils = school.pupils_of_classes(classes)
    parents = Guardian.select(Guardian.guardian).where(Guardian.pupil.in_(pupils))
    return Person.id.in_(pupils) | Person.id.in_(parents)


def _of_group(groups: object) -> object:
    from asurso_core import clock
    from asurso_core.school import ClassMember, GroupClass, GroupMember, TeachingGroup

    on = clock.today()
    listed = GroupMember.select(GroupMember.pupil).where(
        GroupMember.group.in_(groups), school.active(GroupMember, on)
    )
    whole = (
        ClassMember.select(ClassMember.pupil)
        .join(GroupClass, on=(GroupClass.school_class == ClassMember.school_class))
        .join(TeachingGroup, on=(TeachingGroup.id == GroupClass.group))
        .where(GroupClass.group.in_(groups), TeachingGroup.part == 0)
        .where(school.active(ClassMember, on))
    )
    return Person.id.in_(listed) | Person.id.in_(whole)


def _users(condition: object) -> object:
    return User.person.in_(Person.select(Person.id).where(condition))


RESOURCES = [
    Resource(
        model=Person,
        anchors={
            "person": lambda ids: Person.id.in_(ids),
            "class": _of_class,
            "group": _of_group,
        },
    ),
    Resource(
        model=User,
        anchors={
            "person": lambda ids: User.person.in_(ids),
            "class": lambda ids: _users(_of_class(ids)),
            "group": lambda ids: _users(_of_group(ids)),
        },
    ),
]
