"""Imports what a request names, and finds the MetaData that its models are in."""

import difflib
import importlib
import logging.config
import os
import re
import sys
import traceback
import types


def watch_mappers():
    """The classes that tables are mapped to, by table; filled while models are imported."""
    from sqlalchemy import event
    from sqlalchemy.orm import Mapper

    classes = {}

    @event.listens_for(Mapper, "instrument_class")
    def mapped(mapper, cls):
        table = getattr(mapper, "local_table", None)
        if table is not None:
            classes.setdefault(id(table), (cls, mapper, table))

    return classes


class Loader:
    """Imports what the targets name, and finds the MetaData there."""

    def __init__(self, request, layout, mapped):
        self.layout = layout
        self.mapped = mapped
        self.bind = request.get("bind")
        self.found = {}
        # What of `include_object` and `include_name` Alembic's `env.py` sets.
        self.filters = {}
        self.warnings = []
        # The modules that the object which a target names is imported from.
        self.homes = {}

    def load(self, target):
        path, _, attribute = target.partition(":")
        before = len(self.found)
        module, modules = self.module(path)
        if attribute:
            value = module
            for name in attribute.rstrip("()").split("."):
                try:
                    value = getattr(value, name)
                except AttributeError:
                    has = [f"{path}:{each}" for each in models_in(module)]
                    raise Unusable(f"`{path}` has no `{attribute}`", {"others": has or self.others()}) from None
            self.homes[target] = {path, getattr(value, "__module__", path)}
            self.take(value, target)
            return
        for each in modules:
            self.take_module(each)
        if len(self.found) == before and not any(metadata_of(each) for each in modules):
            raise Unusable(f"`{target}` defines no tables", {"others": self.others()})

    def module(self, path):
        """The module that a name or a path means, and all that belongs to it."""
        if path.endswith(".py") or os.sep in path or (os.path.isdir(path) and not importable(path)):
            return self.at(path)
        root = self.layout.root_of(path.split(".")) if installed(path.split(".")[0]) else None
        if root is not None:
            self.find_in(root, first=True)
        module = self.imported(path)
        # A package stands for all in it that defines tables, whether or not its own file imports that.
        return module, [module, *self.below(module)]

    def at(self, path):
        if os.path.isfile(path):
            if os.path.basename(path) == "env.py" and "target_metadata" in read(path):
                module = self.alembic(path)
                return module, [module]
            module = self.imported(self.placed(path))
            return module, [module]
        if not os.path.isdir(path):
            # A module's name with the separators of a path.
            near = [self.layout.name(path + ".py")[1]] if os.path.isfile(path + ".py") else self.others()
            raise Unusable(f"there is no file or folder `{path}`", {"others": near})
        if is_history(path):
            return self.at(os.path.join(path, "env.py"))
        files = defining(python_files(path))
        if not files:
            raise Unusable(f"no file under `{path}` defines tables", {"others": self.others()})
        modules = [self.imported(self.placed(file)) for file in self.with_named(path, files)]
        return modules[0], modules

    def below(self, module):
        """The modules under a package that define tables."""
        for folder in list(getattr(module, "__path__", [])):
            for file in self.with_named(folder, defining(python_files(folder))):
                inner = os.path.relpath(file, folder)[: -len(".py")].split(os.sep)
                if inner[-1] == "__init__":
                    inner.pop()
                if inner and all(map(str.isidentifier, inner)):
                    yield self.imported(".".join([module.__name__, *inner]))

    def with_named(self, folder, files):
        """Files that define tables, and once those are imported the others in their folder, where the base of a library
        turns out to make the names of tables."""
        yield from files
        if any(named_by_library(cls) for cls, _, _ in self.mapped.values()):
            yield from (file for file in defining(python_files(folder), named=True) if file not in files)

    def placed(self, path):
        """The name of a file's module, with its directory on the path."""
        root, name = self.layout.name(path)
        self.find_in(root, first=installed(name.split(".")[0]))
        return name

    def find_in(self, root, first):
        """Puts a directory on the path: before those of installed packages where one of them is a copy of the project's."""
        if root not in (os.path.realpath(entry or ".") for entry in sys.path):
            sys.path.insert(1 if first else len(sys.path), root)

    def imported(self, name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(error.name + ".")) and not in_projects_code(error):
                near = difflib.get_close_matches(name, self.others(None), 3) or self.others()
                raise Unusable(f"there is no module `{name}`", {"others": near}) from None
            raise

    def others(self, most=3):
        """The project's modules that define tables."""
        names = sorted({self.layout.name(file)[1] for file in defining(python_files(HERE))})
        shared = os.path.commonprefix([name.split(".") for name in names]) if len(names) > 1 else []
        return ([".".join(shared)] if shared else []) + names[:most]

    def take_module(self, module):
        for metadata in metadata_of(module):
            self.choose(metadata)

    def take(self, value, target, deep=0):
        """Chooses the MetaData that an object has: itself, a base, a registry, `SQLAlchemy()`, an application, several."""
        app = extension_of(value)
        several = getattr(app or value, "metadatas", None)
        if isinstance(several, dict) and self.bind in several:
            self.choose(several[self.bind])
        elif isinstance(several, dict):
            raise Unusable(f"`{target}` has no bind key `{self.bind}`", {"binds": [str(key) for key in several]})
        elif isinstance(value, sa.MetaData):
            self.choose(value)
        elif isinstance(getattr(app or value, "metadata", None), sa.MetaData):
            self.choose((app or value).metadata)
        elif isinstance(value, dict) and deep < 2:
            for each in value.values():
                self.take(each, target, deep + 1)
        elif isinstance(value, (list, tuple, set)) and value and deep < 2:
            for each in value:
                self.take(each, target, deep + 1)
        elif callable(value) and not isinstance(value, type) and deep < 2 and not required(value):
            let_flask_have_a_url()
            made = value()
            enter(made)
            self.take(made, target, deep + 1)
        else:
            kind = type(value)
            raise Unusable(f"`{target}` is a `{kind.__module__}.{kind.__qualname__}`, which has no tables", {"kind": kind.__name__})

    def choose(self, metadata):
        self.found.setdefault(id(metadata), metadata)

    def alembic(self, path):
        """Runs Alembic's `env.py` up to where it says what its tables are."""

        class Told(BaseException):
            pass

        def configure(*args, **options):
            metadata = options.get("target_metadata")
            told.extend(metadata if isinstance(metadata, (list, tuple)) else [metadata])
            self.filters = {name: options[name] for name in ("include_object", "include_name") if options.get(name)}
            raise Told

        told = []
        try:
            import alembic
            from alembic.config import Config
        except ModuleNotFoundError:
            raise Unusable("Alembic is not installed, and `env.py` needs it", {"missing": "alembic"}) from None
        folder = os.path.dirname(os.path.realpath(path))
        ini = next((each for each in (os.path.join(up, "alembic.ini") for up in (".", os.path.dirname(folder), folder)) if os.path.isfile(each)), None)
        config = Config(ini)
        config.set_main_option("script_location", folder)
        try:
            sa.engine.make_url(config.get_main_option("sqlalchemy.url")).get_dialect()
        except Exception:
            # None, or what stands in for one; this does for engines of both kinds.
            config.set_main_option("sqlalchemy.url", "sqlite+aiosqlite://")
        context = types.ModuleType("alembic.context")
        context.config = config
        context.configure = configure
        context.get_x_argument = lambda as_dictionary=False: {} if as_dictionary else []
        context.get_context = context.get_bind = configure
        sys.modules["alembic.context"] = alembic.context = context
        # It would silence what is said here, and asks for sections that an ini may not have.
        logging.config.fileConfig = lambda *args, **kwargs: None
        path = os.path.join(HERE, path)
        sys.path.append(folder)
        stood_in, failed = stand_in_connections(), None
        # As `alembic revision --autogenerate` runs it; then as `--sql` does, where it goes for a database before it says
        # anything.
        for offline in (False, True):
            context.is_offline_mode = lambda: offline
            module = types.ModuleType("env")
            module.__file__ = path
            try:
                exec(compile(read(path), path, "exec"), module.__dict__)
            except Told:
                break
            except Exception as error:
                failed = error
                if offline and not isinstance(getattr(module, "target_metadata", None), (sa.MetaData, list, tuple)):
                    raise
        stood_in()
        if failed and not self.filters and re.search(r"\binclude_(object|name)\b", read(path)):
            what = f"{type(failed).__name__}: {failed}"
            self.warnings.append(f"`{shown(path)}` has filters that are not heeded, since it fails before it sets them: {what}")
        metadata = told or module.__dict__.get("target_metadata")
        for each in metadata if isinstance(metadata, (list, tuple)) else [metadata]:
            if not isinstance(each, sa.MetaData):
                raise Unusable(f"`{path}` sets no `target_metadata`")
            self.choose(each)
        return module

    def binds(self):
        """The bind keys that there are."""
        tables = [table for metadata in self.found.values() for table in metadata.tables.values()]
        return sorted({each.info["bind_key"] for each in [*self.found.values(), *tables] if each.info.get("bind_key")})

    def unloaded(self, target):
        """Modules that nothing imported, and that use what the target names to define tables."""
        name = target.partition(":")[2].rstrip("()").split(".")[-1]
        loaded = {os.path.realpath(file_of(module)) for module in list(sys.modules.values()) if file_of(module)}
        for file in defining(python_files(HERE)) if target in self.homes else []:
            if file in loaded or not re.search(rf"\b{re.escape(name)}\b", read(file)):
                continue
            own = self.layout.name(file)[1]
            package = own.split(".")[: None if os.path.basename(file) == "__init__.py" else -1]
            for dots, module, _ in IMPORT.findall(read(file)):
                above = package[: len(package) + 1 - len(dots)] if dots else []
                full = ".".join([*above, *filter(None, [module])])
                if full and any(home == full or home.startswith(full + ".") for home in self.homes[target]):
                    yield own
                    break

    def collections(self):
        """The MetaData to print, with the tables of the one bind key that is asked for."""
        collections = []
        for metadata in self.found.values():
            if metadata.info.get("bind_key") != self.bind and "bind_key" in metadata.info:
                continue
            tables = [table for table in metadata.tables.values() if table.info.get("bind_key") in (None, self.bind)]
            if self.bind is not None and "bind_key" not in metadata.info:
                tables = [table for table in tables if table.info.get("bind_key") == self.bind]
            collections.append((metadata, None if len(tables) == len(metadata.tables) else tables))
        return collections


def named_by_library(cls):
    """Whether the name of a class' table is made by a base that is not the project's. SQLModel's models say `table=True`."""
    base = next((base for base in cls.__mro__ if "__tablename__" in vars(base)), None)
    module = sys.modules.get(getattr(base, "__module__", ""))
    name = getattr(module, "__name__", "sqlmodel")
    return name.split(".")[0] != "sqlmodel" and bool(file_of(module)) and not is_users(file_of(module))


def importable(name):
    try:
        return name.isidentifier() and os.path.isfile(os.path.join(name, "__init__.py"))
    except OSError:
        return False


def file_of(module):
    return getattr(module, "__file__", None)


def extension_of(value):
    """Flask-SQLAlchemy's object of an application."""
    extensions = getattr(value, "extensions", None)
    extension = extensions.get("sqlalchemy") if isinstance(extensions, dict) else None
    return getattr(extension, "db", extension)


def metadata_of(module):
    """The MetaData that a module has tables in: its own names, classes and tables."""
    found = {}
    for value in list(vars(module).values()):
        several = getattr(value, "metadatas", None) if type(value).__name__ == "SQLAlchemy" else None
        for metadata in several.values() if isinstance(several, dict) else [owned(value)]:
            if metadata is not None and metadata.tables and not made_for_a_view(metadata):
                found[id(metadata)] = metadata
    return list(found.values())


def owned(value):
    """The MetaData of a base, a class, a table, a registry or `SQLAlchemy()`. Other objects are not asked: a proxy may have
    nothing behind it yet."""
    if isinstance(value, sa.MetaData):
        return value
    if isinstance(value, (sa.Table, type)) or type(value).__name__ in ("registry", "SQLAlchemy"):
        try:
            metadata = getattr(value, "metadata", None)
        except Exception:
            return None
        return metadata if isinstance(metadata, sa.MetaData) else None
    return None


def made_for_a_view(metadata):
    """sqlalchemy_utils keeps a view as a table in a MetaData of its own, which is not to be created."""
    return metadata.__dict__.get("_trueup_places", ([], False))[1]


def models_in(module):
    """Names in a module that could have been meant."""
    return [name for name, value in vars(module).items() if not name.startswith("_") and owned(value) is not None]


def in_projects_code(error):
    return any(is_users(frame.filename) for frame in traceback.extract_tb(error.__traceback__))
