"""Values as statements have them, and as drivers give them."""


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
