//! Python: answers, exceptions in the user's lines, what is wrong at deploy, several files, and what is not to be had.

use std::time::{Duration, Instant};

use nil_test::{NilUp, TestHttp};
use serde_json::{Value, json};

use super::{asked_for, call, failure};
use crate::{
    cli::nil_in,
    functions::{create, execute},
    hostile::network::Forbidden,
    product::{NIL, shared},
};

/// Stores a function and waits for its verdict; the answer is `GET /functions/{id}`.
async fn build(http: &TestHttp, name: &str, body: Value) -> Value {
    let mut body = body;
    body["name"] = json!(name);
    body["language"] = json!("python");
    create(http, &body).await
}

async fn refused(http: &TestHttp, name: &str, source: &str) -> String {
    let function = build(http, name, json!({ "source": source })).await;
    assert_eq!(function["status"], "FAILED", "{function:#}");
    function["compileError"].as_str().expect("an error").to_owned()
}

#[tokio::test]
async fn the_template_of_python_is_deployed_and_called() {
    let Some(_) = asked_for("python") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    nil_in(folder.path(), shared(), &["new", "hello-py.py"]).await.expect(0);
    let deployed = nil_in(folder.path(), shared(), &["deploy", "hello-py", "-o", "json"]).await.expect(0).json();
    assert_eq!(deployed[0]["function"]["language"], "python", "{deployed:#}");
    assert_eq!(deployed[0]["function"]["abi"], "python", "{deployed:#}");
    let answer = nil_in(folder.path(), shared(), &["invoke", "hello-py", r#"{"name": "Ada"}"#]).await.expect(0);
    assert!(answer.stdout.contains("Hello, Ada!"), "{}", answer.stdout);
}

#[tokio::test]
async fn stopping_does_not_wait_for_the_interpreter_to_be_prepared() {
    let Some(_) = asked_for("python") else { return };
    let mut up = NilUp::start(NIL);
    let http = TestHttp::new(up.url());
    nil_test::eventually("a compiler sent the interpreter", Duration::from_secs(60), async || {
        let languages = http.get("/languages").await.expect(200).json();
        let all = languages.as_array().expect("languages");
        all.iter().any(|language| language["language"] == "python" && language["state"] == "installed")
    })
    .await;
    // Making native code of CPython takes half a minute and longer from here on.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = Instant::now();
    assert!(up.interrupt().success());
    assert!(asked.elapsed() < Duration::from_secs(25), "stopping took {:?}", asked.elapsed());
}

#[tokio::test]
async fn exceptions_have_the_lines_of_the_source() {
    let Some(http) = asked_for("python") else { return };
    let source = "import json\n\n\ndef fail(depth):\n    raise ValueError(f'at depth {depth}')\n\n\n\
                  def handle(input):\n    print('failing')\n    return fail(input['depth'])\n";
    let answer = call(&http, "python", "lines", source, r#"{"depth":3}"#).await;
    let message = answer["errorMessage"].as_str().unwrap_or_default();
    assert_eq!(message, "ValueError: at depth 3\n    at fail (main.py:5:5)\n    at handle (main.py:10:12)");
    assert!(answer["logs"].to_string().contains("failing"), "{answer:#}");
    let key = failure(&http, "python", "key", "def handle(input):\n    return input['none']\n", "{}").await;
    assert!(key.starts_with("KeyError: 'none'\n    at handle (main.py:2:"), "{key}");
    let exit = failure(&http, "python", "exit", "import sys\ndef handle(input):\n    sys.exit(3)\n", "{}").await;
    assert!(exit.starts_with("SystemExit: 3"), "{exit}");
    let set = failure(&http, "python", "set", "def handle(input):\n    return {1}\n", "{}").await;
    assert!(set.contains("Object of type set is not JSON serializable"), "{set}");
}

#[tokio::test]
async fn what_is_wrong_with_a_python_source_is_said_at_deploy() {
    let Some(http) = asked_for("python") else { return };
    let said = refused(&http, "py-syntax", "def handle(input):\n    return (1\n").await;
    assert!(said.starts_with("main.py:2:12: error") && said.contains("'(' was never closed"), "{said}");
    let said = refused(&http, "py-nothing", "def hendle(input):\n    return 1\n").await;
    assert!(said.contains("write `def handle(input):`; the module defines `hendle`"), "{said}");
    let said = refused(&http, "py-raises", "x = 1\nnothing()\ndef handle(input): pass\n").await;
    assert!(said.starts_with("main.py:2:1") && said.contains("NameError: name 'nothing' is not defined"), "{said}");
    let said = refused(&http, "py-package", "import numpy\ndef handle(input): pass\n").await;
    assert!(said.contains("ModuleNotFoundError: No module named 'numpy'"), "{said}");
}

#[tokio::test]
async fn files_are_modules_and_packages() {
    let Some(http) = asked_for("python") else { return };
    let files = json!({
        "shop/__init__.py": "from .money import cents\n",
        "shop/money.py": "from . import rates\ndef cents(euros): return euros * rates.FACTOR\n",
        "shop/rates.py": "FACTOR = 100\n",
        "lib/late.py": "WORD = 'late'\n",
        "statistics.py": "MINE = True\n",
    });
    let source = "import shop, statistics\ndef handle(input):\n    from lib.late import WORD\n    \
                  return [shop.cents(input['euros']), WORD, statistics.MINE]\n";
    let function = build(&http, "py-files", json!({ "source": source, "files": files })).await;
    assert_eq!(function["status"], "READY", "{function:#}");
    let answer = execute(&http, "py-files", r#"{"euros":3}"#).await.json();
    assert_eq!(answer["output"], json!([300, "late", true]), "{answer:#}");
    let files = json!({ "lib/broken.py": "def f(:\n" });
    let function = build(&http, "py-broken", json!({ "source": "def handle(i): pass\n", "files": files })).await;
    let said = function["compileError"].as_str().unwrap_or_default();
    assert!(said.starts_with("lib/broken.py:1:7: error"), "{said}");
}

#[tokio::test]
async fn the_standard_library_works_and_nothing_is_the_same_twice() {
    let Some(http) = asked_for("python") else { return };
    let source = "import json, re, math, datetime, collections, itertools, decimal, hashlib, base64, urllib.parse\n\
                  import random, uuid, secrets, asyncio, sqlite3, zlib, time\n\
                  async def later(n):\n    await asyncio.sleep(0.001)\n    return n\n\
                  async def handle(input):\n    \
                  db = sqlite3.connect(':memory:')\n    \
                  return {'sha': hashlib.sha256(b'abc').hexdigest()[:8], 'third': str(decimal.Decimal(1) / 3)[:5],\n            \
                  'quoted': urllib.parse.quote('a b'), 'zlib': len(zlib.compress(b'a' * 1000)) < 50,\n            \
                  'sql': db.execute('select 6 * 7').fetchone()[0], 'all': await asyncio.gather(later(1), later(2)),\n            \
                  'random': [random.random(), str(uuid.uuid4()), secrets.token_hex(8)]}\n";
    let first = call(&http, "python", "library", source, "{}").await;
    let second = execute(&http, "python-library", "{}").await.json();
    let (first, second) = (&first["output"], &second["output"]);
    let expected =
        json!({ "sha": "ba7816bf", "third": "0.333", "quoted": "a%20b", "zlib": true, "sql": 42, "all": [1, 2] });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&first[name], value, "{first:#}");
    }
    for index in 0..3 {
        assert_ne!(first["random"][index], second["random"][index], "{first:#} {second:#}");
    }
    // What a module takes when it is loaded is not the same for all calls either.
    let frozen =
        "import random, time\nTOKEN = random.random()\nAT = time.time()\ndef handle(input): return [TOKEN, AT]\n";
    let first = call(&http, "python", "frozen", frozen, "{}").await;
    let second = execute(&http, "python-frozen", "{}").await.json();
    for index in 0..2 {
        assert_ne!(first["output"][index], second["output"][index], "{first:#} {second:#}");
    }
    // And nothing survives a call.
    let count = "n = 0\ndef handle(input):\n    global n\n    n += 1\n    return n\n";
    assert_eq!(call(&http, "python", "count", count, "{}").await["output"], 1);
    assert_eq!(execute(&http, "python-count", "{}").await.json()["output"], 1);
}

#[tokio::test]
async fn python_has_no_network_and_cannot_call_itself() {
    let Some(http) = asked_for("python") else { return };
    let forbidden = Forbidden::start().await;
    let source = "import http.client, socket, urllib.parse, urllib.request\n\n\n\
                  def ways(url):\n    \
                  at = urllib.parse.urlsplit(url)\n    \
                  yield lambda: urllib.request.urlopen(url, timeout=1).read()\n    \
                  yield lambda: http.client.HTTPConnection(at.hostname, at.port or 80, timeout=1).request('GET', '/')\n    \
                  yield lambda: socket.create_connection((at.hostname, at.port or 80), 1)\n    \
                  yield lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', at.port or 80))\n    \
                  yield lambda: socket.getaddrinfo('example.com', 80)\n\n\n\
                  def handle(input):\n    \
                  reached = []\n    \
                  for url in input['urls']:\n        \
                  for number, way in enumerate(ways(url)):\n            \
                  try:\n                \
                  way()\n                \
                  reached.append([url, number])\n            \
                  except Exception:\n                \
                  pass\n    \
                  return reached\n";
    let urls = json!({ "urls": forbidden.urls("python-network") }).to_string();
    let answer = call(&http, "python", "network", source, &urls).await;
    assert_eq!(answer["output"], json!([]), "{answer:#}");
    forbidden.was_left_alone().await;
}

#[tokio::test]
async fn hostile_python_is_stopped_and_told_why() {
    let Some(http) = asked_for("python") else { return };
    let said = refused(&http, "py-forever", "while True: pass\n").await;
    assert!(said.contains("time limit"), "{said}");
    let said = refused(&http, "py-bomb", "x = [bytearray(1 << 20) for _ in range(1 << 20)]\n").await;
    assert!(said.contains("memory limit"), "{said}");
    let said = refused(&http, "py-nested", &format!("x = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000))).await;
    assert!(said.contains("Parser stack overflowed"), "{said}");
    let said = refused(&http, "py-huge", &format!("x = {}\n", "9".repeat(100_000))).await;
    assert!(said.contains("Exceeds the limit"), "{said}");
    for (name, body, expected) in [
        ("passwd", "open('/etc/passwd')", "FileNotFoundError: [Errno 44] No such file or directory: '/etc/passwd'"),
        ("write", "open('/tmp/x', 'w')", "OSError: [Errno 69] Read-only file system: '/tmp/x'"),
        ("fork", "os.fork()", "AttributeError: module 'os' has no attribute 'fork'"),
        ("process", "subprocess.run(['ls'])", "OSError: [Errno 58] wasi does not support processes."),
        ("socket", "socket.create_connection(('1.1.1.1', 80))", "PermissionError: [Errno 2] Permission denied"),
        ("thread", "threading.Thread(target=print).start()", "RuntimeError: can't start new thread"),
        ("select", "select.select([], [], [], 0.1)", "OSError: [Errno 58] there is nothing to wait for but time"),
        ("abort", "os.abort()", "SystemExit: 134"),
        ("deep", "x = []\n    for _ in range(100_000): x = [x]", "stack overflow"),
        ("recursion", "f = lambda: f(); f()", "RecursionError: maximum recursion depth exceeded"),
        ("memory", "[bytearray(1 << 20) for _ in range(1 << 20)]", "memory limit of"),
    ] {
        let source = format!("import os, select, subprocess, socket, threading\ndef handle(input):\n    {body}\n");
        let said = failure(&http, "python", name, &source, "{}").await;
        assert!(said.starts_with(expected), "{name}: {said}");
    }
    // Whatever it does to the interpreter is gone with the call.
    let vandal = "import builtins, json, sys\ndef handle(input):\n    json.dumps = None\n    builtins.open = None\n    \
                  sys.modules.clear()\n    return 'done'\n";
    assert_eq!(call(&http, "python", "vandal", vandal, "{}").await["output"], "done");
    assert_eq!(execute(&http, "python-vandal", "{}").await.json()["output"], "done");
}
