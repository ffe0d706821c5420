"""Small changes of meaning in the code, and whether any test notices: `make mutants`.

`python -m bench.mutants MINUTES` makes random ones by cosmic-ray's operators in the modules that
decide something, as many as the time allows; with a file of JSON ({"file", "old", "new"}, …) it
tries those. All of it happens on a copy of the tree. Prints each that survives, and the score.
"""

import ast
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent
# Where something is decided, and the tests that are to notice, the likeliest first.
DECIDING = {
    "core/conversation/": "tests/conversation",
    "core/turn/": "tests/turn tests/tools/test_confirming.py",
    "core/tools/": "tests/tools tests/tasks",
    "core/tasks/": "tests/tools/test_tools.py tests/tasks tests/database/test_finding.py",
    "core/reminders/": "tests/reminders",
    "core/people/": "tests/people tests/reminders/test_reminding.py",
    "core/understanding/": "tests/understanding/test_when.py tests/people",
    "db/": "tests/conversation tests/tools/test_confirming.py tests/tasks"
    " tests/reminders/test_reaching.py tests/database/test_isolation.py",
}
# For these alone.
ALONE = {
    "core/tools/remind": "tests/reminders",
    "core/tools/words": "tests/reminders",
    "core/tools/consent": "tests/reminders",
    "core/tools/change_settings": "tests/people",
    "core/tools/show_settings": "tests/people",
    "db/reminders": "tests/reminders",
    "db/consents": "tests/reminders/test_others.py",
    "db/due_watch": "tests/reminders",
}
# Nothing but tables of words.
LEFT_OUT = ("/words.py", "/claims/", "/english/", "registry.py", "__init__.py", "embedded.py",
            "models.py", "states.py", "migrate.py", "errors.py")  # fmt: skip
EACH = 600  # seconds for the tests of one mutant; one that runs for ever has been noticed
PROCESSES = "2"


def main(argument: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "todd"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache"))
        if argument.endswith(".json"):
            found = [tuple(each[name] for name in ("file", "old", "new")) for each in
                     json.loads(Path(argument).read_text())]  # fmt: skip
            mutants = ((file, swapped(copy / file, old, new)) for file, old, new in found)
            tried(copy, mutants, until=float("inf"))
        else:
            seed = int(time.time())
            print(f"seed {seed}")
            until = time.monotonic() + 60 * float(argument)
            tried(copy, made(copy, random.Random(seed)), until)


def swapped(path: Path, old: str, new: str) -> str:
    text = path.read_text()
    assert text.count(old) == 1, f"{path.name}: {old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def made(copy: Path, dice: random.Random) -> Iterator[tuple[str, str]]:
    """Random mutants, each a file and its text: first a file, then one of all changes to it."""
    files = [
        str(path.relative_to(copy))
        for top in ("core", "db")
        for path in sorted((copy / top).rglob("*.py"))
        if any(str(path.relative_to(copy)).startswith(room) for room in DECIDING)
        and not any(name in str(path) for name in LEFT_OUT)
    ]
    while True:
        file = dice.choice(files)
        text = (copy / file).read_text()
        kind = get_operator(dice.choice(sorted(operator_names())))
        if kind.arguments():
            continue
        operator = kind()
        places = sum(
            len(list(operator.mutation_positions(node))) for node in ast_nodes(get_ast(text))
        )
        if not places:
            continue
        mutant = mutate_code(text, operator, dice.randrange(places))
        if mutant and ast.dump(ast.parse(mutant)) != ast.dump(ast.parse(text)):
            yield file, mutant


def tried(copy: Path, mutants: Iterator[tuple[str, str]], until: float) -> None:
    count, survived = 0, 0
    for file, text in mutants:
        if time.monotonic() > until:
            break
        path = copy / file
        before = path.read_text()
        path.write_text(text)
        noticed = is_noticed(copy, file)
        path.write_text(before)
        count, survived = count + 1, survived + (not noticed)
        print(f"{'noticed ' if noticed else 'SURVIVED'} {file}", flush=True)
        if not noticed:
            changed = subprocess.run(
                ["diff", "-u0", "-", str(path)], input=text, capture_output=True, text=True
            ).stdout.splitlines()[2:]
            print("\n".join(f"    {line}" for line in changed), flush=True)
    print(f"{count} mutants, {count - survived} noticed, {survived} survived")


def is_noticed(copy: Path, file: str) -> bool:
    """Whether a test fails: of the edges, which are quick, or else of the mutant's own room."""
    tests = next(tests for room, tests in (ALONE | DECIDING).items() if file.startswith(room))
    return any(_fails(copy, each) for each in (["tests/edges"], tests.split()))


def _fails(copy: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", PROCESSES, "-p", "no:cacheprovider",
               "-m", "not trial", f"--basetemp={copy.parent / 'base'}", *tests]  # fmt: skip
    try:
        ran = subprocess.run(command, cwd=copy, capture_output=True, timeout=EACH)
    except subprocess.TimeoutExpired:
        return True
    return ran.returncode != 0


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "20")
