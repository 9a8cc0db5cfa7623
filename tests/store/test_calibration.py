"""The file of thresholds: where it is, that it comes back as it was, and what is said when it is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import StoreError
from graphgrow.settings import EngineSettings
from graphgrow.store.calibration import VARIABLE, calibration_file, read_calibration, write_calibration

SOME = EngineSettings(0.625, 1 << 20, 12345, 0)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the variable names."""
    made = tmp_path / "deep" / "mine.json"
    monkeypatch.setenv(VARIABLE, str(made))
    return made


def test_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert calibration_file() == tmp_path / ".config" / "graphgrow" / "calibration.json"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert calibration_file() == tmp_path / "xdg" / "graphgrow" / "calibration.json"
    assert read_calibration() is None
    monkeypatch.setenv(VARIABLE, "~/mine.json")
    assert calibration_file() == tmp_path / "mine.json"
    monkeypatch.setenv(VARIABLE, "")
    assert calibration_file() is None
    assert read_calibration() is None


def test_it_comes_back_as_it_was(file: Path) -> None:
    write_calibration(file, SOME, {"dense": [{"width": 4, "rows": []}]})
    assert read_calibration() == SOME
    assert json.loads(file.read_text())["measured"] == {"dense": [{"width": 4, "rows": []}]}
    write_calibration(file, EngineSettings(), {})
    assert read_calibration() == EngineSettings()
    assert list(file.parent.iterdir()) == [file]


whole = json.dumps({"engine": {"dense_above": 0.5, "dense_from": 9}, "measured": {}}).encode()
damages = st.one_of(
    st.binary(max_size=40),
    st.integers(0, len(whole) - 1).map(lambda size: whole[:size]),
    st.sampled_from(
        [b"[]", b"null", b"{}", b'{"engine": null}', b'{"engine": {"warp": 1}}', b'{"engine": {"dense_above": NaN}}',
         b'{"engine": {"dense_above": 2}}', b'{"engine": {"dense_from": "many"}}', b'\xff\xfe']
    ),
)  # fmt: skip


@given(damages)
def test_a_damaged_file_is_named_with_the_cure(content: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda file: content)
        patch.setenv(VARIABLE, "there.json")
        with pytest.raises(StoreError, match=r"^calibration there\.json: damaged \(.*\): measure anew with graphgrow"):
            read_calibration()


def test_a_file_that_the_variable_names_must_be_there(file: Path) -> None:
    with pytest.raises(StoreError, match=r"mine\.json: cannot be read \(No such file.*\): measure anew"):
        read_calibration()
    file.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"mine\.json: cannot be read \(Is a directory\)"):
        read_calibration()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="cannot be written"):
        write_calibration(tmp_path / "file" / "calibration.json", SOME, {})
    assert (tmp_path / "file").read_text() == "mine"
