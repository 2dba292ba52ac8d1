"""Letters to outside addresses by a real mail server: outcomes, no repetition, no injection."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import io
import ipaddress
import ssl
from email.policy import default as modern

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage

from asurso_core.db import as_stamp, rows
from asurso_core.errors import Invalid, Refused
from asurso_core.jobs import attempts
from asurso_mail import checks, queries, services, smtp
from asurso_mail.models import Outside

FROM = "noreply@school.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody but us trusts; the context and its file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2120, 1, 1, tzinfo=dt.UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, str(folder / "cert.pem")


@pytest.fixture
def configured(app, monkeypatch):
    """``configured(server, security="none")`` writes the operator's table."""

    def use(server, **more):
        table = {"host": "127.0.0.1", "port": server.port, "security": "none", "from": FROM,
                 "timeout": 0.4, **more}  # fmt: skip
        conf = dataclasses.replace(app.extensions["asurso_config"], plugin={"mail": table})
        monkeypatch.setitem(app.extensions, "asurso_config", conf)

    return use


@pytest.fixture
def sent(school):
    """``sent("a@example.org")`` sends a letter outside; gives its number and the job's."""

    def send(*addresses, uploads=(), **more):
        letter = services.Letter(
            outside=list(addresses), **{"subject": "Вопрос", "text": "Да?", **more}
        )
        copy = services.send(school.actor("teacher"), letter, uploads=uploads)
        return [
            (row.id, row.job) for row in Outside.select().where(Outside.message == copy.message_id)
        ]

    return send


def state(row_id):
    row = Outside.get_by_id(row_id)
    ((job,),) = rows("SELECT state FROM core_job WHERE id = ?", [row.job])
    return row.state, job


# --- outcomes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "ours", "job", "words"),
    [
        ("accept", "gone", "done", "250 2.0.0 taken"),
        ("busy", "waiting", "waiting", "451 4.3.2 come back later"),
        ("full", "waiting", "waiting", "452 4.2.2 mailbox full"),
        ("nobody", "refused", "done", "550 5.1.1 "),
        ("spam", "refused", "done", "554 5.7.1 looks like spam"),
        ("slow", "waiting", "waiting", "SMTPServerDisconnected"),
        ("close", "unknown", "unknown", "Соединение прервалось"),
        ("hang", "unknown", "unknown", "Соединение прервалось"),
    ],
)  # fmt: skip
def test_each_outcome_is_told_and_nothing_leaves_twice(
    serve, configured, sent, school, login_as, clock, mode, ours, job, words
):
    server = serve()
    configured(server)
    ((row, number),) = sent(f"{mode}@example.org")
    attempts.attend(number, 7)
    assert state(row) == (ours, job)
    copy = queries.box(school.actor("teacher"), "sent").lines[0].id
    page = login_as("teacher").get(f"/mail/letter/{copy}").text
    assert words in page
    tried = len(server.handler.tried)
    clock.move("2026-11-28T10:00")
    attempts.attend(number, 7)  # a waiting one is tried again, any other is left alone
    assert len(server.handler.tried) == tried + (job == "waiting")
    assert len(server.handler.taken) == (mode in {"accept", "close", "hang"})


def test_after_three_days_it_is_given_up(serve, configured, sent, clock):
    server = serve()
    configured(server)
    ((row, number),) = sent("busy@example.org")
    began = dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC)  # the moment at which tests stand still
    for _try in range(18):
        attempts.attend(number, 7)
        ((due,),) = rows("SELECT due_at FROM core_job WHERE id = ?", [number])
        last = as_stamp(due).replace(tzinfo=dt.UTC)
        clock.move((last + dt.timedelta(seconds=1)).isoformat())
    assert state(row) == ("refused", "failed")
    assert len(server.handler.tried) == 18
    assert dt.timedelta(days=2.5) < last - began < dt.timedelta(days=3.5)


def test_an_answer_that_nobody_gives_is_waited_for_and_no_longer(configured, sent):
    """No server at all, and no table at all: the letter waits and says why."""

    class Nothing:
        port = 1

    configured(Nothing())
    ((row, number),) = sent("a@example.org")
    attempts.attend(number, 7)
    assert state(row) == ("waiting", "waiting")
    assert "ConnectionRefused" in Outside.get_by_id(row).words


def test_without_a_table_it_waits_and_says_why(sent):
    ((row, number),) = sent("a@example.org")
    attempts.attend(number, 7)
    assert "asurso.toml" in Outside.get_by_id(row).words
    assert state(row) == ("waiting", "waiting")


def test_each_address_is_a_letter_of_its_own(serve, configured, sent):
    """T26: nobody sees who else got it, and one refusal stops no other."""
    server = serve()
    configured(server)
    found = sent("one@example.org", "nobody@example.org", "two@example.org")
    for _row, number in found:
        attempts.attend(number, 7)
    assert [state(row)[0] for row, _n in found] == ["gone", "refused", "gone"]
    assert [envelope.rcpt_tos for _tls, envelope in server.handler.taken] == [
        ["one@example.org"], ["two@example.org"]
    ]  # fmt: skip
    for _tls, envelope in server.handler.taken:
        to = email.message_from_bytes(envelope.content)["To"]
        assert to == envelope.rcpt_tos[0]


def test_who_has_left_sends_nothing_more(serve, configured, sent, school, rules):
    from asurso_core.accounts import User

    server = serve()
    configured(server)
    ((row, number),) = sent("a@example.org")
    User.update(state="blocked").where(User.id == school.users["teacher"]).execute()
    attempts.attend(number, 7)
    assert state(row) == ("stopped", "done")
    assert server.handler.tried == []


# --- safety of the way -------------------------------------------------------------------------


def test_tls_is_used_and_its_certificate_is_checked(serve, configured, sent, certificate):
    context, ca = certificate
    for options, security in (({"tls": context}, "tls"), ({"tls_context": context}, "starttls")):
        server = serve(**options)
        configured(server, security=security, ca=ca)
        ((row, number),) = sent("a@example.org")
        attempts.attend(number, 7)
        assert state(row)[0] == "gone", security
        assert server.handler.taken[0][0] is not None
        configured(server, security=security)
        ((row, number),) = sent("b@example.org")
        attempts.attend(number, 7)
        assert state(row)[0] == "waiting"
        assert "certificate verify failed" in Outside.get_by_id(row).words
        assert len(server.handler.taken) == 1


def test_there_is_no_way_down_to_the_open(serve, configured, sent):
    server = serve()
    configured(server, security="starttls")
    ((row, number),) = sent("a@example.org")
    attempts.attend(number, 7)
    assert state(row)[0] == "waiting"
    assert "STARTTLS" in Outside.get_by_id(row).words
    assert server.handler.tried == []


def test_the_password_is_given_and_a_wrong_one_is_told(serve, configured, sent, certificate):
    context, ca = certificate

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"secret", handled=False)

    server = serve(tls_context=context, authenticator=check, auth_required=True)
    configured(server, security="starttls", ca=ca, user="school", password="wrong")
    ((row, number),) = sent("a@example.org")
    attempts.attend(number, 7)
    assert state(row)[0] == "waiting"
    assert "535" in Outside.get_by_id(row).words
    configured(server, security="starttls", ca=ca, user="school", password="secret")
    ((row, number),) = sent("b@example.org")
    attempts.attend(number, 7)
    assert state(row)[0] == "gone"


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"host": "h", "from": FROM, "hsot": "x"}, "hsot"), ({"from": FROM}, "host"),
        ({"host": "h", "from": "школа"}, "from"),
        ({"host": "h", "from": FROM, "port": "25"}, "port"),
        ({"host": "h", "from": FROM, "security": "ssl"}, "security"),
        ({"host": "h", "from": FROM, "timeout": 0}, "timeout"),
        ({"host": "h", "from": FROM, "port": True}, "port"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_told(app, monkeypatch, table, word):
    with pytest.raises(smtp.Misconfigured, match=word):
        smtp.server(table)
    conf = dataclasses.replace(app.extensions["asurso_config"], plugin={"mail": table})
    monkeypatch.setitem(app.extensions, "asurso_config", conf)
    finding = checks.way_out()
    assert finding.level == "failure"
    assert word in finding.text


def test_doctor_warns_of_an_open_way(app, monkeypatch):
    assert checks.way_out().level == "note"
    for table, level in (
        ({"host": "mail.example", "from": FROM, "security": "none"}, "warning"),
        ({"host": "mail.example", "from": FROM}, "ok"),
        ({"host": "mail.example", "from": FROM, "ca": "/nowhere"}, "failure"),
    ):
        conf = dataclasses.replace(app.extensions["asurso_config"], plugin={"mail": table})
        monkeypatch.setitem(app.extensions, "asurso_config", conf)
        assert checks.way_out().level == level


# --- what arrives ------------------------------------------------------------------------------


def parsed(server):
    return email.message_from_bytes(server.handler.taken[-1][1].content, policy=modern)


def test_what_arrives_is_what_was_meant(serve, configured, sent, school):
    server = serve()
    configured(server)
    text = "Здравствуйте!\n.точка в начале строки\n..\n.\n" + "длинная " * 300
    file = FileStorage(io.BytesIO(b"%PDF-1.4\n%%EOF\n"), filename="Справка № 5.pdf")
    ((row, number),) = sent("a@example.org", subject="О ребёнке: «5А»", text=text, uploads=[file])
    attempts.attend(number, 7)
    got = parsed(server)
    assert got["From"].addresses[0].display_name == "Мартынюк Иван Андреевич"
    assert got["From"].addresses[0].addr_spec == FROM
    assert got["Subject"] == "О ребёнке: «5А»"
    assert got["Reply-To"] is None
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"] == f"<{Outside.get_by_id(row).mark}@school.example>"
    body = got.get_body().get_content().replace("\r\n", "\n")
    assert body.startswith(text + "\n\n-- \n")
    assert "ответить можно только" in body
    (attached,) = got.iter_attachments()
    assert attached.get_filename() == "Справка № 5.pdf"
    assert attached.get_content() == b"%PDF-1.4\n%%EOF\n"
    raw = server.handler.taken[-1][1].content.lower()
    assert b"<img" not in raw  # nothing that tells us who has opened it


def test_the_second_attempt_has_the_same_number(serve, configured, sent, clock):
    server = serve()
    configured(server)
    ((row, number),) = sent("full@example.org")
    attempts.attend(number, 7)
    first = Outside.get_by_id(row).mark
    clock.move("2026-11-25T10:00")
    attempts.attend(number, 7)
    assert Outside.get_by_id(row).mark == first


@pytest.mark.parametrize(
    "address",
    ["нет", "a@b", "a b@c.ru", "a@b.ru\r\nBcc: x@y.ru", "a@b.ru,x@y.ru", "<a@b.ru>",
     "a@[127.0.0.1]",
     '"a b"@c.ru', "a@-b.ru", "a@b..ru", "a\x00@b.ru", "a" * 65 + "@b.ru", "a@127.0.0.1", "@b.ru"],
)  # fmt: skip
def test_what_is_no_address_is_refused(school, address):
    letter = services.Letter(outside=[address], text="x")
    with pytest.raises(Invalid):
        services.send(school.actor("teacher"), letter)
    assert Outside.select().count() == 0


def test_a_russian_domain_is_written_as_servers_know_it(sent):
    ((row, _job),) = sent("secretary@школа.рф")
    assert Outside.get_by_id(row).address == "secretary@xn--80atdl2c.xn--p1ai"


@pytest.mark.parametrize(("who", "may"), [("teacher", True), ("hr", True), ("technical", False),
                                          ("parent", False), ("pupil", False)])  # fmt: skip
def test_who_may_write_outside(school, rules, who, may, login_as):
    letter = services.Letter(outside=["a@example.org"], text="x")
    assert ('name="outside"' in login_as(who).get("/mail/write").text) is may
    if may:
        services.send(school.actor(who), letter)
        rules(outside=False)
    with pytest.raises(Refused):
        services.send(school.actor(who), letter)


def test_an_hour_has_its_measure(sent, rules):
    rules(outside_an_hour=2)
    sent("a@example.org", "b@example.org")
    with pytest.raises(Refused):
        sent("c@example.org")


def test_recipients_inside_never_see_outside_addresses(school, login_as):
    letter = services.Letter(
        to=[f"family:{school.persons['parent']}"], outside=["secret@example.org"], text="x"
    )
    services.send(school.actor("teacher"), letter)
    copy = queries.box(school.actor("parent"), "inbox").lines[0].id
    assert "secret@" not in login_as("parent").get(f"/mail/letter/{copy}").text
    assert queries.search(school.actor("parent"), "secret").lines == []


_ANY = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from('\r\n\x00\u2028\x85\x0b:<>"@,;=?я')),
    max_size=60,
)


@hypothesis_settings(max_examples=80, deadline=None)
@given(subject=_ANY, name=_ANY, text=_ANY)
def test_no_text_becomes_a_header(subject, name, text):
    """T27: a message is refused, or it parses to exactly what was meant."""
    ours = smtp.Server(host="h", port=25, security="none", sender=FROM)
    letter = smtp.Letter(
        to="a@example.org", name=name, subject=subject, text=text, mark="m",
        sent_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), files=[(name or "f", "text/x-y", b"1")],
    )  # fmt: skip
    clean = all(services.texts.is_one_line(one) for one in (subject, name))
    try:
        made = smtp.message(ours, letter).as_bytes()
    except ValueError:
        assert not clean
        return
    got = email.message_from_bytes(made, policy=modern)
    assert sorted(got.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
         "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"]
    )  # fmt: skip
    assert [one.addr_spec for one in got["From"].addresses] == [FROM]
    assert [one.addr_spec for one in got["To"].addresses] == ["a@example.org"]
    assert got["Subject"].split() == subject.split()
    assert got["From"].addresses[0].display_name.split() == name.split()
