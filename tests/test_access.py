"""Keys open what they are for and nothing else; the audit log shows whatever was done to it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import crosswalk
from crosswalk import access
from crosswalk.access import Caller, Entry, Keys, Log, Outcome, Scope
from crosswalk.access.audit import HEAD, LOG, REPAIR
from crosswalk.cli import main
from crosswalk.errors import (
    DataError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UncertainWriteError,
    UsageError,
)

# Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def _told(keys: Keys, token: str) -> str:
    """Return the words in which a token is refused."""
    with pytest.raises(UnauthenticatedError) as refused:
        keys.authenticate(token)
    return str(refused.value)


def test_a_key_tells_who_calls_for_which_organisation_with_which_scopes(keys: Keys) -> None:
    issued = keys.create("importer", "acme", ["read", "write"])

    caller = keys.authenticate(issued.token)

    assert caller == Caller("importer", "acme", frozenset({Scope.READ, Scope.WRITE}), issued.key.id)
    assert not caller.operator
    assert not caller.anonymous


def test_a_key_without_an_organisation_is_an_operators(keys: Keys) -> None:
    caller = keys.authenticate(keys.create("ops", None, ["admin"]).token)

    assert caller.operator
    assert not access.ANONYMOUS.operator


def test_no_scope_implies_another() -> None:
    for held in Scope:
        caller = Caller("one", "acme", frozenset({held}), "id")
        for wanted in Scope:
            if wanted is held:
                caller.require(wanted)
            else:
                with pytest.raises(ForbiddenError, match=f"scope '{wanted}'"):
                    caller.require(wanted)


def test_what_is_no_valid_key_is_refused_in_the_same_words(tmp_path: Path) -> None:
    today = date(2026, 11, 21)
    keys = Keys(tmp_path, today=lambda: today)
    good = keys.create("good", "acme", ["read"])
    revoked = keys.create("revoked", "acme", ["read"])
    keys.revoke(revoked.key.id)
    expired = Keys(tmp_path, today=lambda: date(2026, 11, 1)).create(
        "expired", "acme", ["read"], expires=date(2026, 11, 20)
    )
    other = "A" if good.token[-2] != "A" else "B"

    told = {
        _told(keys, token)
        for token in (
            revoked.token,
            expired.token,
            good.token[:-2] + other + good.token[-1],
            good.token.replace(good.key.id, "aaaaaaaaaa"),
            good.token + "=",
            good.token[:-1],
            good.key.id,
            "cwk_",
            "",
            "ü" * 50,
            "x" * 100_000,
        )
    }

    assert len(told) == 1
    assert keys.authenticate(good.token).name == "good"


def test_a_key_is_valid_through_its_last_day(tmp_path: Path) -> None:
    days = [date(2026, 11, 20)]
    keys = Keys(tmp_path, today=lambda: days[-1])
    issued = keys.create("short", "acme", ["read"], expires=date(2026, 11, 20))

    assert keys.authenticate(issued.token).name == "short"
    days.append(date(2026, 11, 21))
    assert _told(keys, issued.token)


def test_a_revocation_holds_from_the_next_use_on_in_another_process_too(tmp_path: Path) -> None:
    serving, shell = Keys(tmp_path), Keys(tmp_path)
    issued, kept = (shell.create(name, "acme", ["read"]) for name in ("gone", "kept"))
    assert serving.authenticate(issued.token).name == "gone"
    assert serving.authenticate(kept.token).name == "kept"

    shell.revoke(issued.key.id)

    assert _told(serving, issued.token)
    assert serving.remembered(kept.token) is not None


def test_a_key_made_beside_a_running_service_is_valid_at_once(tmp_path: Path) -> None:
    serving = Keys(tmp_path)
    assert _told(serving, "cwk_aaaaaaaaaa_" + "x" * 43)

    token = Keys(tmp_path).create("new", "acme", ["read"]).token

    assert serving.authenticate(token).name == "new"


def test_a_verified_key_is_not_hashed_again(keys: Keys) -> None:
    token = keys.create("importer", "acme", ["read"]).token
    keys.authenticate(token)

    started = time.perf_counter()
    for _ in range(100):
        keys.authenticate(token)

    assert (time.perf_counter() - started) / 100 < 0.002  # scrypt takes some 0.04 s


def test_the_time_does_not_tell_whether_an_id_exists(keys: Keys) -> None:
    known = keys.create("importer", "acme", ["read"]).key.id

    def taken(ident: str, number: int) -> float:
        started = time.perf_counter()
        _told(keys, f"cwk_{ident}_{number:043d}")
        return time.perf_counter() - started

    pairs = [(taken(known, n), taken("aaaaaaaaaa", n)) for n in range(7)]

    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.5 < one / other < 2
    assert min(one, other) > 0.005  # both pay scrypt


def test_nothing_secret_is_kept_or_shown(keys: Keys, tmp_path: Path) -> None:
    issued = keys.create("importer", "acme", ["read"])
    caller = keys.authenticate(issued.token)
    secret = issued.token.removeprefix(f"cwk_{issued.key.id}_")

    kept = "".join(path.read_text() for path in tmp_path.iterdir())
    said = f"{issued!r}{caller!r}{keys!r}{keys.listed()!r}"

    assert secret not in kept
    assert secret not in said
    assert "hash" not in repr(keys.listed())


def test_the_file_of_keys_is_its_owners_alone(keys: Keys, tmp_path: Path) -> None:
    keys.create("importer", "acme", ["read"])

    assert stat.S_IMODE((tmp_path / "access.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / LOG).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2, "keys": []}', '{"format": 1, "keys": [{}]}']
)
def test_a_broken_file_of_keys_lets_nobody_in(keys: Keys, tmp_path: Path, text: str) -> None:
    token = keys.create("importer", "acme", ["read"]).token
    keys.authenticate(token)

    (tmp_path / "access.json").write_text(text)

    with pytest.raises(UnavailableError):
        keys.authenticate(token)


@pytest.mark.parametrize(
    ("name", "organisation", "scopes", "expires"),
    [
        ("", "acme", ["read"], None),
        ("a\nb", "acme", ["read"], None),
        ("importer", "Acme", ["read"], None),
        ("importer", "../acme", ["read"], None),
        ("importer", "a" * 64, ["read"], None),
        ("importer", "acme", [], None),
        ("importer", "acme", ["raed"], None),
        ("importer", "acme", ["read"], date(2020, 1, 1)),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    keys: Keys, name: str, organisation: str, scopes: list[str], expires: date | None
) -> None:
    with pytest.raises(UsageError):
        keys.create(name, organisation, scopes, expires=expires)

    assert keys.listed() == []


def test_an_unknown_key_cannot_be_revoked(keys: Keys) -> None:
    ident = keys.create("importer", "acme", ["read"]).key.id

    with pytest.raises(NotFoundError, match=f"Did you mean '{ident}'"):
        keys.revoke(ident[:-1] + "0")


def test_keys_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    source = str(Path(crosswalk.__file__).parents[1])
    program = (
        "import sys; from pathlib import Path; from crosswalk.access import Keys; "
        "[Keys(Path(sys.argv[1])).create(f'{sys.argv[2]}{n}', 'acme', ['read']) for n in range(8)]"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), name],
            env={**os.environ, "PYTHONPATH": source},
        )
        for name in "ab"
    ]

    assert [one.wait(timeout=60) for one in running] == [0, 0]
    names = {key.name for key in Keys(tmp_path).listed()}
    assert names == {f"{name}{n}" for name in "ab" for n in range(8)}
    found = access.verify(tmp_path)
    assert (found.records, found.fault) == (32, None)


# The audit log

MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _log(directory: Path, count: int = 6) -> Log:
    """Return a log with some records, an hour apart."""
    hours = iter(range(10_000))
    log = Log(directory, clock=lambda: MOMENT + timedelta(hours=next(hours)))
    for number in range(count):
        log.append([Entry("update", f"caller {number}", organisation="acme", after=number)])
    return log


def _lines(directory: Path) -> list[bytes]:
    return (directory / LOG).read_bytes().splitlines(keepends=True)


def _broken_at(directory: Path) -> int | None:
    fault = access.verify(directory).fault
    return fault.line if fault else None


def test_a_log_that_nobody_touched_is_whole(tmp_path: Path) -> None:
    _log(tmp_path)

    found = access.verify(tmp_path)

    assert (found.records, found.fault) == (6, None)


def test_a_record_has_what_an_auditor_asks(tmp_path: Path) -> None:
    log = Log(tmp_path, clock=lambda: MOMENT)

    log.append(
        [Entry("graph put", "ann", "k1", "acme", ("urn:g",), 3, 4, "0" * 64, Outcome.DONE, "x")]
    )

    row = json.loads((tmp_path / LOG).read_text())
    assert {name: value for name, value in row.items() if value is not None} == {
        "seq": 1,
        "time": "2026-11-21T12:00:00.000Z",
        "who": "ann",
        "key": "k1",
        "action": "graph put",
        "organisation": "acme",
        "graphs": ["urn:g"],
        "before": 3,
        "after": 4,
        "sent": "0" * 64,
        "outcome": "done",
        "detail": "x",
        "previous": "0" * 64,
    }


def _edited(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[2].replace(b"caller 2", b"caller X"), *lines[3:]]


def _rewritten(lines: list[bytes]) -> list[bytes]:
    row = json.loads(lines[2])
    return [*lines[:2], json.dumps(row).encode() + b"\n", *lines[3:]]


@pytest.mark.parametrize(
    ("attack", "line"),
    [
        pytest.param(_edited, 4, id="edited"),
        pytest.param(_rewritten, 3, id="the same in other bytes"),
        pytest.param(lambda all_: all_[1:], 1, id="first removed"),
        pytest.param(lambda all_: [*all_[:2], *all_[3:]], 3, id="removed"),
        pytest.param(lambda all_: [*all_[:2], all_[3], all_[2], *all_[4:]], 3, id="reordered"),
        pytest.param(lambda all_: [*all_[:3], all_[2], *all_[3:]], 4, id="doubled"),
        pytest.param(lambda all_: [*all_[:3], b"{}\n", *all_[3:]], 4, id="inserted"),
        pytest.param(lambda all_: [*all_[:3], b"\n", *all_[3:]], 4, id="empty line"),
        pytest.param(lambda all_: all_[:-1], 6, id="last removed"),
        pytest.param(lambda all_: all_[:2], 3, id="tail cut"),
        pytest.param(lambda _: [], 1, id="emptied"),
        pytest.param(lambda all_: [*all_[:-1], all_[-1][:-9]], 6, id="cut within a line"),
        pytest.param(lambda all_: [*all_[:-1], all_[-1][:-1]], 6, id="end of line cut"),
        pytest.param(
            lambda all_: [*all_[:-1], all_[-1].replace(b"caller 5", b"caller X")],
            6,
            id="last edited",
        ),
        pytest.param(lambda all_: [*all_, b"more\n"], 7, id="rubbish added"),
    ],
)
def test_whatever_is_done_to_the_log_is_found_at_its_line(
    tmp_path: Path, attack: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    _log(tmp_path)

    (tmp_path / LOG).write_bytes(b"".join(attack(_lines(tmp_path))))

    assert _broken_at(tmp_path) == line


@pytest.mark.parametrize("edited", [0, 3, 5])
def test_a_rewritten_chain_is_found_by_the_head_or_by_a_hash_noted_elsewhere(
    tmp_path: Path, edited: int
) -> None:
    _log(tmp_path)
    noted = access.verify(tmp_path).sha256
    entries = [record.entry for record in access.read(tmp_path)]
    entries[edited] = replace(entries[edited], who="nobody")
    (tmp_path / "forged").mkdir()
    Log(tmp_path / "forged", clock=lambda: MOMENT).append(entries)

    (tmp_path / LOG).write_bytes((tmp_path / "forged" / LOG).read_bytes())
    by_head = access.verify(tmp_path).fault
    (tmp_path / HEAD).write_bytes((tmp_path / "forged" / HEAD).read_bytes())
    alone, by_note = access.verify(tmp_path).fault, access.verify(tmp_path, expect=noted).fault

    assert by_head is not None
    assert alone is None  # who owns both files can do that
    assert by_note is not None


def test_a_hash_noted_earlier_stays_in_a_log_that_grows(tmp_path: Path) -> None:
    log = _log(tmp_path)
    noted = access.verify(tmp_path).sha256

    log.append([Entry("update", "later")])

    assert access.verify(tmp_path, expect=noted).fault is None
    with pytest.raises(UsageError):
        access.verify(tmp_path, expect="abc")


def test_a_log_without_its_head_is_not_trusted(tmp_path: Path) -> None:
    log = _log(tmp_path)
    (tmp_path / HEAD).unlink()

    assert access.verify(tmp_path).fault is not None
    with pytest.raises(DataError, match="no audit-head"):
        Log(tmp_path).append([Entry("update", "me")])
    assert log.directory == tmp_path


@pytest.mark.parametrize("kept", [0, 2, 5])
def test_nothing_is_written_after_a_log_that_was_cut(tmp_path: Path, kept: int) -> None:
    _log(tmp_path)
    (tmp_path / LOG).write_bytes(b"".join(_lines(tmp_path)[:kept]))

    with pytest.raises(DataError, match="shorter than"):
        Log(tmp_path).append([Entry("update", "me")])


ATTACKS = st.sampled_from(["edit", "remove", "swap", "insert", "cut"])


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kind=ATTACKS, one=st.integers(0, 5), other=st.integers(0, 5), data=st.data())
def test_no_change_of_bytes_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, kind: str, one: int, other: int, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("log")
    _log(directory)
    lines = _lines(directory)
    before = b"".join(lines)
    if kind == "edit":
        at = data.draw(st.integers(0, len(lines[one]) - 1))
        value = data.draw(st.integers(0, 255))
        lines[one] = lines[one][:at] + bytes([value]) + lines[one][at + 1 :]
    elif kind == "remove":
        del lines[min(one, other) : max(one, other) + 1]
    elif kind == "swap":
        lines[one], lines[other] = lines[other], lines[one]
    elif kind == "insert":
        lines.insert(one, data.draw(st.sampled_from(lines) | st.binary(min_size=1)))
    else:
        lines = [before[: data.draw(st.integers(0, len(before)))]]
    assume(b"".join(lines) != before)

    (directory / LOG).write_bytes(b"".join(lines))

    assert access.verify(directory).fault is not None


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(1, 400), rubbish=st.binary(max_size=40), again=st.integers(0, 300))
def test_what_a_killed_program_left_is_told_and_never_removed(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rubbish: bytes, again: int
) -> None:
    directory = tmp_path_factory.mktemp("log")
    _log(directory, 3)
    head, whole = (directory / HEAD).read_bytes(), len((directory / LOG).read_bytes())
    _log(directory, 1)
    left = (directory / LOG).read_bytes()[: whole + cut] + rubbish
    (directory / LOG).write_bytes(left)
    (directory / HEAD).write_bytes(head)  # it is written after the log

    assume(left[whole:])
    assert access.verify(directory).fault is not None
    Log(directory).recover()
    if again:  # killed once more, within the repair
        after = (directory / LOG).read_bytes()
        left = after[: max(len(after) - again, len(left))]
        (directory / LOG).write_bytes(left)
        (directory / HEAD).write_bytes(head)
    Log(directory).append([Entry("update", "later")])

    assert access.verify(directory).fault is None
    assert (directory / LOG).read_bytes().startswith(left)
    told = [record.entry.action for record in access.read(directory)]
    assert told[-1] == "update"
    assert set(told[3:]) & {REPAIR, "log recovery"}


def test_a_repair_cannot_be_used_to_hide_what_was_there(tmp_path: Path) -> None:
    _log(tmp_path, 2)
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"torn')
    Log(tmp_path).recover()
    lines = _lines(tmp_path)

    (tmp_path / LOG).write_bytes(b"".join([*lines[:2], b'{"more\n', *lines[3:]]))

    assert access.verify(tmp_path).fault is not None


def test_a_killed_writer_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    source = str(Path(crosswalk.__file__).parents[1])
    program = (
        "import sys; from pathlib import Path; from crosswalk.access import Entry, Log\n"
        "log = Log(Path(sys.argv[1])); log.recover()\n"
        "while True:\n"
        "    (one,) = log.append([Entry('update', 'x' * 3000)]); print(one.seq, flush=True)\n"
    )
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": source},
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            acknowledged = [int(writer.stdout.readline()) for _ in range(5)]
            writer.kill()
            acknowledged += [int(line) for line in writer.stdout.read().split()]
        Log(tmp_path).append([Entry("update", "later")])
        held = {record.seq for record in access.read(tmp_path)}

        assert access.verify(tmp_path).fault is None
        assert set(acknowledged) <= held


def test_a_change_is_recorded_before_it_is_tried_and_when_it_is_over(tmp_path: Path) -> None:
    log = Log(tmp_path)

    with log.changing(Entry("update", "ann")):
        (begun,) = access.read(tmp_path)
    (done,) = access.read(tmp_path)

    assert begun.entry.outcome is Outcome.BEGUN
    assert (done.entry.outcome, done.entry.of) == (Outcome.DONE, begun.seq)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ForbiddenError("not yours"), Outcome.REFUSED),
        (UncertainWriteError("the writer ended"), Outcome.UNCERTAIN),
        (RuntimeError("a bug"), Outcome.UNCERTAIN),
    ],
)
def test_a_change_that_fails_is_recorded_as_what_it_is(
    tmp_path: Path, error: Exception, outcome: Outcome
) -> None:
    with pytest.raises(type(error)), Log(tmp_path).changing(Entry("update", "ann")):
        raise error

    (record,) = access.read(tmp_path)
    assert record.entry.outcome is outcome


def test_a_change_that_was_never_concluded_is_uncertain_at_the_next_start(tmp_path: Path) -> None:
    Log(tmp_path).append([Entry("update", "ann", outcome=Outcome.BEGUN)])
    Log(tmp_path).append([Entry("update", "bob")])

    told = Log(tmp_path).recover()
    again = Log(tmp_path).recover()

    assert [(one.entry.who, one.entry.outcome) for one in told] == [("ann", Outcome.UNCERTAIN)]
    assert again == []
    assert [one.entry.who for one in access.read(tmp_path)] == ["bob", "ann"]


FULL = """
import resource, signal, sys
from pathlib import Path
from crosswalk.access import Entry, Log
from crosswalk.errors import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log, (soft, hard) = Log(Path(sys.argv[1])), resource.getrlimit(resource.RLIMIT_FSIZE)
log.append([Entry("update", "before")])
resource.setrlimit(resource.RLIMIT_FSIZE, (log._known.size + 100, hard))
try:
    with log.changing(Entry("update", "while")):
        print("tried")
except StorageError as error:
    print(error.offence)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
log.append([Entry("update", "after")])
"""


def test_what_cannot_be_recorded_is_not_tried_and_a_full_disk_breaks_no_log(
    tmp_path: Path,
) -> None:
    source = str(Path(crosswalk.__file__).parents[1])

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "cannot be written: File too large\n"
    assert access.verify(tmp_path).fault is None
    whos = [record.entry.who for record in access.read(tmp_path)]
    assert whos == ["before", "crosswalk", "after"]  # the second tells of the torn line


def test_a_log_that_cannot_be_read_stops_changes(tmp_path: Path) -> None:
    (tmp_path / HEAD).mkdir()

    with pytest.raises(UnavailableError), Log(tmp_path).changing(Entry("update", "ann")):
        raise AssertionError("it was tried")


def test_the_log_is_asked_by_day_organisation_and_number(tmp_path: Path) -> None:
    log = _log(tmp_path, 30)  # an hour apart, from noon on
    log.append([Entry("update", "other", organisation="globex")])

    assert len(access.read(tmp_path, since=date(2026, 11, 22))) == 19
    assert [one.entry.who for one in access.read(tmp_path, organisation="globex")] == ["other"]
    assert [one.seq for one in access.read(tmp_path, limit=2)] == [30, 31]
    assert len(access.read(tmp_path, limit=99)) == 31


# The verbs


def _run(*arguments: str | Path) -> tuple[int, str, str]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(one) for one in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_a_key_is_made_listed_and_revoked_at_the_command_line(tmp_path: Path) -> None:
    store = ("--store", tmp_path / "store")
    asked = ("importer", "--organisation", "acme", "--scope", "read", "--scope", "write")

    code, out, err = _run("keys", "create", *asked, *store, "--format", "json")
    (made,) = json.loads(out)
    _, listed, _ = _run("keys", "list", *store, "--format", "json")
    _, revoked, _ = _run("keys", "revoke", made["id"], *store, "--format", "json")

    assert (code, made["scopes"]) == (0, ["read", "write"])
    assert "shown this once" in err
    assert Keys(tmp_path / "store").listed()[0].revoked is not None
    assert made["key"] not in listed
    assert [json.loads(one)[0]["valid"] for one in (listed, revoked)] == [True, False]


@pytest.mark.parametrize("which", [(), ("--operator", "--organisation", "acme")])
def test_a_key_is_an_operators_only_if_that_is_said(tmp_path: Path, which: tuple[str, ...]) -> None:
    code, _, err = _run("keys", "create", "a", *which, "--scope", "read", "--store", tmp_path)

    assert code == 2
    assert "--operator" in err


def test_keys_are_not_put_beside_what_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ann")

    code, _, _ = _run("keys", "create", "a", "--operator", "--scope", "read", "--store", tmp_path)

    assert code == 3
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_the_log_is_shown_and_checked_at_the_command_line(tmp_path: Path) -> None:
    _log(tmp_path)
    store = ("--store", tmp_path)

    shown = json.loads(_run("audit", "log", "--limit", "2", *store, "--format", "json")[1])
    code, rows, err = _run("audit", "verify", *store, "--format", "json")
    (tmp_path / LOG).write_bytes(b"".join(_lines(tmp_path)[:2]))
    broken = _run("audit", "verify", *store, "--format", "csv")

    assert [row["who"] for row in shown] == ["caller 4", "caller 5"]
    assert (code, json.loads(rows)) == (0, [])
    assert "6 records" in err
    assert broken[0] == 1
    assert broken[1].splitlines()[1].startswith("3,")


def test_an_expected_hash_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    _log(tmp_path)

    code, _, _ = _run("audit", "verify", "--store", tmp_path, "--expect", "a" * 64)

    assert code == 1
