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


def signed(number):
    """A number as a statement has it: behind a minus, another one would begin a comment."""
    return f" {number}" if number.startswith("-") else number


def text_of(value):
    """A value that was sent as bytes where its text is not UTF-8."""
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) else value


def bytes_of(value):
    value = text_of(value)
    return value if isinstance(value, bytes) else value.encode("utf-8")


DATE = re.compile(r"(\d+)-(\d\d)-(\d\d)")
TIME = re.compile(r"(-?\d+):(\d\d):(\d\d)(?:\.(\d+))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?$")
INTERVAL = re.compile(r"(-?\d+) (year|mon|day)s?")


def date_of(value):
    found = DATE.fullmatch(value)
    try:
        return datetime.date(*map(int, found.groups()))
    except (AttributeError, ValueError):
        return value


def time_parts(text):
    hours, minutes, seconds, fraction, sign, *offset = TIME.match(text).groups()
    zone = None
    if sign:
        ahead = datetime.timedelta(hours=int(offset[0]), minutes=int(offset[1] or 0), seconds=int(offset[2] or 0))
        zone = datetime.timezone(-ahead if sign == "-" else ahead)
    return int(hours), int(minutes), int(seconds), int(((fraction or "0") + "000000")[:6]), zone


def time_of(value):
    *parts, zone = time_parts(value)
    return datetime.time(*parts, tzinfo=zone)


def moment_of(value):
    # Infinite moments and those before year 1 are not Python's.
    day, _, rest = value.partition(" ")
    try:
        *parts, zone = time_parts(rest)
        return datetime.datetime(*map(int, DATE.fullmatch(day).groups()), *parts, tzinfo=zone)
    except (AttributeError, ValueError):
        return value


def span_of(value):
    """A span of time as PostgreSQL writes it, where a month has 30 days as drivers take it."""
    days = sum(int(count) * {"year": 365, "mon": 30, "day": 1}[unit] for count, unit in INTERVAL.findall(value))
    found = re.search(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$", value)
    span = datetime.timedelta(days=days)
    if found:
        sign, hours, minutes, seconds, fraction = found.groups()
        part = datetime.timedelta(
            hours=int(hours), minutes=int(minutes), seconds=int(seconds), microseconds=int(((fraction or "0") + "000000")[:6])
        )
        span += -part if sign else part
    return span


def clock_of(value):
    """MySQL's TIME, which is a span."""
    sign = -1 if value.startswith("-") else 1
    hours, minutes, seconds, fraction, _ = time_parts(value.lstrip("-"))
    return sign * datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=fraction)


def array_of(read):
    def parse(value):
        text, at = value, 0
        # An array whose bounds are not from 1 says so first.
        if text.startswith("["):
            text = text.partition("=")[2]
        stack, current, quoted, word = [], None, False, []

        def flush(was_quoted):
            word_text = "".join(word)
            word.clear()
            current.append(None if word_text == "NULL" and not was_quoted else read(word_text))

        pending = was_quoted = False
        while at < len(text):
            c = text[at]
            at += 1
            if quoted:
                if c == "\\":
                    word.append(text[at])
                    at += 1
                elif c == '"':
                    quoted = False
                else:
                    word.append(c)
            elif c == '"':
                quoted = pending = was_quoted = True
            elif c == "{":
                inner = []
                if current is not None:
                    current.append(inner)
                    stack.append(current)
                current = inner
            elif c in ",}":
                if pending:
                    flush(was_quoted)
                pending = was_quoted = False
                if c == "}" and stack:
                    current = stack.pop()
            else:
                word.append(c)
                pending = True
        return current

    return parse


class Server:
    """What one kind of database differs in: how values are written into statements, and read from answers."""

    readers = {}
    parameter = re.compile(r"%%|%s|%\((.*?)\)s")
    # What the database of the session is called.
    database = None
    # Whether definitions are rolled back, too, so that Alembic runs all revisions in one transaction.
    rolls_back = False
    begin = "BEGIN"

    def word(self, sql):
        return first_word(sql)

    def answer(self, sql):
        """The answer to what is known here, so that it is not asked."""

    def reader(self, kind):
        return self.readers.get(kind, text_of)

    def begins(self, connection, word):
        return not connection.autocommit

    def anywhere(self, sql):
        """The statement as it means the same in a dev database of another name."""
        return sql

    def with_values(self, sql, parameters):
        if parameters is None:
            return sql
        values = iter(parameters if isinstance(parameters, (list, tuple)) else ())

        def value(found):
            if found.group() == "%%":
                return "%"
            try:
                return self.literal(parameters[found.group(1)] if found.group(1) else next(values))
            except (KeyError, StopIteration, TypeError):
                raise ProgrammingError(f"the statement has more parameters than it is given values: {sql}") from None

        return self.parameter.sub(value, sql)

    def literal(self, value):
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, enum.Enum) and not isinstance(value, (str, int)):
            raise ProgrammingError(f"can't adapt type '{type(value).__name__}'")
        if isinstance(value, int):
            return signed(str(int(value)))
        if isinstance(value, (float, decimal.Decimal)):
            return self.number(value)
        if isinstance(value, str):
            return self.string(str.__str__(value))
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self.bytes(bytes(value).hex())
        if isinstance(value, datetime.datetime):
            return self.moment(value)
        if isinstance(value, (datetime.date, datetime.time, uuid.UUID)):
            return self.string(str(value))
        if isinstance(value, datetime.timedelta):
            return self.span(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self.several(value)
        raise ProgrammingError(f"can't adapt type '{type(value).__name__}'")

    def number(self, value):
        return signed(repr(value) if isinstance(value, float) else str(value))

    def string(self, value):
        return "'" + value.replace("'", "''") + "'"

    def bytes(self, digits):
        return f"x'{digits}'"

    def moment(self, value):
        return self.string(value.isoformat(" "))

    def span(self, value):
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return self.string(f"{hours}:{rest // 60:02}:{rest % 60:02}.{value.microseconds:06}")

    def several(self, value):
        return "(" + ", ".join(map(self.literal, value)) + ")"


class Postgres(Server):
    rolls_back = True
    scalars = {
        "BOOL": lambda value: value == "t", "BYTEA": lambda value: bytes.fromhex(value[2:]), "NUMERIC": decimal.Decimal,
        "DATE": date_of, "TIME": time_of, "TIMETZ": time_of, "TIMESTAMP": moment_of, "TIMESTAMPTZ": moment_of,
        "INTERVAL": span_of, "UUID": uuid.UUID, "JSON": json.loads, "JSONB": json.loads,
        **dict.fromkeys(("INT2", "INT4", "INT8", "OID"), int), **dict.fromkeys(("FLOAT4", "FLOAT8"), float),
    }
    readers = {**scalars, **{f"{name}[]": array_of(read) for name, read in scalars.items()}}

    def reader(self, kind):
        known = self.readers.get(kind)
        return known or (array_of(text_of) if kind.endswith("[]") else text_of)

    def number(self, value):
        special = str(value).lower() in ("nan", "inf", "-inf", "infinity", "-infinity")
        return f"'{value}'::float8" if special else super().number(value)

    def bytes(self, digits):
        return f"'\\x{digits}'::bytea"

    def moment(self, value):
        return f"'{value.isoformat()}'::{'timestamptz' if value.tzinfo else 'timestamp'}"

    def literal(self, value):
        if isinstance(value, datetime.time):
            return f"'{value}'::{'timetz' if value.tzinfo else 'time'}"
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return f"'{value}'::date"
        if isinstance(value, uuid.UUID):
            return f"'{value}'::uuid"
        return super().literal(value)

    def span(self, value):
        return f"'{value.days} days {value.seconds}.{value.microseconds:06} seconds'::interval"

    def several(self, value):
        if not isinstance(value, list):
            return super().several(value)
        return "ARRAY[" + ", ".join(map(self.literal, value)) + "]" if value else "'{}'"

    def error(self, told):
        code = told["code"] or ""
        kinds = {"23": IntegrityError, "42": ProgrammingError, "22": DataError, "0A": NotSupportedError, "3F": ProgrammingError}
        error = kinds.get(code[:2], OperationalError)(told["message"] + (f"\nDETAIL:  {told['detail']}" if told["detail"] else ""))
        error.pgcode = error.sqlstate = code
        error.lacks_table = code == "42P01"
        return error


class MySQL(Server):
    readers = {
        **dict.fromkeys(
            [f"{size}INT{sign}" for size in ("", "TINY", "SMALL", "MEDIUM", "BIG") for sign in ("", " UNSIGNED")] + ["BOOLEAN", "YEAR"],
            int,
        ),
        **dict.fromkeys(("FLOAT", "DOUBLE"), float), "DECIMAL": decimal.Decimal, "DATE": date_of, "TIME": clock_of,
        **dict.fromkeys(("DATETIME", "TIMESTAMP"), moment_of),
        **dict.fromkeys(("BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "BIT", "GEOMETRY"), bytes_of),
    }
    escapes = str.maketrans({"\0": "\\0", "\n": "\\n", "\r": "\\r", "\\": "\\\\", "'": "\\'", "\x1a": "\\Z"})
    broken = {1062, 1048, 1451, 1452, 1216, 1217, 1364, 4025, 3819}
    written = {1064, 1146, 1049, 1007, 1008, 1103, 1110, 1149}

    def anywhere(self, sql):
        if self.database is None:
            return sql
        own = rf"(\s*ALTER\s+(?:DATABASE|SCHEMA)\s+)(`?){re.escape(self.database)}\2(?=\s)"
        found = re.match(own, sql, re.I)
        return found.group(1) + sql[found.end() :] if found else sql

    def string(self, value):
        return "'" + value.translate(self.escapes) + "'"

    def bytes(self, digits):
        return f"x'{digits}'"

    def moment(self, value):
        return self.string(value.replace(tzinfo=None).isoformat(" "))

    def error(self, told):
        number = int(told["code"] or 0)
        kind = IntegrityError if number in self.broken else ProgrammingError if number in self.written else OperationalError
        error = kind(number, told["message"])
        error.lacks_table = number == 1146
        return error


class SQLite(Server):
    parameter = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|\?\d*|[:@$]([A-Za-z_]\w*)", re.S)

    def begins(self, connection, word):
        """As Python's sqlite3 does it: before changes of rows, and not before definitions."""
        return connection.isolation_level is not None and not connection.autocommit and word in ("INSERT", "UPDATE", "DELETE", "REPLACE")

    def with_values(self, sql, parameters):
        values = iter(parameters if isinstance(parameters, (list, tuple)) else ())

        def value(found):
            if found.group().startswith("?"):
                number = found.group()[1:]
                return self.literal(parameters[int(number) - 1] if number else next(values, None))
            if found.group(1) and isinstance(parameters, dict):
                return self.literal(parameters.get(found.group(1)))
            return found.group()

        return self.parameter.sub(value, sql) if parameters else sql

    def literal(self, value):
        if isinstance(value, bool):
            return str(int(value))
        return super().literal(value)

    def error(self, told):
        broken = "constraint failed" in told["message"]
        error = (IntegrityError if broken else OperationalError)(told["message"])
        error.lacks_table = told["message"].startswith("no such table")
        return error


class SqlServer(Server):
    """What Alembic keeps of itself is kept here: a dev database without a server has no rows to be asked for."""

    begin = "BEGIN TRANSACTION"
    recorded = re.compile(r"\s*(?:(INSERT INTO|UPDATE|DELETE FROM)\s+(\S+)|SELECT\s+\S+\bversion_num\s+FROM\s+(\S+)).*", re.I | re.S)
    strings = re.compile(r"'((?:[^']|'')*)'")

    def __init__(self):
        self.revisions, self.before = {}, None

    def word(self, sql):
        word = first_word(sql)
        return "BLOCK" if word == "BEGIN" and not re.match(r"\s*BEGIN\s+TRAN", sql, re.I) else word

    def answer(self, sql):
        word = self.word(sql)
        if word == "BEGIN":
            self.before = self.before or {name: set(those) for name, those in self.revisions.items()}
        elif word == "COMMIT":
            self.before = None
        elif word == "ROLLBACK" and self.before is not None:
            self.revisions, self.before = self.before, None
        if re.match(r"\s*SELECT\s+scope_identity\(\)", sql, re.I):
            # No row has a number here.
            return {"columns": [["lastrowid", "int"]], "rows": [[None]], "affected": 0, "id": None}
        found = self.recorded.fullmatch(sql) if "version_num" in sql else None
        if found is None:
            return None
        verb, changed, read = found.groups()
        there = self.revisions.setdefault((changed or read).rpartition(".")[2].strip("[]"), set())
        if verb is None:
            return {"columns": [["version_num", "varchar"]], "rows": [[each] for each in sorted(there)], "affected": 0, "id": None}
        names, verb = [each.replace("''", "'") for each in self.strings.findall(sql)], verb.upper()
        lost = set(names[1:] if verb == "UPDATE" else names if verb == "DELETE FROM" else ())
        affected = 1 if lost <= there else 0
        there -= lost
        if verb != "DELETE FROM":
            there.update(names[:1])
        self.wire.ask(sql)
        return {"columns": [], "rows": [], "affected": affected, "id": None}

    def literal(self, value):
        if isinstance(value, bool):
            return str(int(value))
        return super().literal(value)

    def string(self, value):
        return "N" + super().string(value)

    def bytes(self, digits):
        return f"0x{digits}"

    def error(self, told):
        number = str(told["code"] or "")
        kind = IntegrityError if number in ("547", "2601", "2627", "515") else OperationalError if number else NotSupportedError
        error = kind(*filter(None, (number, told["message"])))
        error.lacks_table = number in ("208", "4902")
        return error


def read_without_queries(Dialect, wire):
    """What SQLAlchemy asks SQL Server's catalogue for, answered from the schema as it was followed."""
    import sqlalchemy as sa
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.exc import NoSuchTableError

    def schema_of(schema):
        return next((each for each in wire.look() if each["name"].lower() == (schema or "dbo").lower()), {})

    def table_of(name, schema):
        found = next((each for each in schema_of(schema).get("tables", ()) if each["name"].lower() == name.lower()), None)
        if found is None:
            raise NoSuchTableError(name)
        return found

    def columns_of(parts):
        return [part["column"] for part in parts]

    def type_of(dialect, ty):
        base, _, rest = ty["name"].partition("(")
        kind = dialect.ischema_names.get(base.lower(), sa.types.NullType)
        numbers = [int(each) for each in rest.rstrip(")").split(",") if each.strip().isdigit()]
        try:
            return kind(*numbers)
        except TypeError:
            return kind()

    def column(dialect, each):
        found = {
            "name": each["name"], "type": type_of(dialect, each["ty"]), "nullable": each.get("nullable", False),
            "default": each.get("default"), "autoincrement": "identity" in each, "comment": each.get("comment"),
        }
        if "identity" in each:
            options = each["identity"]["options"]
            found["identity"] = {"start": options["start"], "increment": options["increment"]}
        if "generated" in each:
            found["computed"] = {"sqltext": each["generated"]["expr"], "persisted": each["generated"].get("stored", False)}
        return found

    class Reading(Dialect):
        def has_table(self, connection, table_name, schema=None, **options):
            names = [each["name"] for kind in ("tables", "opaque") for each in schema_of(schema).get(kind, ())]
            return table_name.lower() in map(str.lower, names)

        def has_sequence(self, connection, sequence_name, schema=None, **options):
            return sequence_name in self.get_sequence_names(connection, schema)

        def has_schema(self, connection, schema_name, **options):
            return bool(schema_of(schema_name))

        def get_schema_names(self, connection, **options):
            return [each["name"] for each in wire.look()]

        def get_table_names(self, connection, schema=None, **options):
            return [each["name"] for each in schema_of(schema).get("tables", ())]

        def get_temp_table_names(self, connection, **options):
            return []

        def get_view_names(self, connection, schema=None, **options):
            return [each["name"] for each in schema_of(schema).get("opaque", ()) if each["kind"] == "view"]

        def get_view_definition(self, connection, view_name, schema=None, **options):
            views = (each for each in schema_of(schema).get("opaque", ()) if each["kind"] == "view")
            return next((each["definition"] for each in views if each["name"] == view_name), None)

        def get_sequence_names(self, connection, schema=None, **options):
            return [each["name"] for each in schema_of(schema).get("sequences", ())]

        def get_columns(self, connection, table_name, schema=None, **options):
            return [column(self, each) for each in table_of(table_name, schema)["columns"]]

        def get_pk_constraint(self, connection, table_name, schema=None, **options):
            key = table_of(table_name, schema).get("primary_key")
            return {"constrained_columns": columns_of(key["parts"]) if key else [], "name": key.get("name") if key else None}

        def get_foreign_keys(self, connection, table_name, schema=None, **options):
            def key(each):
                target = each["ref_table"]
                return {
                    "name": each.get("name"), "constrained_columns": each["columns"], "referred_table": target["name"],
                    "referred_schema": None if schema is None and target["schema"] == "dbo" else target["schema"],
                    "referred_columns": each["ref_columns"], "options": {},
                }

            return [key(each) for each in table_of(table_name, schema).get("foreign_keys", ())]

        def get_indexes(self, connection, table_name, schema=None, **options):
            def index(each):
                return {
                    "name": each["name"], "unique": each.get("unique", False), "column_names": columns_of(each.get("parts", ())),
                    "include_columns": each.get("include", []), "dialect_options": {},
                }

            return [index(each) for each in table_of(table_name, schema).get("indexes", ())]

        def get_unique_constraints(self, connection, table_name, schema=None, **options):
            keys = table_of(table_name, schema).get("uniques", ())
            return [{"name": each.get("name"), "column_names": columns_of(each["parts"])} for each in keys]

        def get_check_constraints(self, connection, table_name, schema=None, **options):
            return [{"name": each.get("name"), "sqltext": each["expr"]} for each in table_of(table_name, schema).get("checks", ())]

        def get_table_comment(self, connection, table_name, schema=None, **options):
            return {"text": table_of(table_name, schema).get("comment")}

        def get_table_options(self, connection, table_name, schema=None, **options):
            return {}

        def initialize(self, connection):
            super(Dialect.__mro__[1], self).initialize(connection)
            self._setup_version_attributes()
            self._supports_nvarchar_max = self.supports_comments = True

        def _get_server_version_info(self, connection):
            return (16, 0)

        def _get_default_schema_name(self, connection):
            return "dbo"

    Reading.supports_statement_cache = True
    for each in ("import_dbapi", "dbapi"):
        setattr(Reading, each, Dialect.__dict__[each])
    # Newer versions of SQLAlchemy ask for several tables at once.
    for each in vars(DefaultDialect):
        if each.startswith(("get_multi_", "has_multi_")):
            setattr(Reading, each, getattr(DefaultDialect, each))
    # What was inserted is not asked for.
    Reading.insert_returning = Reading.update_returning = Reading.delete_returning = Reading.implicit_returning = False
    return Reading


SERVERS = {"mssql": SqlServer, "postgresql": Postgres, "mysql": MySQL, "mariadb": MySQL, "sqlite": SQLite}

# Drivers whose engines are asynchronous.
ASYNC = ("aiomysql", "aioodbc", "aiosqlite", "asyncmy", "asyncpg", "psycopg_async")


def dialect_class(name, session, is_async):
    """The dialect of this driver for one kind of database, made from SQLAlchemy's own for it."""
    import sqlalchemy as sa
    from sqlalchemy import pool

    module = types.ModuleType("trueup")
    for each in (
        Error, Warning, InterfaceError, DatabaseError, DataError, OperationalError, IntegrityError, InternalError, ProgrammingError,
        NotSupportedError,
    ):
        setattr(module, each.__name__, each)
    module.paramstyle = "qmark" if name == "sqlite" else "pyformat" if name == "postgresql" else "format"
    module.apilevel, module.threadsafety, module.__version__ = "2.0", 1, "1"
    module.Binary, module.version_info = bytes, (1, 0, 0)
    module.connect = lambda *args, **kwargs: Connection(session)
    module.sqlite_version_info = tuple(map(int, session.send("SELECT sqlite_version()")["rows"][0][0].split("."))) if name == "sqlite" else ()
    module.sqlite_version = ".".join(map(str, module.sqlite_version_info))
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql.base import PGDialect as Base
    elif name == "sqlite":
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect as Base
    elif name == "mssql":
        from sqlalchemy.dialects.mssql.base import MSDialect as Base
    elif name == "mariadb":
        from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect as Base
    else:
        from sqlalchemy.dialects.mysql.base import MySQLDialect as Base

    class Pool(pool.NullPool):
        """One connection at a time, whatever an engine says of its pool."""

        def __init__(self, creator, pool_size=5, max_overflow=10, timeout=30, use_lifo=False, **options):
            super().__init__(creator, **options)

    class Dialect(Base):
        driver = "trueup"
        default_paramstyle = module.paramstyle
        supports_statement_cache = True
        supports_native_decimal = name != "sqlite"
        supports_unicode_statements = supports_unicode_binds = True
        supports_sane_rowcount = True
        supports_sane_multi_rowcount = False

        # Arguments of drivers that projects give to `create_engine`, which takes those that are named here.
        def __init__(
            self, executemany_mode=None, executemany_values_page_size=None, executemany_batch_page_size=None, use_batch_mode=None,
            client_encoding=None, server_side_cursors=None, use_native_hstore=None, use_native_uuid=None, native_inet_types=None,
            native_datetime=None, binary_prefix=None, convert_unicode=None, encoding=None, implicit_returning=None,
            fast_executemany=None, use_setinputsizes=None, **options,
        ):
            super().__init__(**options)

        @classmethod
        def import_dbapi(cls):
            return module

        dbapi = import_dbapi

        @classmethod
        def get_pool_class(cls, url):
            return Pool

        def get_table_names(self, connection, schema=None, **options):
            # Our own mark of a dev database on MySQL and MariaDB is nobody's table.
            return [each for each in super().get_table_names(connection, schema, **options) if each != "trueup_run"]

        def create_connect_args(self, url):
            return [], {}

        def connect(self, *args, **options):
            return Connection(session)

        def on_connect(self):
            return None

        def get_isolation_level_values(self, connection):
            return ["AUTOCOMMIT", "READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

        def get_isolation_level(self, connection):
            return "AUTOCOMMIT" if connection.autocommit else "READ COMMITTED"

        get_default_isolation_level = get_isolation_level

        def set_isolation_level(self, connection, level):
            connection.autocommit = level.replace("_", " ").upper() == "AUTOCOMMIT"

        def reset_isolation_level(self, connection):
            connection.autocommit = False

        def is_disconnect(self, error, connection, cursor):
            return False

        def do_ping(self, connection):
            return True

        if name == "sqlite":

            def _get_server_version_info(self, connection):
                return module.sqlite_version_info

        # MySQL's.
        def _detect_charset(self, connection):
            return "utf8mb4"

        def _extract_error_code(self, error):
            return error.args[0]

    if name == "postgresql":
        # The values arrive as Python's.
        class Plain:
            def result_processor(self, dialect, kind):
                return None

        base = Base.colspecs.get(sa.JSON, sa.JSON)
        from sqlalchemy.dialects.postgresql import JSON, JSONB

        plain = {JSON: type("JSON", (Plain, JSON), {}), JSONB: type("JSONB", (Plain, JSONB), {})}
        Dialect.colspecs = {**Base.colspecs, **plain, sa.JSON: type("JSON", (Plain, base), {})}
        # What the catalogue says of indexes, which later versions of SQLAlchemy leave to each driver.
        try:
            from sqlalchemy.dialects.postgresql import pg_catalog
        except ImportError:
            pass
        else:
            for each in ("INT2VECTOR", "OIDVECTOR"):
                vector = getattr(pg_catalog, each)
                Dialect.colspecs[vector] = type(each, (pg_catalog._SpaceVector, vector), {})
        Dialect._backslash_escapes = False
    if name == "mssql":
        Dialect = read_without_queries(Dialect, session.wire)
    Dialect.is_async = is_async
    Dialect.construct_arguments = Base.construct_arguments
    return Dialect


# Drivers, and what connects by them.
CONNECTING = {
    "aiomysql", "asyncmy", "asyncpg", "mariadb", "mysql.connector", "MySQLdb", "pg8000", "psycopg", "psycopg2", "pymssql", "pymysql",
    "pyodbc",
}
CONNECT = ("connect", "Connect", "create_pool")


class Closed:
    """Closes drivers that are installed: what connects by itself would reach another database than the dev database."""

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name in CONNECTING else None
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                for each in CONNECT:
                    if hasattr(module, each):
                        setattr(module, each, connects_by_itself)

            spec.loader.exec_module = exec_module
        return spec


def connects_by_itself(*args, **kwargs):
    raise Unusable("the history connects to a database by itself, past SQLAlchemy's engines", {"itself": True})


def kind_of(url):
    """The kind of database that a URL, or the name of a dialect, speaks of."""
    backend = re.split("[:+]", url)[0]
    return {"postgres": "postgresql", "mariadb": "mysql"}.get(backend, backend)


# How a server is asked which database a session is in.
DATABASE_IS = {"postgresql": "SELECT current_database()", **dict.fromkeys(("mysql", "mariadb"), "SELECT DATABASE()")}


def take_over(wire, name):
    """Gives every engine of the dev database's kind this driver; one of another kind is an error."""
    from sqlalchemy.engine import url as urls

    session = wire.session = Session(wire, SERVERS[name]())
    session.server.wire = wire
    session.begin_anew()
    classes = {is_async: dialect_class(name, session, is_async) for is_async in (False, True)}
    if name in DATABASE_IS:
        session.server.database = session.send(DATABASE_IS[name])["rows"][0][0]

    class Entry:
        @staticmethod
        def get_dialect_cls(url):
            return classes[url.drivername.partition("+")[2] in ASYNC]

        @staticmethod
        def get_async_dialect_cls(url):
            return classes[True]

        @staticmethod
        def load_provisioning():
            pass

        @staticmethod
        def engine_created(engine):
            # Neither `creator` nor a listener on `do_connect` connects elsewhere.
            engine.pool._creator = lambda *args: Connection(session)
            if session.server.database is not None:
                # Revisions read it where they alter the database itself.
                # What it was called stays there: engines of several databases are told apart.
                called = {**engine.url.query, "called": engine.url.database or ""}
                engine.url = engine.url.set(database=session.server.database, query=called)

    def entrypoint(self):
        backend = self.get_backend_name()
        if kind_of(backend) != kind_of(name):
            raise Unusable(f"the history opens a database of {backend}, and the dev database is {name}", {"other": backend})
        return Entry

    urls.URL._get_entrypoint = entrypoint
