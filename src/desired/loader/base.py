"""What both programs that run a project's Python begin and end with: its application, and its errors as sentences."""

import importlib
import inspect
import json
import os
import sys
import traceback


class Unusable(Exception):
    """Models or a history that can't be used: a sentence, and what it is about for the one who gives advice."""

    def __init__(self, cause, about=None, place=None):
        super().__init__(cause)
        self.about = about
        self.place = place
        self.trace = ""


def required(function):
    """Whether a function can't be called without arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(each.default is each.empty and each.kind not in variable for each in parameters)


def enter(app):
    """Enters the application's context, where it has one."""
    context = getattr(app, "app_context", None)
    if callable(context):
        context = context()
        if hasattr(context, "push") and not inspect.iscoroutinefunction(context.push):
            context.push()


def start_app(target):
    """Makes the application that models are defined by, and enters its context."""
    name, _, attribute = target.partition(":")
    module = importlib.import_module(name)
    let_flask_have_a_url()
    names = [attribute.rstrip("()")] if attribute else ["app", "application", "create_app", "make_app"]
    value = next((getattr(module, each) for each in names if hasattr(module, each)), None)
    if value is None:
        raise Unusable(f"`{name}` has no `{attribute or 'app'}`", {"app": True})
    if not hasattr(value, "app_context") and callable(value):
        if required(value):
            raise Unusable(f"`{target}` needs arguments", {"app": True})
        value = value()
    enter(value)


def let_flask_have_a_url():
    """Flask-SQLAlchemy asks for a URL, which DDL does not need."""
    module = sys.modules.get("flask_sqlalchemy")
    if module is None:
        return
    init = module.SQLAlchemy.init_app

    def init_app(self, app):
        if not app.config.get("SQLALCHEMY_DATABASE_URI"):
            app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
        return init(self, app)

    module.SQLAlchemy.init_app = init_app


def users_traceback(error):
    """A traceback of the project's own frames, and of where a library ended."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_users(frame.filename)]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(own)] if own else []
    place = (own[-1].filename, own[-1].lineno) if own else None
    if isinstance(error, SyntaxError) and error.filename:
        place = (error.filename, error.lineno)
    return "".join(lines + traceback.format_exception_only(type(error), error)), place


def told(error):
    """An exception in a sentence."""
    if isinstance(error, SystemExit):
        by = "os._exit" if error.code == "os._exit" else "sys.exit"
        return f"the program ends when it is imported (`{by}`)"
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name


def failure(error):
    """An error as it is told."""
    found = {"python": sys.executable}
    if isinstance(error, Unusable):
        found.update(cause=str(error), about=error.about or {}, trace=error.trace)
        place = error.place
    else:
        trace, place = users_traceback(error)
        found["trace"] = trace.encode("utf-8", "replace").decode()
        found.update(cause=told(error), about={})
    if place:
        found.update(file=shown(place[0]), line=place[1])
    return found


def run(work, at_once=False):
    """Runs a program of ours: `work` gets the requests and what tells a line. Unless they are told at once, lines of work that
    fails are not told. What the project prints goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    end_now = refuse_to_end_or_serve()
    requests = [json.loads(text) for text in sys.argv[1:]]
    sys.argv[:] = [""]
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
    lines = []

    def tell(line):
        out.write(json.dumps(line) + "\n")
        out.flush()

    try:
        if sa is None:
            raise Unusable("SQLAlchemy is not installed there", {"missing": "sqlalchemy"})
        if tuple(map(int, sa.__version__.split(".")[:2])) < (1, 4):
            raise Unusable(f"SQLAlchemy {sa.__version__} is older than 1.4", {})
        LIBRARIES.append(os.path.realpath(os.path.dirname(sa.__file__)))
        work(requests, tell if at_once else lines.append)
        lines.append({"done": {"python": sys.version.split()[0], "sqlalchemy": sa.__version__}})
    except BaseException as error:
        lines = [{"error": failure(error)}]
    for line in lines:
        tell(line)
    sys.stderr.flush()
    # Threads that a module started would keep the process.
    end_now(1 if "error" in lines[-1] else 0)


try:
    import sqlalchemy as sa
    import sqlalchemy.orm
except ModuleNotFoundError:
    sa = None
