# Evaluated once, when the shared runtime is prepared. The host calls `parse`, `evaluate` and `call` with bytes and gets
# bytes back: `=` and a result, or a letter for what went wrong and JSON that describes it.
#
# What is used later is taken from the standard library now, so that a function that replaces `json.dumps` breaks only
# itself.

import gc, sys

# There is nothing to wait for but time: without these, what builds on them finds out when it is imported.
import select
del select.poll

# What functions import most, so that the image has it. Order does not matter.
import abc, argparse, array, ast, asyncio, base64, binascii, bisect, calendar, cmath, collections, collections.abc
import colorsys, configparser, contextlib, contextvars, copy, csv, dataclasses, datetime, decimal, difflib, email
import email.message, email.utils, enum, errno, fnmatch, fractions, functools, graphlib, gzip, hashlib, heapq, hmac, html
import html.parser, importlib, importlib.util, inspect, io, ipaddress, itertools, json, keyword, linecache, locale, logging
import math, mimetypes, numbers, operator, os, os.path, pathlib, pickle, pprint, queue, random, re, reprlib, secrets
import shlex, statistics, string, struct, tempfile, textwrap, threading, time, timeit, token, tokenize, traceback, types
import typing, unicodedata, urllib.error, urllib.parse, uuid, warnings, weakref, xml.etree.ElementTree, zipfile, zlib
import zoneinfo
import _strptime, encodings.ascii, encodings.idna, encodings.latin_1, encodings.utf_16, encodings.utf_8_sig
import importlib.machinery, importlib._bootstrap_external
import asyncio.base_events, asyncio.events, asyncio.runners

_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_plain_dumps = json.JSONEncoder(separators=(",", ":")).encode
_loads = json.JSONDecoder().decode
_isawaitable = inspect.isawaitable
_run = asyncio.run
_collect, _freeze = gc.collect, gc.freeze
_seed = random.seed
_stdout, _stderr = sys.stdout, sys.stderr
_environ = os.environ

MAX_FRAMES = 20
# What the host says when memory does not grow; made now, since then there is no room for anything.
_NO_MEMORY = b'M{"message":"MemoryError","frames":[]}'


# Waits for time only: functions have no sockets a loop could wake up for.
class _Clock:
    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the event loop waits for something that never comes")
        if timeout > 0:
            _sleep(timeout)
        return ()

    def close(self):
        pass


_sleep = time.sleep


class EventLoop(asyncio.base_events.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Clock()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class _Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = EventLoop


asyncio.events._set_event_loop_policy(_Policy())
asyncio.SelectorEventLoop = EventLoop

# The files of the function: paths to their text, and what they were compiled to.
_sources = {}
_compiled = {}
_entry = ""
_handle = None


# Finds the function's own modules, before those of the standard library.
class _Loader:
    def __init__(self, path):
        self.path = path

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        code = _compiled.get(self.path)
        if code is not None:
            exec(code, module.__dict__)

    def get_source(self, name):
        return _sources.get(self.path)

    def get_code(self, name):
        return _compiled.get(self.path)

    def is_package(self, name):
        return self.path.endswith("/__init__.py")

    def get_filename(self, name):
        return self.path


class _Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        stem = name.replace(".", "/")
        if stem + "/__init__.py" in _compiled:
            file, package = stem + "/__init__.py", True
        elif stem + ".py" in _compiled:
            file, package = stem + ".py", False
        elif any(path.startswith(stem + "/") for path in _compiled):
            # A folder without `__init__.py`.
            file, package = None, True
        else:
            return None
        spec = importlib.machinery.ModuleSpec(name, _Loader(file or ""), origin=file, is_package=package)
        if file is not None:
            spec.has_location = True
        if package:
            spec.submodule_search_locations = [stem]
        return spec


# Runs what the host asked for; exceptions become descriptions.
def _guarded(run, argument):
    try:
        return run(argument)
    except MemoryError:
        return _NO_MEMORY
    except BaseException as error:
        try:
            return b"!" + _plain_dumps(_describe(error)).encode()
        except MemoryError:
            return _NO_MEMORY
        except BaseException:
            return b'!{"message":"an error that cannot be described","frames":[]}'


def _describe(error):
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = _shown(code.co_filename)
        if file is not None:
            column = None
            for index, position in enumerate(code.co_positions()):
                if index == trace.tb_lasti // 2:
                    column = position[2]
                    break
            frames.append([code.co_qualname, file, trace.tb_lineno or 0, _column(code.co_filename, trace.tb_lineno, column)])
        trace = trace.tb_next
    frames.reverse()
    # What called the function, such as the event loop, is nobody's concern.
    while len(frames) > 1 and frames[-1][1].startswith("python3.14/") and any(frame[1] in _sources for frame in frames):
        frames.pop()
    described = {"message": _message(error), "frames": frames[:MAX_FRAMES]}
    if isinstance(error, SyntaxError) and error.filename in _sources:
        described["syntax"] = _syntax(error)
    return described


def _message(error):
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    try:
        text = str(error)
    except Exception:
        text = "<its text cannot be made>"
    message = f"{name}: {text}" if text else name
    cause = error.__cause__
    if cause is not None and cause is not error:
        inner = type(cause).__qualname__
        try:
            text = str(cause)
        except Exception:
            text = ""
        message += f" (caused by {inner}: {text})" if text else f" (caused by {inner})"
    return message.encode("utf-16", "surrogatepass").decode("utf-16", "replace")[:16384]


# As the user knows the file; None for what is not shown.
def _shown(file):
    if file == "nil:prelude" or file.startswith("<frozen"):
        return None
    for start in ("/lib/python314.zip/", "/lib/python3.14/"):
        if file.startswith(start):
            return "python3.14/" + file[len(start):]
    return file


# Columns count characters, from 1; Python counts bytes of UTF-8, from 0.
def _column(file, line, column):
    if column is None:
        return 0
    source = _sources.get(file)
    if source is None or line is None:
        return column + 1
    lines = source.split("\n")
    if not 0 < line <= len(lines):
        return column + 1
    return len(lines[line - 1].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace")) + 1


def _syntax(error):
    return {
        "file": error.filename,
        "line": error.lineno or 1,
        "column": max(error.offset or 1, 1),
        "endLine": error.end_lineno or None,
        "endColumn": error.end_offset if error.end_offset and error.end_offset > 0 else None,
        "message": f"{type(error).__name__}: {error.msg}",
    }


def _parse(argument):
    global _entry
    script = _loads(argument.decode())
    _entry = script["entry"]
    wrong = []
    for module in script["modules"]:
        path, source = module["path"], module["code"]
        _sources[path] = source
        try:
            _compiled[path] = compile(source, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            wrong.append(_syntax(error))
        except (ValueError, OverflowError, RecursionError, MemoryError) as error:
            wrong.append({"file": path, "line": 1, "column": 1, "message": f"{type(error).__name__}: {error}"})
    if wrong:
        return b"S" + _plain_dumps(wrong).encode()
    # As on a machine, a file of the function comes before the standard library's module of the same name.
    for path in _compiled:
        name = path.removesuffix(".py").split("/")[0]
        if name not in sys.builtin_module_names and name not in _KEPT:
            for known in [known for known in sys.modules if known == name or known.startswith(name + ".")]:
                del sys.modules[known]
    return b"="


# Replacing these would take the interpreter apart.
_KEPT = frozenset(("encodings", "importlib", "codecs", "io", "abc", "os", "zipimport", "nil"))


def _evaluate(argument):
    global _handle
    if argument:
        _seed(argument)
    name = _entry.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = importlib.import_module(name)
    handle = getattr(module, "handle", None)
    if not callable(handle):
        names = [name for name, value in vars(module).items() if not name.startswith("_") and callable(value)
                 and getattr(value, "__module__", None) == module.__name__]
        return b"H" + _plain_dumps(sorted(names)[:20]).encode()
    _handle = handle
    _flush()
    return b"="


def _settle(argument):
    _collect()
    _freeze()
    return b"="


def _flush():
    for stream in (sys.stdout, sys.stderr, _stdout, _stderr):
        try:
            stream.flush()
        except BaseException:
            pass


# The argument: 16 bytes of randomness, the length of the environment, the environment (`NAME=value`, each with a zero
# after it), the input as JSON.
def _call(argument):
    _seed(argument[:16])
    size = int.from_bytes(argument[16:20], "little")
    if size:
        for variable in argument[20 : 20 + size].decode().split("\0"):
            name, found, value = variable.partition("=")
            if found:
                _environ[name] = value
    try:
        given = _loads(argument[20 + size :].decode())
    except (ValueError, RecursionError) as error:
        return b"I" + _plain_dumps(f"{type(error).__name__}: {error}").encode()
    del argument
    try:
        result = _handle(given)
        if _isawaitable(result):
            result = _run(_await(result))
    finally:
        _flush()
    try:
        text = _dumps(result)
    except (TypeError, ValueError, RecursionError) as error:
        return b"O" + _plain_dumps(_message(error)).encode()
    try:
        return b"=" + text.encode()
    except UnicodeEncodeError:
        # Halves of characters that JSON cannot carry.
        return b"=" + text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


async def _await(awaitable):
    return await awaitable


def parse(argument):
    return _guarded(_parse, argument)


def evaluate(argument):
    return _guarded(_evaluate, argument)


def settle(argument):
    return _guarded(_settle, argument)


def call(argument):
    return _guarded(_call, argument)


sys.meta_path.insert(0, _Finder)
sys.path_importer_cache.clear()
sys.dont_write_bytecode = True
sys.argv = [""]
sys.stdout.reconfigure(line_buffering=True)


# Ends the call as `sys.exit` does.
def _exit(status):
    raise SystemExit(status)


os._exit = _exit
os.abort = lambda: _exit(134)


def _select(*arguments):
    raise OSError(errno.ENOTSUP, "there is nothing to wait for but time")


select.select = _select
_environ.clear()
# Functions are short: what they leave behind goes with their memory.
gc.set_threshold(20000, 20, 100)
_collect()


# Runs everything once: the interpreter adapts its code to what it sees, and what it adapted is then part of the image.
def _practise():
    global _handle
    helper = "import math\ndef double(n):\n    return n * 2\n"
    main = (
        "import json, re\nfrom lib.helper import double\nclass A:\n    def __init__(self, n):\n        self.n = n\n"
        "def handle(input):\n    total = 0\n    for item in input['items']:\n        total += double(item['n'])\n"
        "    if input.get('bad'):\n        raise ValueError('bad')\n"
        "    return {'total': total, 'name': f\"{input['name']}!\", 'a': [A(i).n for i in range(3)], 'b': None, 'c': 1.5}\n"
    )
    modules = [{"path": "main.py", "code": main}, {"path": "lib/helper.py", "code": helper}]
    parse(_plain_dumps({"entry": "main.py", "modules": modules}).encode())
    evaluate(b"")
    head = bytes(16) + b"\4\0\0\0" + b"A=b\0"
    for _ in range(40):
        call(head + b'{"name":"Ada","items":[{"n":1},{"n":2.5},{"n":3}],"more":{"x":[true,false,null]}}')
        call(head + b'{"name":"Ada","items":[],"bad":true}')
    settle(b"")
    _sources.clear()
    _compiled.clear()
    _environ.clear()
    _handle = None
    for name in ("main", "lib", "lib.helper"):
        sys.modules.pop(name, None)


_practise()
_collect()


# Takes every free place among the small objects there are: what a function makes then lies together, in memory of its
# own, and is found again in few pages.
def _fill():
    POOL_BYTES, POOL_HEAD_BYTES, EMPTY_BYTES, STEP, MOST = 1 << 14, 1 << 6, sys.getsizeof(b""), 16, 512
    for size in range(EMPTY_BYTES // STEP * STEP + STEP, MOST + 1, STEP):
        for _ in range(100_000):
            piece = bytes(size - EMPTY_BYTES)
            _filled.append(piece)
            if id(piece) % POOL_BYTES < POOL_HEAD_BYTES:
                break


_filled = []
_fill()
_freeze()
# Where the state of `random` lies: the host looks whether evaluating a function moved it.
random_at = str(id(random._inst)).encode()
