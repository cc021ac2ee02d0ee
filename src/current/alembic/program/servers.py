"""What kinds of databases differ in for the driver."""


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
