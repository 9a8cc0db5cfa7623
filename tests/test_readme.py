"""The README's Python runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def blocks() -> list[str]:
    """Every Python block, in order."""
    return re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.MULTILINE | re.DOTALL)


def test_python_blocks_run_one_after_the_other(tmp_path: Path) -> None:
    arguments = ["run", "--fit.epochs", "4", "--out", "my_run", "--quiet"]
    run = f"from graphgrow.cli.main import main\nassert main({arguments}) == 0\n"
    script = tmp_path / "readme.py"
    script.write_text(run + "\n".join(blocks()))
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(blocks()) >= 3
    accuracy = re.search(r"^(0\.\d+) Graph\(170 neurons", done.stdout, flags=re.MULTILINE)
    assert accuracy is not None
    assert float(accuracy[1]) > 0.9
