"""What models need when they are imported, and DDL does not: drivers of databases, and databases.

A driver that is not installed is stood in for, so that `create_engine` works. A connection is refused, and tables that a
module would create when it is imported are not; nor does Flask's `app.run()` serve, or `os._exit` end this program unheard.
"""

import importlib.machinery
import os
import sys
import types

DRIVERS = {
    "greenlet", "aiomysql", "aioodbc", "aiosqlite", "asyncmy", "asyncpg", "cx_Oracle", "cymysql", "mariadb", "mysql", "MySQLdb",
    "oracledb", "pg8000", "psycopg", "psycopg2", "psycopg2cffi", "pymssql", "pymysql", "pyodbc",
}


class Anything(type):
    """A class that has every attribute, and can be called, caught and derived from."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(name)


def stand_in(name):
    def get(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(name)

    return Anything(name, (Exception,), {"__init__": lambda self, *args, **kwargs: None, "__getattr__": get})


class Driver(types.ModuleType):
    """A driver that is not installed."""

    def __init__(self, name):
        super().__init__(name)
        # SQLAlchemy's asynchronous drivers copy what is in the module itself.
        self.__dict__.update(
            __version__="9.9.9", version_info=(9, 9, 9), paramstyle="pyformat", apilevel="2.0", threadsafety=2,
            sqlite_version="3.45.0", sqlite_version_info=(3, 45, 0), adapters=stand_in("adapters"),
        )

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(name)


class DriverFinder:
    """Stands in for drivers that are not installed, where SQLAlchemy or the project imports them."""

    def find_spec(self, name, path=None, target=None):
        by = importer()
        ours = by is not None and (is_users(by) or "sqlalchemy" in by.lower())
        if name.split(".")[0] in DRIVERS and ours:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Driver(spec.name)

    def exec_module(self, module):
        pass


def refuse_to_end_or_serve():
    own, end = os.getpid(), os._exit

    def _exit(code):
        # A process that a module forked ends as it likes.
        if os.getpid() == own:
            raise SystemExit("os._exit")
        end(code)

    os._exit = _exit
    # What Flask's own command line says to `app.run()`.
    os.environ["FLASK_RUN_FROM_CLI"] = "true"
    return end


def refuse_connections(sa):
    """Keeps engines from connecting and from creating tables, unless it is this program that prints them."""

    class NotConnected(sa.exc.OperationalError):
        def __init__(self):
            super().__init__(None, None, "models are loaded without a database")

        def __str__(self):
            return "models are loaded without a database"

    # Under the name that whoever is prepared for it expects.
    NotConnected.__module__, NotConnected.__qualname__ = "sqlalchemy.exc", "OperationalError"
    NotConnected.__name__ = "OperationalError"
    from sqlalchemy.pool import base

    def connect(self, *args, **kwargs):
        raise NotConnected()

    base.Pool.connect = connect
    for owner in (sa.MetaData, sa.Table, sa.Index, sa.Sequence):
        for name in ("create_all", "drop_all", "create", "drop"):
            if name in vars(owner):
                setattr(owner, name, only_recorded(vars(owner)[name]))
    return NotConnected


def only_recorded(method):
    def call(self, bind=None, *args, **kwargs):
        if isinstance(bind, Recorder):
            return method(self, bind, *args, **kwargs)
        return None

    return call


def stand_in_connections():
    """Lets engines seem to connect, for programs that only say what they would do then; call what it returns to end that."""

    class Asynchronous:
        def __init__(self, recorder):
            self.recorder = recorder

        def __getattr__(self, name):
            async def call(*args, **kwargs):
                return getattr(self.recorder, name)(*args, **kwargs)

            return call

        def __await__(self):
            yield from ()
            return self

        async def __aenter__(self):
            return self

        async def __aexit__(self, *error):
            return None

        async def run_sync(self, function, *args, **kwargs):
            return function(self.recorder, *args, **kwargs)

    def connect(self, *args, **kwargs):
        return Recorder(self.dialect, lambda statement: None)

    changed = [(sa.engine.Engine, connect)]
    try:
        from sqlalchemy.ext.asyncio import AsyncEngine
    except ImportError:
        pass
    else:
        changed.append((AsyncEngine, lambda self, *args, **kwargs: Asynchronous(connect(self))))
    before = [(owner, name, getattr(owner, name)) for owner, _ in changed for name in ("connect", "begin")]
    for owner, method in changed:
        owner.connect = owner.begin = method
    return lambda: [setattr(*each) for each in before]
