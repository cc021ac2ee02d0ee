"""A driver for SQLAlchemy whose server is the program that started this one: it runs each statement on its dev database.

`{"sql"}` goes out as a line of JSON, `{"columns", "rows", "affected", "id"}` or `{"error"}` comes back as one. So a history
needs no driver of its own, no network, and meets no other database than the dev database, whatever its `env.py` says.
Engines of the dev database's kind are of this driver; those of another kind don't connect.
"""

import base64
import datetime
import decimal
import enum
import importlib.machinery
import json
import re
import types
import uuid


class Wire:
    """The connection to the program that started this one."""

    def __init__(self, tell, back):
        self.tell, self.back = tell, back
        # Whether a table was made besides those of Alembic's own.
        self.made = False
        self.session = None

    def ask(self, sql):
        self.tell({"sql": sql, "rows": first_word(sql) in ROWS or bool(RETURNING.search(sql))})
        self.made = self.made or bool(MADE.match(sql))
        line = self.back.readline()
        if not line:
            raise SystemExit("the program that runs the statements is gone")
        return json.loads(line)

    def look(self):
        """What the database holds, as the program that started this one reads it."""
        self.tell({"look": True})
        return json.loads(self.back.readline())["schemas"]

    def give_up(self):
        """Ends the transaction that something left when it failed."""
        if self.session.owner:
            self.session.end(self.session.owner, "ROLLBACK")


class Error(Exception):
    """An answer of the server's; the classes are those of PEP 249."""

    # It is that a table is not there.
    lacks_table = False


class Warning(Exception):
    pass


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


MADE = re.compile(r"\s*CREATE TABLE (?!\S*alembic)", re.I)
FIRST = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*([A-Za-z]+)", re.S)
ROWS = {"SELECT", "WITH", "SHOW", "VALUES", "TABLE", "EXPLAIN", "PRAGMA", "DESCRIBE", "DESC", "CALL", "FETCH", "ANALYZE", "CHECK"}
RETURNING = re.compile(r"\bRETURNING\b", re.I)


def first_word(sql):
    found = FIRST.match(sql)
    return found.group(1).upper() if found else ""


def users_frames():
    """The places of the project's code that is running, the innermost first."""
    frame, found = sys._getframe(1), []
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            found.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return found


class Session:
    """The one session that all connections of a run share: a transaction is its that began it."""

    def __init__(self, wire, server):
        self.wire, self.server, self.owner = wire, server, None
        # What is called in place of a commit.
        self.commits = None
        # What the server said of the last statement that it refused for itself, and the frames that ran it.
        self.failed = ("", [])

    def run(self, connection, sql):
        word = self.server.word(sql)
        sql = self.server.anywhere(sql)
        if self.commits and (word in ("COMMIT", "END") or connection.autocommit):
            self.commits()
        if word in ("BEGIN", "START"):
            self.owner = self.owner or connection
        elif self.owner is None and not connection.loose and self.server.begins(connection, word):
            self.send(self.server.begin)
            self.owner = connection
        try:
            return self.send(sql)
        finally:
            if word in ("COMMIT", "END") or (word == "ROLLBACK" and " TO " not in f" {sql.upper()} "):
                self.owner = None
                connection.loose = True

    def begin_anew(self):
        """Sets what a new connection has where the server begins otherwise: foreign keys are as Python's sqlite3 has them."""
        if isinstance(self.server, SQLite):
            self.send("PRAGMA foreign_keys = OFF")

    def send(self, sql):
        answer = self.server.answer(sql) or self.wire.ask(sql)
        if "error" in answer:
            if answer["error"]["code"] != "25P02":
                self.failed = (answer["error"]["message"], users_frames())
            raise self.server.error(answer["error"])
        return answer

    def end(self, connection, word):
        connection.loose = False
        if self.commits and word == "COMMIT":
            self.commits()
        if self.owner is connection:
            self.owner = None
            self.send(word)


class Connection:
    """A connection as PEP 249 has it, with what drivers have besides that projects use."""

    def __init__(self, session):
        self.session, self.autocommit, self.closed = session, False, False
        # A transaction was ended by a statement: drivers don't see that, and begin none until they end theirs.
        self.loose = False
        # What projects set on a connection of Python's sqlite3, where None means that they begin transactions themselves.
        self.isolation_level = ""
        self.notices = []

    def cursor(self, *args, **kwargs):
        return Cursor(self)

    def execute(self, sql, parameters=()):
        return self.cursor().execute(sql, parameters)

    def commit(self):
        self.session.end(self, "COMMIT")

    def rollback(self):
        self.session.end(self, "ROLLBACK")

    def close(self):
        self.rollback()
        self.closed = True

    def ping(self, *args, **kwargs):
        return True

    def set_session(self, autocommit=None, **kwargs):
        self.autocommit = bool(autocommit)

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        self.rollback() if kind else self.commit()

    def __getattr__(self, name):
        # Functions of the project's own, codecs of types: nothing that a schema needs.
        if name.startswith(("create_", "set_", "register_", "add_", "enable_")):
            return lambda *args, **kwargs: None
        raise AttributeError(name)


class Cursor:
    arraysize = 1

    def __init__(self, connection):
        self.connection = connection
        self.description, self.rowcount, self.lastrowid, self.rows, self.at = None, -1, None, [], 0

    def execute(self, sql, parameters=None):
        session = self.connection.session
        sql = session.server.with_values(str(sql), parameters)
        answer = session.run(self.connection, sql)
        columns = answer["columns"]
        if columns or first_word(sql) in ROWS or RETURNING.search(sql):
            self.description = [(name, kind, None, None, None, None, None) for name, kind in columns]
        else:
            self.description = None
        readers = [session.server.reader(kind) for _, kind in columns]
        self.rows = [
            tuple(None if value is None else read(value) for read, value in zip(readers, row)) for row in answer["rows"]
        ]
        self.at = 0
        self.rowcount = len(self.rows) if self.description is not None and self.rows else answer["affected"]
        self.lastrowid = answer["id"]
        return self

    def executemany(self, sql, many):
        total = 0
        for parameters in many:
            self.execute(sql, parameters)
            total += max(self.rowcount, 0)
        self.rowcount = total
        return self

    def fetchone(self):
        if self.at == len(self.rows):
            return None
        self.at += 1
        return self.rows[self.at - 1]

    def fetchmany(self, size=None):
        rows = self.rows[self.at : self.at + (size or self.arraysize)]
        self.at += len(rows)
        return rows

    def fetchall(self):
        return self.fetchmany(len(self.rows) or 1)

    def nextset(self):
        return None

    def setinputsizes(self, *args):
        pass

    def setoutputsize(self, *args):
        pass

    def close(self):
        self.rows, self.at = [], 0

    def __iter__(self):
        return iter(self.fetchone, None)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()
