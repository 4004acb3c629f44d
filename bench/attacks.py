"""Our own API against its own description: what the description allows, and what it does not.

    python bench/attacks.py [--schemathesis st] [--examples 50]

`notec serve` runs over a small vault; schemathesis, which has an environment of its own (`pip install
schemathesis`), reads `/notec/v1/openapi.json` and asks every verb with values that fit and values that do
not. No answer may be a 5xx, and each must have a status, a kind and a form that are described. (Its check of
ignored tokens is left out: after ten wrong ones the wall answers 429 in place of 401.)
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NOTE = "# Omelette\n\nThe omelette takes three eggs, see [[Память]].\n"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schemathesis", default="st", help="its program")
    parser.add_argument("--examples", type=int, default=50, help="for each verb")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "vault").mkdir()
        (folder / "vault/Omelette.md").write_text(NOTE, "utf-8")
        (folder / "vault/Память.md").write_text("# Память\n\n132 гигабайта.\n", "utf-8")
        command = [sys.executable, "-m", "notec.front.cli", "--vault", str(folder / "vault")]
        command += ["--home", str(folder / "home")]
        subprocess.run([*command, "index"], check=True, capture_output=True)
        with subprocess.Popen([*command, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE) as server:
            assert server.stdout
            try:
                shown = json.loads(server.stdout.readline())
                done = _asked(
                    folder, shown["address"], Path(shown["token_file"]).read_text().strip(), options
                )
            finally:
                server.terminate()
    print(done.stdout, done.stderr, file=sys.stderr)
    cases = re.search(r"(\d[\d,]*) generated", done.stdout)
    failures = re.findall(r"^- (.+)$", done.stdout, re.M)
    count = int(cases[1].replace(",", "")) if cases else 0
    print(json.dumps({"cases": count, "passed": done.returncode == 0, "failures": failures[:20]}))


def _asked(
    folder: Path, address: str, token: str, options: argparse.Namespace
) -> subprocess.CompletedProcess[str]:
    command = [options.schemathesis, "run", f"{address}/notec/v1/openapi.json", "--checks", CHECKS]
    command += ["--header", f"Authorization: Bearer {token}", "--max-examples", str(options.examples)]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", "1", "--no-color"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
