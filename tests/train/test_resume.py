"""Kill at any moment, resume: the same bits as the uninterrupted run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from torch import Tensor

from graphgrow.cli.main import main
from graphgrow.errors import SettingsError, StoreError
from graphgrow.growth.registry import load
from graphgrow.growth.triggers import Every
from graphgrow.settings import Fit, RunSettings, to_json
from graphgrow.store.run import Run
from graphgrow.train import loop
from graphgrow.train.execute import execute, resume
from tests.train.runs import KILLED, RULES, child, command, first, listing, new_run, settings, train, xor

# Kills itself at the n-th call of a function that is patched here, so that the library holds no code for tests.
CHILD = """
import json, os, signal, sys
from pathlib import Path
from graphgrow.settings import RunSettings, from_json
from graphgrow.store import files
from graphgrow.store.run import HISTORY, Run
from graphgrow.train import loop
from graphgrow.train.execute import execute

tree, folder, where, count = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
calls = 0

def strike():
    global calls
    calls += 1
    if calls == count:
        os.kill(os.getpid(), signal.SIGKILL)

def before(function, wanted=lambda *arguments: True):
    def struck(*arguments, **named):
        if wanted(*arguments):
            strike()
        return function(*arguments, **named)
    return struck

def torn(self, row):
    with open(self.path / HISTORY, "ab") as file:
        file.write(b'{"epoch": 1, "ste')
    strike()
    with open(self.path / HISTORY, "rb+") as file:
        file.truncate(file.seek(0, 2) - 17)
    plain(self, row)

plain = Run.log
if where == "step":
    loop.Trainer._step = before(loop.Trainer._step)
elif where == "save":
    Run.save = before(Run.save)
elif where == "row":
    Run.log = torn
else:
    files.os.replace = before(os.replace, lambda source, target: where in str(target))
execute(from_json(RunSettings, tree), folder)
"""


def killed(made: RunSettings, folder: Path, where: str, count: int) -> Run:
    """What a run leaves that is killed at the n-th step, save, row, or rename to a file of that name."""
    done = child(CHILD, json.dumps(to_json(made)), folder, where, count)
    assert done.returncode == KILLED, done.stderr
    run = Run.open(folder)
    assert not run.finished
    return run


def require_same(run: Run, whole: Run) -> None:
    """Equal in settings, events, history, final network and last State."""
    assert run.finished
    assert run.load().same(whole.load())
    assert run.rows() == whole.rows()
    assert [event.to_json() for event in run.events()] == [event.to_json() for event in whole.events()]
    assert run.fingerprint() == whole.fingerprint()
    assert [name for name in listing(run.path) if name.rpartition("/")[2].startswith(".")] == []


class Struck(BaseException):
    """Ends a run in the middle of a step."""


def struck(made: RunSettings, folder: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What a run leaves that ends before its n-th step: as `killed`, but without the seconds that a process takes."""
    plain, calls = loop.Trainer._step, iter(range(1, step + 1))

    def strike(self: loop.Trainer, batch: Tensor) -> None:
        if next(calls) == step:
            raise Struck
        plain(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Trainer, "_step", strike)
        with pytest.raises(Struck):
            execute(made, folder)
    run = Run.open(folder)
    assert not run.finished
    return run


@pytest.mark.parametrize("rule", ["economy", "extrema_observed", "rigl"])
def test_what_a_kill_leaves_is_what_an_end_in_this_process_leaves(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that ending every rule in this process says what killing it would.
    one = killed(settings(rule), tmp_path / "one", "step", 12)
    other = struck(settings(rule), tmp_path / "other", 12, monkeypatch)
    assert one.load().same(other.load())
    assert one.rows() == other.rows()
    resume(tmp_path / "one")
    resume(tmp_path / "other")
    require_same(one, other)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_goes_on_where_it_was_ended_between_checkpoints(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = settings(rule)
    whole = execute(made, tmp_path / "whole", xor()).run
    held = load(rule).rule
    # Rules that fill their room do so here; of the others some find nothing in a network as small as this one.
    always = isinstance(getattr(held, "trigger", Every(1)), Every)
    fills = always and getattr(held, "needs_budget", False) and not getattr(held, "may_exceed", False)
    assert bool(whole.events()) >= fills
    assert getattr(held, "grows", True) or not whole.events()
    # Step 12 is two steps after the second growth and after checkpoint 9.
    run = struck(made, tmp_path / "run", 12, monkeypatch)
    assert run.load().step == 9
    finished = resume(tmp_path / "run", task=xor())
    require_same(run, whole)
    assert finished.outcome.state.same(whole.load())


@pytest.mark.parametrize(
    ("where", "count"),
    [("save", 1), ("row", 3), ("00002.safetensors", 1), ("checkpoint.safetensors", 4), ("summary.json", 1)],
)
def test_a_run_goes_on_wherever_a_write_was_cut(where: str, count: int, tmp_path: Path) -> None:
    made = settings("random")
    whole = execute(made, tmp_path / "whole", xor()).run
    run = killed(made, tmp_path / "run", where, count)
    assert run.has_checkpoint() == (where != "save")
    resume(tmp_path / "run", task=xor())
    require_same(run, whole)
    assert [row for row in run.timings() if row.get("phase") == "resumed"]


DEADLY = '''"""Kills its process at the second ask, once."""
import os, signal
from pathlib import Path
from graphgrow.growth import registry

MARKER = Path(__file__).with_name("marker")

class Deadly:
    def propose(self, view, memory, room):
        proposal = registry.load({rule!r}).rule.propose(view, memory, room)
        if view.step == 10 and not MARKER.exists():
            MARKER.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return proposal

RULE = Deadly()
'''


def options(made: RunSettings, folder: Path, rules: Path) -> list[str]:
    """The command line that makes a run by these settings with the deadly rule."""
    start, fit = made.start, made.fit
    words = f"run --task.name {made.task.name} --task.growth {made.task.growth}"
    words += f" --start.density {start.density} --start.activation {start.activation}"
    words += f" --fit.epochs {fit.epochs} --fit.batch {fit.batch} --fit.checkpoint-every {fit.checkpoint_every}"
    hidden = ["--start.hidden", *map(str, start.hidden), "--seed", str(made.seed)]
    return [*words.split(), *hidden, "--growth.rule", "deadly", "--growth.rules-path", str(rules), "--out", str(folder)]


@pytest.mark.parametrize("rule", ["extrema_clone", "gradient"])
def test_the_command_line_resumes_a_run_killed_inside_a_growth_event(
    rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tyro")
    (tmp_path / "deadly.py").write_text(DEADLY.format(rule=rule))
    made = settings()
    assert command(*options(made, tmp_path / "run", tmp_path)).returncode == KILLED
    run = Run.open(tmp_path / "run")
    assert run.load().step == 9
    assert len(run.events()) <= 1
    assert main(["resume", str(tmp_path / "run"), "--quiet"]) == 0
    assert f"stored in {tmp_path / 'run'}" in capsys.readouterr().out
    assert main(options(made, tmp_path / "whole", tmp_path)) == 0  # the marker is there: never killed
    require_same(run, Run.open(tmp_path / "whole"))


def test_a_resume_may_be_killed_and_resumed_again(tmp_path: Path) -> None:
    made = settings("random")
    whole = execute(made, tmp_path / "whole", xor()).run
    run = killed(made, tmp_path / "run", "step", 8)
    again = CHILD.replace("execute(from_json(RunSettings, tree), folder)", "resume(folder)")
    again = again.replace("import execute\n", "import resume\n")
    assert child(again, "{}", tmp_path / "run", "step", 7).returncode == KILLED
    done = command("resume", tmp_path / "run")
    assert (done.returncode, done.stderr) == (0, "")
    require_same(run, whole)


def test_a_finished_run_is_not_resumed(tmp_path: Path) -> None:
    execute(settings(), tmp_path / "run", xor())
    before = listing(tmp_path)
    with pytest.raises(StoreError, match="is finished: see it with graphgrow show"):
        resume(tmp_path / "run", task=xor())
    assert listing(tmp_path) == before


def unfinished(folder: Path) -> Run:
    """A run that lacks its end and the last checkpoint."""
    run = execute(settings(), folder, xor()).run
    (folder / "summary.json").unlink()
    (folder / "checkpoint.previous.safetensors").replace(folder / "checkpoint.safetensors")
    return run


def test_the_previous_checkpoint_serves_as_well(tmp_path: Path) -> None:
    whole = execute(settings(), tmp_path / "whole", xor()).run
    run = unfinished(tmp_path / "run")
    assert run.load().step < whole.load().step
    resume(tmp_path / "run", task=xor())
    require_same(run, whole)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_corrupt_checkpoint_is_named_and_nothing_is_dropped(damage: str, tmp_path: Path) -> None:
    run = unfinished(tmp_path / "run")
    file = run.path / "checkpoint.safetensors"
    content = file.read_bytes()
    flipped = content[:-5] + bytes([content[-5] ^ 4]) + content[-4:]
    file.write_bytes({"truncated": content[:-100], "flipped": flipped, "empty": b""}[damage])
    before = listing(tmp_path)
    with pytest.raises(StoreError, match=r"checkpoint\.safetensors: .*restore it from a copy") as caught:
        resume(run.path, task=xor())
    assert "\n" not in str(caught.value)
    assert listing(tmp_path) == before


def test_another_rule_under_the_same_name_is_refused(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    text = "from graphgrow.growth.rule import Rule\nfrom graphgrow.growth.triggers import Every\n"
    (rules / "mine.py").write_text(text + "RULE = Rule(Every(2), ())\n")
    made = settings("mine")
    made = replace(made, growth=replace(made.growth, rules_path=str(rules)))
    execute(made, tmp_path / "run", xor())
    (tmp_path / "run" / "summary.json").unlink()
    (rules / "mine.py").write_text(text + "RULE = Rule(Every(3), ())\n")
    before = listing(tmp_path / "run")
    with pytest.raises(SettingsError, match="rule mine is not the one the run began with: restore its file"):
        resume(tmp_path / "run", task=xor())
    assert listing(tmp_path / "run") == before


def test_settings_that_were_changed_by_hand_are_checked(tmp_path: Path) -> None:
    run = unfinished(tmp_path / "run")
    file = run.path / "settings.json"
    tree = json.loads(file.read_text())
    file.write_text(json.dumps({**tree, "start": {**tree["start"], "dtype": "float64"}}))
    with pytest.raises(StoreError, match="weights of float32, settings say float64"):
        resume(run.path, task=xor())
    file.write_text(json.dumps({**tree, "fit": {"epochs": "four"}}))
    with pytest.raises(SettingsError, match=r"settings\.fit\.epochs: expected int, got 'four'"):
        resume(run.path, task=xor())


def test_a_run_that_the_command_did_not_make_is_refused_with_the_cure(tmp_path: Path) -> None:
    train(run=new_run(tmp_path / "run", first()), limits=Fit(epochs=1, batch=64))
    (tmp_path / "run" / "summary.json").unlink()
    with pytest.raises(StoreError, match=r"was not made by graphgrow run: continue it with fit\(run=run, state="):
        resume(tmp_path / "run", task=xor())


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no run"):
        resume(tmp_path / "none")
