"""Revisions are run, up and down."""

# What is going on, for errors.
MOMENT = ["run on an empty database"]


def in_order(script):
    """All revisions, each behind those that it follows or depends on."""
    order = {}
    for each in reversed(list(script.walk_revisions())):
        left = [each]
        while left:
            before = [one for one in followed(script, left[-1]) if one.revision not in order]
            if before:
                left += before
            else:
                last = left.pop()
                order[last.revision] = last
    return list(order.values())


def followed(script, revision):
    return [script.get_revision(name) for name in revision._all_down_revisions]


def there_and_back(config, script, wanted, wire):
    """Upgrades, and takes each of the wanted revisions down and up again on the way; the states around it are looked at."""
    order = in_order(script)
    files = {os.path.realpath(path) for path in wanted.get("files", ())}
    # What follows `base` is all of them, and it is not a revision.
    first = script.get_revision(wanted["from"]) if "from" in wanted else None
    every = "from" in wanted and first is None
    own, behind = set(), set()
    for each in order:
        follows = {one.revision for one in followed(script, each)}
        if every or each is first or (first and follows & own) or os.path.realpath(each.path) in files:
            own.add(each.revision)
        if each.revision in own or follows & behind:
            behind.add(each.revision)

    def at(moment, revision, **more):
        downgrade = getattr(revision.module, "downgrade", None)
        line = getattr(getattr(downgrade, "__code__", None), "co_firstlineno", 1)
        wire.tell({"at": moment, "revision": revision.revision, "file": shown(revision.path), "line": line, **more})
        wire.back.readline()
        # Nothing that was set stays.
        wire.session.begin_anew()

    # Also where that is none: the version table is there from then on.
    steps(config, script, [each for each in order if each.revision not in behind], True)
    together = in_one_transaction(config, script, wire) if len(behind) > 1 else None
    looked = False
    for each in order:
        if each.revision in behind - own:
            steps(config, script, [each], True)
            looked = False
        if each.revision not in own:
            continue
        if not looked:
            at("before", each)
        looked = True
        steps(config, script, [each], True)
        at("up", each)
        if not hasattr(each.module, "downgrade"):
            at("stays", each, says="it has no `downgrade()`")
            continue
        MOMENT[0] = "taken down"
        try:
            steps(config, script, [each], False)
        except Exception as error:
            line, says = no_way_back(error)
            if says is None:
                raise
            wire.give_up()
            at("stays", each, says=says, **({"line": line} if line else {}))
        else:
            at("down", each)
            MOMENT[0] = "run again after it was taken down"
            steps(config, script, [each], True)
            at("again", each)
        MOMENT[0] = "run on an empty database"
    if together is not None:
        MOMENT[0] = "run in one transaction with those before it, as `alembic upgrade` does"
        raise together


# A statement for each sequence that sets it to where it is: what is rolled back has counted on.
SEQUENCES = """SELECT format('SELECT setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),
last_value IS NOT NULL) FROM pg_sequences"""


class Enough(BaseException):
    """What is run for its errors alone has come to where it would last. No revision takes it for an error of its own."""


def in_one_transaction(config, script, wire):
    """Upgrades to the end as Alembic does, where a database rolls that back, and answers with what failed.

    What one transaction makes is not always of use before its end: where each revision has one of its own, nobody meets that. It
    ends at the first commit, which is the last one where Alembic opens one transaction for all.
    """
    session = wire.session
    if not session.server.rolls_back:
        return None

    def sequences():
        return {row[0] for row in session.send(SEQUENCES)["rows"]}

    def work(heads, context):
        session.commits = enough
        return script._upgrade_revs("heads", heads)

    def enough():
        raise Enough

    before = sequences()
    try:
        migrate(config, script, work)
    except Enough:
        return None
    except Exception as error:
        return error
    finally:
        session.commits = None
        wire.give_up()
        for counted in before - sequences():
            session.send(counted)
        session.begin_anew()


def steps(config, script, revisions, up):
    """Takes these revisions up, or down, and no others."""
    from alembic.runtime.migration import MigrationStep

    step = MigrationStep.upgrade_from_script if up else MigrationStep.downgrade_from_script
    migrate(config, script, lambda heads, context: [step(script.revision_map, each) for each in revisions])


def migrate(config, script, work):
    """Runs the steps that a function gives for what a database records."""
    from alembic.runtime.environment import EnvironmentContext

    with EnvironmentContext(config, script, fn=work, as_sql=False, starting_rev=None, destination_rev="heads", tag=None):
        script.run_env()


def no_way_back(error):
    """Where a downgrade says itself that there is none, and what it says: what it raises, and not what a statement of it does."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    if is_users(last.filename) and raised_at(last) and not any(map(of_a_library, causes(error))):
        return last.lineno, told(error)
    return None, None


def raised_at(frame):
    """Whether a frame ended in `raise` or `assert False`, however these are laid out."""
    try:
        with open(frame.filename, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return False
    # Python 3.11 knows the column, too: that of the statement, or of what is asserted.
    column = getattr(frame, "colno", None)

    def spans(node):
        if column is None:
            return node.lineno <= frame.lineno <= node.end_lineno
        return (node.lineno, node.col_offset) <= (frame.lineno, column) < (node.end_lineno, node.end_col_offset)

    says = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    says += [node for node in ast.walk(tree) if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant)]
    return any(map(spans, says))


def causes(error):
    """The errors that led to one."""
    found = []
    error = error.__cause__ or error.__context__
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def of_a_library(error):
    """Whether an operation failed that a revision tried. What `env.py` tried before it runs them is none of theirs."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and os.path.basename(frames[0].filename) != "env.py" and not is_users(frames[-1].filename)
