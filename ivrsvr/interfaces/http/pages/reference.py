"""Pages for people, made from the registry; they load nothing from elsewhere."""

import json
from html import escape

from ivrsvr import __version__
from ivrsvr.interfaces.eventshapes import NOTICES, SHAPES
from ivrsvr.interfaces.reference import Key, keys_of
from ivrsvr.registry import Entry, Registry

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; text-transform: capitalize; }
code, pre, textarea { font: 14px/1.4 ui-monospace, monospace; }
pre, textarea { background: #f4f4f4; padding: .6rem; overflow: auto; border: 0; border-radius: 4px; }
textarea { width: 100%; box-sizing: border-box; } details { margin: .4rem 0; } summary { cursor: pointer; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top; }
.path { color: #666; font-size: 85%; }
"""

SCRIPT = """\
// A key that came with the address is kept for this tab, and shown no longer.
const given = new URLSearchParams(location.search).get("token");
if (given) {
  sessionStorage.setItem("ivrsvr-key", given);
  history.replaceState(null, "", location.pathname + location.hash);
}
const key = sessionStorage.getItem("ivrsvr-key");

// Sends the text of a form to the path that it names, and shows the answer below it.
for (const form of document.querySelectorAll("form[data-path]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = form.querySelector("textarea").value;
    let path = form.dataset.path;
    try {
      for (const [key, value] of Object.entries(JSON.parse(text))) {
        path = path.replace(`{${key}}`, encodeURIComponent(value));
      }
    } catch { /* the server says what is wrong with it */ }
    const output = form.querySelector("pre");
    try {
      const options = { method: form.dataset.method, headers: { "content-type": "application/json" } };
      if (key) options.headers.authorization = `Bearer ${key}`;
      if (form.dataset.method !== "GET") options.body = text;
      const answer = await fetch(path, options);
      output.textContent = answer.status + "\\n" + JSON.stringify(await answer.json(), null, 1);
    } catch (error) {
      output.textContent = String(error);
    }
    output.hidden = false;
  });
}
"""


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css"></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


def front_page(registry: Registry) -> str:
    """What is here, with links."""
    simulated = any(entry.scope == "sim" for entry in registry)
    first = (
        "<p>It drives a simulated switch. Let somebody outside call extension 101:</p>"
        '<pre>curl -X POST localhost:8080/sim/calls -d \'{"from": "67896789", "to": "101"}\'</pre>'
        if simulated
        else ""
    )
    desk = (
        '<li><a href="/sim">Simulator</a>: the switch, its people, faults and time</li>\n'
        '<li><a href="/train">Training</a>: simulated callers for a trainee, and what came of it</li>\n'
        if simulated
        else ""
    )
    return _document(
        "ivrsvr",
        f"""<h1>ivrsvr {escape(__version__)}</h1>
<p>A CTI server: it drives telephones and calls by plain JSON over REST and WebSocket.</p>
<ul>
<li><a href="/phone">Phone</a>: a softphone for one extension</li>
<li><a href="/wall">Wallboard</a>: skills, agents and lines at a glance</li>
{desk}<li><a href="/docs">All requests and events</a>, to read and to try</li>
<li><a href="/openapi.json">OpenAPI document</a> of the REST interface</li>
<li><a href="/asyncapi.json">AsyncAPI document</a> of the WebSocket interface, which is at <code>/ws</code></li>
<li>Health: <a href="/health/live">live</a>, <a href="/health/ready">ready</a></li>
</ul>
{first}""",
    )


def reference_page(registry: Registry) -> str:
    """Every request with its keys, an example to send, and every event."""
    parts = [f"<h1>Requests and events of ivrsvr {escape(__version__)}</h1>"]
    for group, entries in registry.groups().items():
        parts.append(f"<h2>{escape(group)}</h2>")
        parts.extend(_entry(entry) for entry in entries)
    parts.append("<h2>events</h2>")
    parts.extend(
        f"<details><summary><code>{shape.eventtype}</code> {escape(shape.meaning)}</summary>"
        f"<pre>{escape(json.dumps(shape.example, indent=1))}</pre></details>"
        for shape in (*SHAPES, *NOTICES)
    )
    parts.append('<script src="/docs.js"></script>')
    return _document("ivrsvr: requests and events", "\n".join(parts))


def _entry(entry: Entry) -> str:
    method, path = entry.routes[0] if entry.routes else ("POST", "")
    example = dict(entry.examples[0]) if entry.examples else {}
    response = f"<p>Answer:</p><pre>{escape(json.dumps(entry.example_response, indent=1))}</pre>" if example else ""
    form = (
        f'<form data-method="{method}" data-path="{escape(path)}"><textarea rows="6">'
        f"{escape(json.dumps(example, indent=1))}</textarea><button>Send</button><pre hidden></pre></form>"
        if path
        else ""
    )
    return (
        f'<details id="{escape(entry.name)}"><summary><code>{escape(entry.name)}</code> {escape(entry.summary)} '
        f'<span class="path">{method} {escape(path)}</span></summary>\n<p>{escape(entry.description)}</p>'
        f"{_keys(keys_of(entry))}{form}{response}</details>"
    )


def _keys(keys: list[Key]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(key.name)}</code></td><td>{'needed' if key.required else ''}</td>"
        f"<td>{escape(key.meaning)}</td></tr>"
        for key in keys
    )
    return f"<table>{rows}</table>" if rows else ""
