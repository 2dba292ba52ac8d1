"""Writing, publishing, changing, putting away, restoring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from asurso_announcements import queries
from asurso_announcements.models import DRAFT, PUBLISHED, Announcement, Change, Target
from asurso_announcements.permissions import PIN, WRITE
from asurso_announcements.queries.pages import may_restore, target_of
from asurso_announcements.services.telling import tell
from asurso_core import access, audience, audit, clock, files, fulltext, markup
from asurso_core.actors import Actor
from asurso_core.audit import AuditEntry
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.files import Received, StoredFile
from asurso_core.i18n import gettext as _

#: The kind of the files of announcements, and how many hang on one.
FILE, MOST_FILES = "announcements.file", 10
#: The longest text, and the most parts of an audience.
LONGEST, MOST_KEYS = 20_000, 300


@dataclass(frozen=True, kw_only=True)
class Content:
    """What an announcement shall be.

    ``appears_at`` is naive UTC, None means at once; ``ends_on`` is the last day on the board.
    ``pinned`` None leaves it as it is. ``anew``: everybody has to read it again after this change.
    ``drop`` are ids of files to take away.
    """

    title: str
    text: str = ""
    keys: Sequence[str] = ()
    appears_at: dt.datetime | None = None
    ends_on: dt.date | None = None
    pinned: bool | None = None
    urgent: bool = False
    must_acknowledge: bool = False
    anew: bool = False
    add: Sequence[Received] = field(default_factory=list)
    drop: Collection[int] = field(default_factory=list)


def save(
    actor: Actor,
    announcement_id: int | None,
    content: Content,
    *,
    version: int = 0,
    operation: str | None = None,
) -> Announcement:
    """Write a draft, or change an announcement; what is on the board changes at once.

    A draft may still be without text and audience. Sent twice with one ``operation`` it is made
    once.

    :raises Invalid: something does not fit; the fields are told.
    :raises Refused: it is somebody else's, lies in the trash, or speaks to people beyond the right.
    :raises Conflict: somebody changed it first.
    """
    access.require_any(actor, WRITE)
    with transaction():
        before = _repeated(actor, operation)
        if before is not None:
            return before
        row, old_keys = _begun(actor, announcement_id, version)
        keys = list(dict.fromkeys(content.keys))
        old = _facts(row, old_keys) if announcement_id is not None else {}
        _demand(actor, row, content, keys, old_keys)
        _put(row, content)
        _put_keys(row, keys)
        _put_files(actor, row, content)
        index(row)
        new = _facts(row, keys)
        changed = [name for name in new if new[name] != old.get(name)]
        if row.state == DRAFT:
            audit.record(
                actor, "announcements.drafted", target_of(row.id), operation=operation, topic=None
            )
        elif changed:
            _remember(actor, row, {name: old[name] for name in changed},
                      {name: new[name] for name in changed})  # fmt: skip
            tell(row)
    return row


def _begun(
    actor: Actor, announcement_id: int | None, version: int
) -> tuple[Announcement, list[str]]:
    """The row to fill with its keys: a new one, or one that the actor may change."""
    if announcement_id is None:
        now = clock.stamp()
        row: Announcement = Announcement.create(
            title="", text="", author=actor.person_id, created_at=now, changed_at=now
        )
        return row, []
    row, keys = queries.to_edit(actor, announcement_id)
    if row.version != version:
        raise _changed_first(row)
    # Counts and locks in one statement: of two who save at once one is second.
    taken = Announcement.update(version=Announcement.version + 1).where(
        Announcement.id == row.id, Announcement.version == version
    )
    if not taken.execute():
        raise _changed_first(row)
    row.version += 1
    return row, keys


def _changed_first(row: Announcement) -> Conflict:
    return Conflict(
        _("Somebody changed this announcement first. Compare and save again."), text=row.text
    )


def _repeated(actor: Actor, operation: str | None) -> Announcement | None:
    """The announcement that this very sending has made before, or None."""
    if not operation:
        return None
    done = AuditEntry.get_or_none(
        AuditEntry.operation == operation, AuditEntry.user == actor.user_id
    )
    if done is None or not done.target.startswith(target_of(0)[:-1]):
        return None
    found: Announcement | None = Announcement.get_or_none(
        Announcement.id == int(done.target.split(":")[1])
    )
    return found


def _demand(
    actor: Actor, row: Announcement, content: Content, keys: list[str], old_keys: list[str]
) -> None:
    """Everything that must hold of what is saved."""
    wrong: dict[str, list[str]] = {}
    if not content.title.strip():
        wrong["title"] = [_("Write a title.")]
    if "\x00" in content.title + content.text:
        wrong["text"] = [_("The text holds a character that cannot be stored.")]
    if len(content.text) > LONGEST:
        wrong["text"] = [_("At most %(longest)s characters fit here.", longest=LONGEST)]
    if len(keys) > MOST_KEYS:
        wrong["keys"] = [
            _("Too many parts are chosen. Choose larger ones: parallels instead of classes.")
        ]
    since = content.appears_at or (row.appears_at if row.state == PUBLISHED else None)
    if content.ends_on is not None:
        first = clock.local(since).date() if since is not None else clock.today()
        if content.ends_on < first and (row.state == DRAFT or content.ends_on != row.ends_on):
            wrong["ends_on"] = [_("The last day must not be earlier than the first.")]
    if row.state == PUBLISHED:
        wrong |= _unready(content.text, keys)
    if wrong:
        raise Invalid(fields=wrong)
    if set(keys) - set(old_keys):
        # What stood there before may stay, also when the class has meanwhile got another leader.
        audience.check(actor, WRITE, sorted(set(keys) - set(old_keys)))
    if content.pinned is not None and content.pinned != row.pinned:
        access.require_any(actor, PIN)


def _unready(text: str, keys: Sequence[str]) -> dict[str, list[str]]:
    """What an announcement needs on the board."""
    wrong: dict[str, list[str]] = {}
    if not text.strip():
        wrong["text"] = [_("Write the text.")]
    if not keys:
        wrong["keys"] = [_("Choose for whom it is.")]
    return wrong


def _put(row: Announcement, content: Content) -> None:
    row.title = " ".join(content.title.split())
    row.text = content.text.replace("\r\n", "\n").strip()
    row.ends_on, row.urgent = content.ends_on, content.urgent
    row.must_acknowledge = content.must_acknowledge
    if content.pinned is not None:
        row.pinned = content.pinned
    row.changed_at = clock.stamp()
    if row.state == DRAFT:
        row.appears_at = content.appears_at
    elif queries.waits(row):
        row.appears_at = max(content.appears_at or clock.stamp(), clock.stamp())
    elif content.anew:
        row.edition += 1
    row.save()


def _put_keys(row: Announcement, keys: list[str]) -> None:
    Target.delete().where(Target.announcement == row).execute()
    if keys:
        Target.insert_many([{"announcement": row.id, "key": key} for key in keys]).execute()


def _put_files(actor: Actor, row: Announcement, content: Content) -> None:
    there: list[StoredFile] = files.of_target(target_of(row.id))
    gone = [one for one in there if one.id in set(content.drop)]
    if len(there) - len(gone) + len(content.add) > MOST_FILES:
        raise Invalid(fields={"files": [_("At most %(most)s files fit here.", most=MOST_FILES)]})
    for one in gone:
        files.drop(actor, one)
    for new in content.add:
        files.save(actor, FILE, new, target=target_of(row.id))


def index(row: Announcement) -> None:
    """Let the search find the words; who may read them is asked when somebody searches."""
    words = f"{row.title} {markup.plain(row.text)}"
    fulltext.put("announcements", "announcement", row.id, words)


def _facts(row: Announcement, keys: Sequence[str]) -> dict[str, Any]:
    """What history tells of an announcement, as plain data."""
    return {
        "title": row.title,
        "text": row.text,
        "keys": list(keys),
        "files": [one.name for one in files.of_target(target_of(row.id))],
        "appears_at": row.appears_at.isoformat() if row.appears_at is not None else None,
        "ends_on": row.ends_on.isoformat() if row.ends_on is not None else None,
        "pinned": row.pinned,
        "urgent": row.urgent,
        "must_acknowledge": row.must_acknowledge,
        "edition": row.edition,
    }


def _remember(
    actor: Actor, row: Announcement, before: dict[str, Any], after: dict[str, Any]
) -> None:
    Change.create(
        announcement=row, at=clock.stamp(), author=actor.person_id, before=before, after=after
    )
    # The words stand in the plugin's own history, where they are erased with their author.
    told = {"version": row.version, "fields": sorted(after)}
    audit.record(
        actor, "announcements.changed", target_of(row.id), after=told, person=row.author_id,
        topic=None,
    )  # fmt: skip


def publish(actor: Actor, announcement_id: int, *, version: int) -> Announcement:
    """Put a draft on the board, now or at the hour that it names.

    :raises Invalid: the text or the audience is missing, or its last day is over.
    :raises Refused: the actor may not write to all of these people, or not pin.
    :raises Conflict: it was changed after the preview was shown.
    """
    with transaction():
        row, keys = queries.to_edit(actor, announcement_id)
        if row.state == PUBLISHED:
            return row
        row, keys = _begun(actor, announcement_id, version)
        wrong = _unready(row.text, keys)
        now = clock.stamp()
        appears_at = max(row.appears_at or now, now)
        if row.ends_on is not None and row.ends_on < clock.local(appears_at).date():
            wrong["ends_on"] = [_("The last day must not be earlier than the first.")]
        if wrong:
            raise Invalid(fields=wrong)
        audience.check(actor, WRITE, keys)
        if row.pinned:
            access.require_any(actor, PIN)
        row.state, row.appears_at, row.changed_at = PUBLISHED, appears_at, now
        row.save()
        audit.record(
            actor, "announcements.published", target_of(row.id),
            after={"keys": keys, "appears_at": row.appears_at.isoformat(), "urgent": row.urgent},
            topic=None,
        )  # fmt: skip
        tell(row)
    return row


def delete(actor: Actor, announcement_id: int, reason: str = "") -> Announcement:
    """Put an announcement into the trash; taking away somebody else's needs a reason.

    :raises Invalid: the reason is missing.
    :raises Refused: the actor may only read it.
    """
    with transaction():
        row = queries.find(actor, announcement_id)
        if not queries.may_edit(actor, row):
            raise Refused(_("Only its author or the administrator can delete an announcement."))
        if row.deleted_at is not None:
            return row
        if row.author_id != actor.person_id and not reason.strip():
            raise Invalid(
                fields={"reason": [_("Write why you delete the announcement of somebody else.")]}
            )
        row.deleted_at, row.deleted_by = clock.stamp(), actor.person_id
        row.delete_reason = reason.strip()[:255] or None
        row.version += 1
        row.save()
        audit.record(
            actor, "announcements.deleted", target_of(row.id), reason=reason.strip()[:255],
            person=row.author_id, topic=None,
        )  # fmt: skip
    return row


def restore(actor: Actor, announcement_id: int) -> Announcement:
    """Bring an announcement back from the trash, to where it was.

    :raises Refused: an administrator took it away, and only one can bring it back.
    """
    with transaction():
        row = queries.find(actor, announcement_id)
        if row.deleted_at is None and queries.may_edit(actor, row):
            return row
        if not may_restore(actor, row):
            if not queries.may_edit(actor, row):
                raise Refused(_("Only its author or the administrator can restore it."))
            raise Refused(_("The administrator has deleted this announcement and can restore it."))
        row.deleted_at = row.deleted_by = row.delete_reason = None
        row.version += 1
        row.save()
        audit.record(
            actor, "announcements.restored", target_of(row.id), person=row.author_id, topic=None
        )
        tell(row)
    return row
