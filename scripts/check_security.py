"""Look for weaknesses in the code, among the files (keys and passwords), in the Dockerfile and in dependencies.

`--offline` leaves out what asks a database of known weaknesses. What cannot be tried is said in one line and does not
count as passed; `--strict` makes it a failure.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TARGETS = ("clipdash", "app.py", "pages", "scripts", "deploy")
#: Files that are full of digests, which look like keys.
DIGESTS = r"(\.lock$|^embeddings_cache/emoji/|^docs/pictures/|^tests/encoders/test_weights\.py$)"
#: Lines that speak of a secret and hold none, each with the reason.
INNOCENT = {
    r"(reviewer|me|USER):(secret|own|PASSWORD)@": "made-up addresses, in documentation and in tests of how one is read",
    r"CLIPDASH_DATABASE_PASSWORD_FILE": "the name of a setting",  # nosec B105  # and so here
    r"secretName: |secretName, ": "Kubernetes' names of secrets",
    r'database-password: "REPLACE"': "what an example asks to replace",
    r"at least 32 random characters|what the provider gave": "words that stand for a secret, in documentation",
    r"only these tests know|another secret, long enough|0123456789abcdef0123456789abcdef": "made-up keys, in tests",
    r"eyJhbGciOiJub25lIn0\.|@evil\.example\.org": "forged cookies and addresses, in tests that they are refused",
    r"hunter2|p@ss:/%\?#|\.password == ": "made-up passwords, in tests of how one is read and not repeated",
}
#: Known weaknesses that do not reach clipdash: identifier and reason.
ARGUED: dict[str, str] = {}
_SHOWN = 20


class NotTried(Exception):
    """A check that cannot be made here."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def find(program: str) -> str:
    path = BIN / program
    if not path.exists():
        raise NotTried(f"{program} is not installed; make test sets it up")
    return str(path)


def check_code() -> list[str]:
    """Return what bandit finds; exceptions stand at their lines, general ones in pyproject.toml."""
    told = run(find("bandit"), "--quiet", "--configfile", "pyproject.toml", "--format", "json", "--recursive", *TARGETS)
    found = json.loads(told.stdout[told.stdout.index("{") :])
    lines = [f"{r['filename']}:{r['line_number']} {r['test_id']} {r['issue_text']}" for r in found["results"]]
    return lines + [f"{e['filename']}: {e['reason']}" for e in found["errors"]]


def check_secrets() -> list[str]:
    """Return lines that look like a key or a password, in the files that git knows."""
    if not (ROOT / ".git").exists():
        raise NotTried("this is no git checkout, so which files belong to it is not known")
    options = ["--exclude-files", DIGESTS]
    for pattern in INNOCENT:
        options += ["--exclude-lines", pattern]
    told = run(find("detect-secrets"), "--cores", "2", "scan", *options)
    if told.returncode:
        return [told.stderr.strip()]
    found = json.loads(told.stdout)["results"]
    return [f"{file}:{secret['line_number']} {secret['type']}" for file, each in found.items() for secret in each]


def check_dockerfile() -> list[str]:
    """Return what hadolint says of the Dockerfile."""
    told = run(find("hadolint"), "Dockerfile")
    return (told.stdout + told.stderr).splitlines()


def check_dependencies() -> list[str]:
    """Return the known weaknesses of what requirements.lock names."""
    options = ["--requirement", "requirements.lock", "--no-deps", "--disable-pip", "--format", "json"]
    for service in ("pypi", "osv"):
        told = run(
            find("pip-audit"),
            *options,
            "--progress-spinner",
            "off",
            "--timeout",
            "15",
            "--vulnerability-service",
            service,
        )
        start = told.stdout.find("{")
        parts = json.loads(told.stdout[start:])["dependencies"] if start >= 0 else []
        if parts and not any("skip_reason" in part for part in parts):
            weak = [(part, each) for part in parts for each in part["vulns"] if each["id"] not in ARGUED]
            return [
                f"{part['name']} {part['version']}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'none'}"
                for part, each in weak
            ]
    raise NotTried("no database of known weaknesses answers from here")


CHECKS = {
    "code (bandit)": check_code,
    "secrets (detect-secrets)": check_secrets,
    "Dockerfile (hadolint)": check_dockerfile,
    "dependencies (pip-audit)": check_dependencies,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--offline", action="store_true", help="only what needs no network")
    parser.add_argument("--strict", action="store_true", help="fail where something cannot be tried")
    asked = parser.parse_args()
    failed = untried = 0
    for name, check in CHECKS.items():
        if asked.offline and check is check_dependencies:
            continue
        try:
            found = check()
        except NotTried as reason:
            untried += 1
            print(f"not tried  {name}: {reason}")
            continue
        failed += bool(found)
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        print(f"{'FAILED' if found else 'passed':9}  {name}")
        print("".join(f"           {line}\n" for line in [*found[:_SHOWN], *more]), end="")
    return 1 if failed or (asked.strict and untried) else 0


if __name__ == "__main__":
    sys.exit(main())
