//! What `/console` answers in a binary that was built without it.

pub(super) const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ProjectNIL: the console is not built</title>
<style nonce="__NIL_NONCE__">
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 38rem; margin: 15vh auto; padding: 0 1.5rem }
  pre { padding: 1rem; border-radius: .5rem; background: color-mix(in srgb, currentcolor 8%, transparent); overflow: auto }
</style>
<h1>This server has no console</h1>
<p>It was built without it. Everything else works: the <a href="/docs">API</a>, and <code>nil</code> on the command line.
<p>To build the console (Node.js 20 or newer), in the repository:
<pre>make build</pre>
<p>or, for a development build that is already running:
<pre>cd console &amp;&amp; npm ci --ignore-scripts &amp;&amp; npm run build</pre>
"#;
