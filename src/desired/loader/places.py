"""Where in the models tables, columns, constraints and indexes are defined.

What is written as a call (`Table(…)`, `Column(…)`, `Index(…)`) remembers the line of it. What is written as an attribute of
a class is looked up in the class' source, since the annotation alone may make the column.
"""

import ast
import functools
import sys


def watch(sa):
    """Notes the place of everything that is made from now on."""
    from sqlalchemy import schema

    kinds = [sa.Table, sa.Column, sa.MetaData, sa.Index]
    kinds += [vars(schema)[name] for name in ("ForeignKeyConstraint", "PrimaryKeyConstraint", "UniqueConstraint", "CheckConstraint")]
    for kind in kinds:
        kind.__init__ = noting(kind.__init__)


def noting(init):
    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if "_trueup_places" not in self.__dict__:
            self.__dict__["_trueup_places"] = callers()

    return __init__


def callers():
    """The places of the project's code that is running, the innermost first, and whether sqlalchemy_utils is between, whose
    views are tables in a MetaData of their own."""
    frame, by_utils, places = sys._getframe(2), False, []
    while frame is not None and len(places) < 4:
        name = frame.f_code.co_filename
        by_utils = by_utils or ("sqlalchemy_utils" in name and not places)
        if is_users(name) and frame.f_globals.get("__name__") != "__main__":
            places.append((name, frame.f_lineno))
        elif places and "importlib" in name:
            break
        frame = frame.f_back
    return places, by_utils


# Places that made more than one thing of a kind: functions of the project that wrap SQLAlchemy's.
WRAPPERS = set()


def note_wrappers(collections):
    tables = [table for metadata, some in collections for table in (metadata.tables.values() if some is None else some)]
    for items in (tables, [column for table in tables for column in table.columns]):
        seen = set()
        for item in items:
            for each in item.__dict__.get("_trueup_places", ([], False))[0][:1]:
                (WRAPPERS if each in seen else seen).add(each)


@functools.lru_cache(maxsize=None)
def tree(path):
    try:
        return ast.parse(read(path))
    except (SyntaxError, ValueError):
        return None


def definition(cls):
    """The file and the syntax tree of a class."""
    module = sys.modules.get(cls.__module__)
    path = getattr(module, "__file__", None)
    if not path or not is_users(path):
        return None, None
    return path, classes_of(path).get(cls.__qualname__.replace("<locals>.", ""))


@functools.lru_cache(maxsize=None)
def classes_of(path):
    """The classes of a file by the names of what they stand in."""
    found = {}

    def look(node, outer):
        for item in ast.iter_child_nodes(node):
            if isinstance(item, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                name = outer + item.name
                if isinstance(item, ast.ClassDef):
                    found[name] = item
                look(item, name + ".")
            else:
                look(item, outer)

    if tree(path) is not None:
        look(tree(path), "")
    return found


@functools.lru_cache(maxsize=None)
def attributes(node):
    """The lines of a class' attributes."""
    lines = {}
    for item in node.body:
        targets = []
        if isinstance(item, ast.AnnAssign):
            targets = [item.target]
        elif isinstance(item, ast.Assign):
            targets = item.targets
        elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines.setdefault(item.name, item.lineno)
        for target in targets:
            if isinstance(target, ast.Name):
                lines[target.id] = item.lineno
    return lines


class Places:
    """The places of a table and its parts."""

    def __init__(self, table, mapped):
        self.table = table
        self.own = place(table)
        self.columns = {}
        cls, mapper, _ = mapped or (None, None, None)
        if cls is not None:
            self.of_class(cls, mapper)

    def of_class(self, cls, mapper):
        path, node = definition(cls)
        if node is not None:
            self.own = (path, node.lineno)
        known = []
        for base in cls.__mro__:
            path, node = definition(base) if base is not object else (None, None)
            if node is not None:
                known.append((path, attributes(node)))
        for column in self.table.columns:
            try:
                key = mapper.get_property_by_column(column).key
            except Exception:
                key = column.key
            for path, lines in known:
                if key in lines:
                    self.columns[column.name] = (path, lines[key])
                    break

    def column(self, column):
        return self.columns.get(column.name) or place(column) or self.own

    def of_part(self, part):
        """The place of a constraint or an index: of its own call, of its only column, or the table's."""
        columns = [column for column in part.columns if getattr(column, "table", None) is self.table]
        written = place(part)
        if written and written != place(self.table) and not (len(columns) == 1 and implied(part, columns[0])):
            return written
        return self.column(columns[0]) if len(columns) == 1 else self.own


def implied(part, column):
    """Whether a column's own flag made a constraint or an index."""
    return bool(getattr(part, "_column_flag", False)) or place(part) == place(column)


def place(item):
    """The innermost place that made only this."""
    places, _ = item.__dict__.get("_trueup_places", ([], False))
    own = [each for each in places if each not in WRAPPERS]
    return (own or places or [None])[0]
