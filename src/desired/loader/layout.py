"""Where a project's modules are: the name that each file is imported by, and which files define tables.

Nothing is run to find that out. A file has the name that the project itself imports it by: `shop/db/models.py` is
`shop.db.models` in one project, `db.models` where `shop` is on the path, and `models` where its neighbours say
`import models`.
"""

import functools
import importlib.machinery
import os
import re
import sys
import sysconfig

# Directories that hold no models of the project.
APART = {"__pycache__", "node_modules", "site-packages", "dist-packages", "tests"}

# Files and directories that are looked at, at most.
MAX_ENTRIES = 20_000

# What stands in a module that defines tables by name, and in one whose base makes the names of tables.
TABLES = re.compile(
    r"^\s+__table(?:name)?__\s*(?::[^=\n]*)?=(?!=)|\bTable\s*\(\s*[\"'][^\"']*[\"']\s*,\s*[A-Za-z_]|\btable\s*=\s*True"
    r"|\bmap_imperatively\s*\(",
    re.M,
)
COLUMNS = re.compile(r"^\s+\w+\s*(?::\s*(?:\w+\.)?Mapped\s*\[|(?::[^=]+)?=\s*(?:\w+\.)?(?:mapped_column|Column)\s*\()", re.M)
NAMES = re.compile(r"def __tablename__|flask_sqlalchemy")
TESTS = re.compile(r"^\s*(?:import|from)\s+(?:pytest|unittest)\b|^\s*(?:async\s+)?def test_", re.M)
IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.M)

# Where the loader was started: a module may go elsewhere when it is imported.
HERE = os.path.realpath(os.getcwd())

# Python's own, and SQLAlchemy, which may be a checkout.
LIBRARIES = [os.path.realpath(sysconfig.get_paths()["stdlib"])]


def is_users(path):
    """Whether a file is neither Python's nor an installed package's nor this program."""
    if path.startswith("<"):
        return False
    parts = path.split(os.sep)
    if "site-packages" in parts or "dist-packages" in parts:
        return False
    path = os.path.realpath(path)
    return not any(path.startswith(library + os.sep) for library in LIBRARIES)


def shown(path):
    """A path as a person in this directory writes it."""
    path = os.path.realpath(os.path.join(HERE, path))
    return os.path.relpath(path, HERE) if (path + os.sep).startswith(repository() + os.sep) else path


@functools.lru_cache(maxsize=None)
def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


@functools.lru_cache(maxsize=None)
def repository():
    """The directory of the repository, or the working directory."""
    above = HERE
    while not os.path.exists(os.path.join(above, ".git")):
        parent = os.path.dirname(above)
        if parent == above:
            return HERE
        above = parent
    return above


@functools.lru_cache(maxsize=None)
def python_files(top):
    """The Python files under a directory that may hold models, in order."""
    return walk(top, [MAX_ENTRIES])


def walk(top, left, seen=frozenset()):
    found = []
    real = os.path.realpath(top)
    # A link may lead in circles, or out of the project.
    if real in seen or (seen and not real.startswith(repository())):
        return found
    try:
        entries = sorted(os.scandir(top), key=lambda entry: entry.name)
    except OSError:
        return found
    names = {entry.name for entry in entries}
    # A virtual environment; a history of Alembic, whose revisions have tables of their time.
    if "pyvenv.cfg" in names or "script.py.mako" in names or ("env.py" in names and is_history(top)):
        return found
    for entry in entries:
        left[0] -= 1
        if left[0] < 0:
            break
        name = entry.name
        if name.startswith(".") or name == "conftest.py":
            continue
        if entry.is_dir():
            # `build/lib` is a copy of the project that its packaging made.
            if name not in APART and not (name.startswith("lib") and os.path.basename(top) == "build"):
                found += walk(entry.path, left, seen | {real})
        elif name.endswith(".py"):
            found.append(entry.path)
    return found


def is_history(folder):
    """Whether a directory is a history of Alembic."""
    env = os.path.join(folder, "env.py")
    return os.path.isfile(env) and (os.path.isdir(os.path.join(folder, "versions")) or "target_metadata" in read(env))


def defining(files, named=False):
    """Those of some files that define tables for more than a test of theirs; `named` where a base that is not the project's
    makes the names of tables."""

    named = named or any(NAMES.search(read(path)) for path in python_files(repository()))

    def defines(text):
        return (TABLES.search(text) or (named and COLUMNS.search(text))) and not TESTS.search(text)

    return [path for path in files if defines(read(path))]


def prefer_source():
    """Puts the directories that the project's modules are in before all others."""
    sys.path[:] = [HERE] + [entry for entry in sys.path if entry not in ("", HERE)]
    source = os.path.join(HERE, "src")
    if os.path.isdir(source) and not os.path.isfile(os.path.join(source, "__init__.py")):
        sys.path.insert(1, source)


class Layout:
    """The project that the working directory is in."""

    def __init__(self):
        self.root = repository()
        self._votes = None

    def name(self, path):
        """The directory that a file is imported from, and the name that it has there."""
        path = os.path.realpath(path)
        folder, last = os.path.split(path)
        parts = [] if last == "__init__.py" else [last[:-3]]
        text = read(path)
        levels = max((len(dots) for dots, _, _ in IMPORT.findall(text)), default=0)
        candidates = []
        while True:
            if parts and len(parts) + (last == "__init__.py") > levels and all(map(str.isidentifier, parts)):
                candidates.append((folder, ".".join(parts)))
            parent, name = os.path.split(folder)
            if folder == self.root or parent == folder:
                break
            folder, parts = parent, [name, *parts]
        if not candidates:
            return os.path.dirname(path), last[:-3]
        paths = [os.path.realpath(entry or ".") for entry in sys.path]

        def rank(candidate):
            root, _ = candidate
            package = os.path.exists(os.path.join(root, "__init__.py"))
            return (self.votes().get(root, 0), not package, root in paths, len(root))

        return max(candidates, key=rank)

    def votes(self):
        """How many imports of the project's files find their module from each directory."""
        if self._votes is None:
            self._votes = {}
            files = [os.path.realpath(path) for path in python_files(self.root)]
            # What a name can be the first part of, and whatever the rest of it can be.
            places, whole = {}, set()
            for path in files:
                inner = path[: -len(".py")]
                while inner.startswith(self.root) and inner != self.root and inner not in whole:
                    whole.add(inner)
                    folder, name = os.path.split(inner)
                    places.setdefault(name, set()).add(folder)
                    inner = folder
            tops = {}
            for path in files:
                for dots, name, names in IMPORT.findall(read(path)):
                    if dots:
                        continue
                    for one in [name] if name else [word.split(" as ")[0].strip() for word in names.split(",")]:
                        tops[one] = tops.get(one, 0) + 1
            for name, count in tops.items():
                top = name.split(".")[0]
                # Of one that is also installed, the project has what is named in full: it is a copy of the project, then.
                if top not in places or ("." not in name and installed(top)):
                    continue
                inner = os.path.join(*name.split("."))
                for root in places.get(top, ()):
                    if os.path.join(root, inner) in whole:
                        self._votes[root] = self._votes.get(root, 0) + count
        return self._votes

    def root_of(self, parts):
        """The directory from which the project has a module of this name, in full; None where it has none."""
        inner = os.path.join(*parts)
        for path in map(os.path.realpath, python_files(self.root)):
            for end in (os.sep + inner + ".py", os.sep + os.path.join(inner, "__init__.py")):
                if path.endswith(end):
                    return path[: -len(end)]
        return None

    def find(self, top, importer):
        """The directory of the project to import a package or module from, the nearest to the file that imports it."""

        def has(folder):
            path = os.path.join(folder, top)
            return os.path.isfile(path + ".py") or (os.path.isdir(path) and any(name.endswith(".py") for name in os.listdir(path)))

        folder = os.path.dirname(os.path.realpath(importer)) if importer else HERE
        while folder.startswith(self.root):
            for near in (folder, os.path.join(folder, "src")):
                if has(near):
                    return near
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
        for path in python_files(self.root):
            folder = os.path.dirname(path)
            while folder.startswith(self.root):
                if os.path.basename(folder) == top or os.path.basename(path) == top + ".py":
                    return os.path.dirname(folder) if os.path.basename(folder) == top else folder
                if folder == self.root:
                    break
                folder = os.path.dirname(folder)
        return None


@functools.lru_cache(maxsize=None)
def installed(top):
    """Whether a module is Python's or an installed package's."""
    if top in sys.builtin_module_names:
        return True
    try:
        spec = importlib.machinery.PathFinder.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return False
    # Of a namespace package, others may have installed parts; the rest is the project's.
    return spec is not None and spec.origin is not None and not is_users(spec.origin)


def importer():
    """The file whose import statement is being run; None for the targets themselves."""
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return None if frame is None or frame.f_globals.get("__name__") == "__main__" else frame.f_code.co_filename


class ProjectFinder:
    """Finds modules of the project that no entry of `sys.path` has: of a member of a monorepo, or a file's neighbours."""

    def __init__(self, layout):
        self.layout = layout

    def find_spec(self, name, path=None, target=None):
        if path is not None or "." in name:
            return None
        by = importer()
        if by is not None and not is_users(by):
            return None
        folder = self.layout.find(name, by)
        if folder is None:
            return None
        if folder not in sys.path:
            sys.path.append(folder)
        return importlib.machinery.PathFinder.find_spec(name, [folder])
