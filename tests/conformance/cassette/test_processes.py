"""Cassettes of processes: recorded from a real program, kept clean, and played by a program that stands in for it."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from massgen_conformance.cassette import kinds, processes
from massgen_conformance.cassette.errors import Reason, RecordingRefused, UnreadableCassette
from massgen_conformance.cassette.keep import Origin, keep
from massgen_conformance.cassette.process_recorder import ProcessRecorder
from massgen_conformance.cassette.processes import Line, Processes, ProcessRun
from massgen_conformance.cassette.sidecar import Provenance, State, state_of
from massgen_conformance.cassette.store import Store
from massgen_conformance.commands.cassettes import listed
from massgen_conformance.player import Player
from massgen_conformance.program import Started, program

KEY = "sk-live-4f9a8b7c6d5e4f3a2b1c"
AGENT = f"""
import json, os, sys
asked = sys.stdin.readline()
print(json.dumps({{"type": "start", "asked": asked.strip(), "key": os.environ["AGENT_KEY"]}}), flush=True)
print("thinking about it", file=sys.stderr, flush=True)
sys.stdin.read()
os.write(1, b"caf\\xe9\\n")
print(json.dumps({{"type": "end", "text": "Gr\\u00fc\\u00dfe \\u2028 {KEY}"}}), end="", flush=True)
sys.exit(3)
"""
"""A tiny agent: it reads, tells its key on both streams, breaks UTF-8, forgets its last line feed, and fails."""


def run(command: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "AGENT_KEY": KEY}
    return subprocess.run([command, *arguments], input=given, capture_output=True, env=environment, check=False)


def recorded(folder: Path) -> tuple[Processes, subprocess.CompletedProcess[bytes]]:
    source = folder / "agent.py"
    source.write_text(AGENT)
    with ProcessRecorder([sys.executable, str(source)]) as recorder:
        seen = run(recorder.stand_in(folder / "agent"), "exec", "--api-key", "hunter2", given=b"Hello\nWorld\n")
        return recorder.taken(), seen


ORIGIN = Origin("codex", "hello", Provenance.LIVE, "agent", secrets=(KEY,), today=datetime.date(2026, 11, 21))


def test_a_process_is_recorded_with_all_that_passed(tmp_path: Path) -> None:
    cassette, seen = recorded(tmp_path)
    [told] = cassette.runs
    assert (told.of("out"), told.of("err"), told.of("in")) == (seen.stdout, seen.stderr, b"Hello\nWorld\n")
    assert (told.exit, seen.returncode, told.arguments) == (3, 3, ("exec", "--api-key", "hunter2"))
    assert "AGENT_KEY" in told.environment
    assert [line.whole for line in told.lines if line.stream == "out"] == [True, True, False]
    assert [line.at for line in told.lines] == sorted(line.at for line in told.lines)
    assert told.seconds >= told.lines[-1].at > 0
    assert told.reads in ("line", "everything")  # the input may have ended before the first word, or after it


def test_a_question_without_a_line_feed_is_passed_on_at_once_and_a_signal_as_it_came(tmp_path: Path) -> None:
    source = "import os, signal; os.write(1, b'Go on? '); os.write(1, os.read(0, 2)); signal.pause()"
    with ProcessRecorder([sys.executable, "-c", source]) as recorder:
        process = subprocess.Popen([recorder.given], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        assert os.read(process.stdout.fileno(), 99) == b"Go on? "
        os.write(process.stdin.fileno(), b"y\n")
        assert os.read(process.stdout.fileno(), 99) == b"y\n"
        process.terminate()
        assert process.wait() == -signal.SIGTERM
        process.stdin.close()
        process.stdout.close()
    [told] = recorder.taken().runs
    assert ([line.data for line in told.lines if line.stream == "out"], told.exit) == ([b"Go on? y"], -signal.SIGTERM)


def test_it_is_kept_without_secrets_and_described(tmp_path: Path) -> None:
    store = Store(tmp_path / "cassettes")
    path = keep(store, kinds.PROCESS, recorded(tmp_path)[0], ORIGIN)
    text = path.read_text()
    assert path.name == "hello.process.yaml"
    assert KEY not in text
    assert "hunter2" not in text
    assert kinds.load(path).runs[0].arguments == ("exec", "--api-key", "[removed-argument]")
    assert state_of(path, datetime.date(2026, 12, 1)) is State.FRESH
    assert state_of(path, datetime.date(2027, 12, 1)) is State.EXPIRED
    path.write_text(text.replace("exit: 3", "exit: 0"))
    [row] = listed(store, datetime.date(2026, 12, 1))
    assert (row.kind, row.scenario, row.state, row.exchanges, row.provenance) == (
        "process",
        "hello",
        "altered",
        1,
        "live",
    )


def test_it_is_played_as_it_was(player: Player, tmp_path: Path) -> None:
    cassette, seen = recorded(tmp_path)
    with player.exchange(processes.plan(cassette)) as exchange:
        played = run(program(exchange, tmp_path / "played", reads="everything"), "exec", given=b"Hello\n")
    assert (played.stdout, played.stderr, played.returncode) == (seen.stdout, seen.stderr, seen.returncode)


def test_a_pace_is_that_of_the_recording_and_a_signal_ends_it_by_a_signal(player: Player, tmp_path: Path) -> None:
    lines = (Line("out", 0.02, b"a"), Line("err", 0.03, b"oh"), Line("out", 0.05, b"b", whole=False))
    told = ProcessRun("agent", (), (), lines, -9, 0.1)
    said = processes.reply(told, paced=True)
    assert said.delays == ((0, 0.02), (2, pytest.approx(0.03)))
    with player.exchange(processes.plan(Processes((told,)))) as exchange:
        played = run(program(exchange, tmp_path / "played"))
    assert (played.stdout, played.returncode) == (b"a\nb", -9)


def test_half_a_run_is_not_taken(tmp_path: Path) -> None:
    with ProcessRecorder([sys.executable, "-c", "input()"]) as recorder:
        started = subprocess.Popen(
            [recorder.stand_in(tmp_path / "agent")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(b"\n")
        started.stdin.close()
        started.stdout.read()
        started.wait()
        started.stdout.close()
        assert recorder.taken().runs[0].exit == 0
        [notes] = Path(recorder.folder).glob("*.jsonl")
        notes.write_text("".join(notes.read_text().splitlines(keepends=True)[:-1]))
        with pytest.raises(ValueError, match="has not ended"):
            recorder.taken()


def test_a_secret_that_is_cut_in_two_refuses_the_recording(tmp_path: Path) -> None:
    halves = (Line("out", 0.0, KEY[:14].encode(), whole=False), Line("out", 0.1, KEY[14:].encode()))
    cassette = Processes((ProcessRun("agent", (), (), halves, 0, 0.2),))
    with pytest.raises(RecordingRefused, match="a secret would be stored") as refused:
        keep(Store(tmp_path), kinds.PROCESS, cassette, ORIGIN)
    assert refused.value.reason is Reason.LEAK
    assert list(tmp_path.rglob("*.yaml")) == []


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
LINES = st.builds(
    Line,
    st.sampled_from(processes.STREAMS),
    st.floats(0, 1e6),
    st.one_of(TEXTS.map(str.encode), st.binary(max_size=20)).filter(lambda data: b"\n" not in data),
    st.booleans(),
)
RUNS = st.builds(
    ProcessRun,
    TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(LINES, max_size=4).map(tuple),
    st.integers(-64, 255),
    st.floats(0, 1e6),
    st.none() | st.floats(0, 1e6),
)


@given(st.lists(RUNS, max_size=2).map(tuple).map(Processes))
def test_a_file_gives_back_what_was_written(cassette: Processes) -> None:
    assert processes.loads(processes.dumps(cassette)) == cassette


GOOD = processes.dumps(Processes((ProcessRun("codex", ("exec",), ("PATH",), (Line("out", 0.1, b"{}"),), 0, 1.0),)))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "kind: process",
            "kind: websocket",
            "f.process.yaml:1: kind is 'process', as the name of the file says, not 'websocket'; give the file a name",
        ),
        (
            "version: 1",
            "version: 2",
            "f.process.yaml:2: version is 1, which is what this kit reads, not '2'; use the kit that wrote it",
        ),
        ("version: 1\n", "", "f.process.yaml:1: the file does not say its version; expected `version: 1`"),
        ("kind: process\n", "", "f.process.yaml:1: the file does not say its kind; expected `kind: process`"),
        ("[out, 0.1", "[screen, 0.1", "f.process.yaml:8: lines[0][0] is one of in, out, err, not 'screen'"),
        ("[out, 0.1", "[out, soon", "is a number of seconds, not 'soon'"),
        (
            "exit: 0",
            "exit: fine",
            "f.process.yaml:9: exit is an integer, not 'fine'; mend that line",
        ),
        ("  exit: 0\n", "", "lacks exit"),
        ("exit: 0", "exits: 0", "lacks exit, has the unknown field exits"),
        ("runs:", "runs: [", "not YAML"),
        ("[out, 0.1, '{}']", "[out, 0.1]", "is a stream, seconds and a text"),
        ("'{}'", "!!binary '?'", "is base64"),
        (GOOD, "", "f.process.yaml:1: the file is empty; record it again"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_what_to_do(before: str, after: str, told: str) -> None:
    assert before in GOOD
    with pytest.raises(UnreadableCassette) as refused:
        processes.loads(GOOD.replace(before, after, 1), "f.process.yaml")
    assert told in str(refused.value)


def test_what_is_read_before_the_first_word_decides_what_a_program_reads() -> None:
    out, given = Line("out", 0.5, b"x"), Line("in", 0.1, b"y")
    told = ProcessRun("agent", (), (), (given, out), 0, 1.0)
    assert told.reads == "line"
    assert ProcessRun("agent", (), (), (given, out), 0, 1.0, input_ended=0.2).reads == "everything"
    assert ProcessRun("agent", (), (), (out,), 0, 1.0, input_ended=0.2).reads == "nothing"


def test_the_user_s_own_folder_is_not_named() -> None:
    said = (Line("out", 0.1, b'{"cwd":"/home/jo/work","other":"/home/joan"}'),)
    told = Processes((ProcessRun("agent", ("--add-dir=/home/jo",), (), said, 0, 1.0),))
    [kept] = processes.homeless(told, "/home/jo").runs
    assert (kept.arguments, kept.of("out")) == (("--add-dir=~",), b'{"cwd":"~/work","other":"/home/joan"}\n')
    assert processes.homeless(told, "/") == told


def test_a_start_that_differs_is_told_and_what_is_made_for_it_does_not_count() -> None:
    made = ("--session", "01a21c52-772a-7543-8b66-9d7ca4ce1532", "--prompt-file", "/tmp/a1/prompt")
    told = Processes((ProcessRun("agent", made, (), (Line("in", 0.0, b"Hi."),), 0, 1.0),))
    same = ("--session", "77a21c52-772a-7543-8b66-9d7ca4ce1532", "--prompt-file", "/tmp/b2/prompt")
    assert processes.drift([Started(same, "Hi.", "/")], told) == []
    [arguments, said] = processes.drift([Started((*same, "--fast"), "Ho.", "/")], told)
    assert arguments.startswith("start 0 arguments: recorded ['--session'")
    assert said == "start 0 input: recorded 'Hi.\\n', now 'Ho.'"
    assert processes.drift([], told) == ["1 starts were recorded, 0 were made now"]
