/** The softphone: signs in to one extension, shows its calls, and turns buttons and keys into requests. */

import { RequestFailed } from "./ivrsvr.js";
import { Calls, STATE_NAMES } from "./calls.js";
import { $, ask, attempt, clockTime, connect, counter, fill, h, partyName, shown, toast } from "./ui.js";
import { Ringer } from "./ringer.js";
import { Frame } from "./frame.js";
import { ScreenPop } from "./screenpop.js";
import { TrainingDesk } from "./traindesk.js";

const MOST_CARDS = 50;
const SIGNED_IN = "ivrsvr.phone";
const MODES = [["auto", "Auto-in"], ["manual", "Manual-in"], ["acw", "After-call work"], ["aux", "Aux"]];
const MODE_NAMES = { auto: "ready (auto-in)", manual: "ready (manual-in)", acw: "after-call work", aux: "aux" };

const query = new URLSearchParams(location.search);
document.body.classList.toggle("embedded", query.has("embedded"));

const server = connect();
const ringer = new Ringer();
const screenPop = new ScreenPop($("pop"));
const training = new TrainingDesk(server);
let phone = null;

// ---- signing in

$("signin-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { extension, agentid, passwd } = Object.fromEntries(new FormData(event.target));
  signIn(extension.trim(), agentid.trim(), passwd);
});

async function signIn(extension, agentid = "", passwd = "") {
  const found = await attempt(async () => {
    const mine = new Phone(extension);
    await mine.begin();
    return mine;
  });
  if (!found) return;
  phone = found;
  sessionStorage.setItem(SIGNED_IN, extension);
  $("signin").hidden = true;
  $("desk").hidden = false;
  document.title = `${extension} · ivrsvr`;
  phone.show();
  training.watch(extension);
  if (agentid) await phone.ask("login", { agentid, passwd });
  await phone.look();
  $("number").focus();
}

$("sign-out").addEventListener("click", async () => {
  await phone?.end();
  phone = null;
  training.watch("");
  sessionStorage.removeItem(SIGNED_IN);
  $("desk").hidden = true;
  $("signin").hidden = false;
  document.title = "Phone · ivrsvr";
  $("signin-form").elements.extension.focus();
});

// ---- one extension

class Phone {
  constructor(extension) {
    this.extension = extension;
    this.calls = new Calls(extension);
    this.name = "";
    this.agent = { mode: "null", id: "", reason: 0 };
    this.set = { dnd: false, forward: "", message: false };
    this.recent = [];
    this.sent = "";
  }

  async begin() {
    this._stop = await server.monitor(this.extension, (event) => this.take(event), { events: "all" });
    const [name, snapshot] = await Promise.all([
      this.query("querydevicename", "name", ""),
      server.request("snapshot", { extension: this.extension }),
    ]);
    this.name = name;
    this.calls.adopt(snapshot.list, performance.now());
    this._watch = server.onState((state) => state === "open" && this.look());
    this.remember();
  }

  async end() {
    ringer.quiet();
    this._watch?.();
    await this._stop?.();
  }

  /** Ask the server for something about this extension; failures are shown. Returns the response. */
  ask(request, keys = {}) {
    return attempt(() => server.request(request, { extension: this.extension, ...keys }));
  }

  async query(request, key, otherwise) {
    try {
      return (await server.request(request, { extension: this.extension }))[key];
    } catch (error) {
      if (error instanceof RequestFailed) return otherwise;
      throw error;
    }
  }

  /** What no event tells: the agent's mode and the set's features. */
  async look() {
    const [mode, reason, id, dnd, forward, message] = await Promise.all([
      this.query("queryagentstate", "skillmode", "null"),
      this.query("queryagentstate", "reasoncode", 0),
      this.query("querydeviceinfo", "associateddevice", ""),
      this.query("querydonotdisturb", "dnd", "false"),
      this.query("queryforwarding", "destination", ""),
      this.query("querymsgwaitingind", "indicator", "false"),
    ]);
    this.agent = { mode, reason, id };
    this.set = { dnd: dnd === "true", forward, message: message === "true" };
    if (this === phone) this.show();
  }

  async resync() {
    const snapshot = await attempt(() => server.request("snapshot", { extension: this.extension }));
    if (snapshot) this.calls.adopt(snapshot.list, performance.now());
    if (this === phone) this.show();
  }

  take(event) {
    const known = new Map(this.calls.list().map((call) => [call.callid, call]));
    const unclear = this.calls.take(event, performance.now());
    this.note(event, known);
    frame.tell(event);
    if (unclear) this.resync();
    if (event.eventtype.startsWith("agent") || event.eventtype === "linkup" || event.eventtype === "monitorended") this.look();
    if (event.eventtype === "monitorended") toast(event.error ?? "The switch ended the monitor of this extension. Sign in again when it is back.", "bad");
    if (event.eventtype === "linkdown") toast(`The link to the switch is down. Calls go on; requests have to wait. ${shown(event.reason)}`, "bad");
    if (event.eventtype === "linkup") toast("The link to the switch is back.", "good");
    if (event.eventtype === "offer" && !known.has(event.callid)) this.announce(event);
    if (this === phone) this.show();
  }

  announce(event) {
    const caller = partyName(event.calling);
    $("spoken").textContent = `Call from ${caller}${event.custdata ? `, ${shown(event.custdata)}` : ""}`;
    ringer.say(caller);
    screenPop.pop(event);
  }

  /** Keep the list of recent calls: one entry a call, made of what was known of it at its end. */
  note(event, known) {
    for (const [callid, call] of known) {
      if (this.calls.get(callid) || ["transfer", "conference"].includes(event.eventtype)) continue;
      this.recent.unshift({ ...call, missed: call.state === "alerting", at: event.time ?? Date.now() / 1000 });
    }
    this.recent.length = Math.min(this.recent.length, 30);
  }

  /** Recent calls from the server's journal, for what was before this page. */
  async remember() {
    try {
      const events = await server.history(this.extension);
      const past = new Calls(this.extension);
      for (const event of events) {
        const before = new Map(past.list().map((call) => [call.callid, { ...call }]));
        past.take(event, 0);
        for (const [callid, call] of before) {
          if (past.get(callid) || ["transfer", "conference", "snapshot"].includes(event.eventtype)) continue;
          this.recent.unshift({ ...call, missed: call.state === "alerting", at: event.time });
        }
      }
      this.recent.length = Math.min(this.recent.length, 30);
      if (this === phone) this.show();
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
    }
  }

  // ---- what people do

  async dial(destination, data = "") {
    const made = await this.ask("makecall", data ? { destination, data } : { destination });
    if (made) this.calls.expect(made.callid, destination, performance.now());
    this.show();
    return made;
  }

  async consult(destination) {
    const made = await this.ask("consultation", { destination });
    if (made) this.calls.expect(made.secondarycallid, destination, performance.now());
    this.show();
  }

  async keys(digits) {
    const call = this.calls.active();
    if (call?.state !== "connected") return;
    if (await this.ask("dtmf", { callid: call.callid, dtmf: digits })) this.sent = (this.sent + digits).slice(-24);
    this.show();
  }

  // ---- what people see

  show() {
    $("who").textContent = this.name ? `${shown(this.name)} · ${this.extension}` : this.extension;
    $("lamp").hidden = !this.set.message;
    showAgent(this);
    showCalls(this);
    showSecond(this);
    showSet(this);
    showRecent(this);
    $("sent").textContent = this.calls.active() ? this.sent : "";
    for (const key of $("keypad").children) key.disabled = this.calls.active()?.state !== "connected";
    ringer.ring(this.calls.list().some((call) => call.state === "alerting"));
  }
}

const button = (label, kind, key, doing, enabled = true, shortcut = "") =>
  h("button", { type: "button", class: kind, dataset: { key }, disabled: !enabled, "aria-keyshortcuts": shortcut || null, onclick: doing },
    label, shortcut && h("kbd", { "aria-hidden": "true" }, shortcut));

function showAgent(phone) {
  const { mode, reason, id } = phone.agent;
  const here = mode !== "null";
  $("agent-line").textContent = here ? `Agent ${shown(id)}: ${MODE_NAMES[mode] ?? mode}${mode === "aux" && reason ? `, reason ${reason}` : ""}` : "No agent is logged in here";
  const modes = MODES.map(([name, label]) => {
    const element = button(label, "", `mode-${name}`, () => name === "aux" ? auxWithReason(phone) : changeMode(phone, name), here);
    element.setAttribute("aria-pressed", String(mode === name));
    return element;
  });
  fill($("agent"), here ? modes : [], here ? button("Log out", "plain", "logout", () => logOut(phone)) : button("Log in as agent…", "", "login", () => logIn(phone)));
}

async function changeMode(phone, state, reasoncode = 0) {
  await phone.ask("setstate", state === "aux" && reasoncode ? { state, reasoncode } : { state });
  await phone.look();
}

async function auxWithReason(phone) {
  const given = await ask("Aux work", [{ name: "reason", label: "Reason code (0 = none)", value: "0" }]);
  if (given) await changeMode(phone, "aux", given.reason.trim());
}

async function logIn(phone) {
  const given = await ask("Log in as an agent", [{ name: "agentid", label: "Agent id", required: true }, { name: "passwd", label: "Password", type: "password" }], "Log in");
  if (given) await phone.ask("login", given);
  await phone.look();
}

async function logOut(phone) {
  await phone.ask("logout", { agentid: phone.agent.id });
  await phone.look();
}

function showCalls(phone) {
  const list = phone.calls.list();
  $("no-calls").hidden = list.length > 0;
  const cards = list.slice(-MOST_CARDS).reverse().map((call) => card(phone, call));
  if (list.length > MOST_CARDS) cards.push(h("p", { class: "soft" }, `and ${list.length - MOST_CARDS} more`));
  fill($("calls"), cards);
}

function card(phone, call) {
  const [kind, sign, word] = STATE_NAMES[call.state];
  const who = call.parties.map((party) => partyName(party, call.direction === "in" ? call.calling : call.called)).join(", ") || "nobody yet";
  const id = call.callid;
  const act = (request, label, look, shortcut = "", keys = {}) =>
    button(label, look, `${request}-${id}`, () => phone.ask(request, { callid: id, ...keys }), phone.calls.can(request, call), shortcut);
  const buttons = {
    alerting: [act("answer", "Answer", "good", "a"), button("Deflect…", "", `deflect-${id}`, () => deflect(phone, call))],
    hold: [act("retrieve", "Retrieve", "primary", "r"), act("clearcall", "Clear call", "plain")],
  }[call.state] ?? [act("hold", "Hold", "", "h"), act("hangup", "Hang up", "bad", "e"), act("clearcall", "Clear call", "plain")];
  const drops = call.state === "connected" && call.parties.length > 1
    ? call.parties.map((party) => button(`Drop ${partyName(party)}`, "plain", `drop-${id}-${party}`, () => phone.ask("dropparty", { callid: id, party })))
    : [];
  return h("div", { class: `panel call ${kind} ${call.state === "alerting" ? "ringing" : ""}`, role: "listitem", "aria-label": `${word}: ${who}` },
    h("div", { class: "row spread" },
      h("span", { class: `pill ${kind}`, dataset: { sign } }, call.heldBy ? `${word}, held by ${shown(call.heldBy)}` : word),
      h("span", { class: "time", role: "timer", "aria-label": "time in this state" }, counter(call.since))),
    h("h3", {}, who),
    call.custdata && h("p", { class: "data" }, shown(call.custdata, 500)),
    facts(call),
    h("div", { class: "row" }, buttons, drops));
}

const FACTS = [["called", "called"], ["split", "skill"], ["uec", "digits"], ["lastredirection", "via"], ["uui", "UUI"], ["trunkgroup", "trunk group"], ["ucid", "UCID"], ["cause", "cause"]];

function facts(call) {
  const rows = FACTS.filter(([key]) => call[key] && !(key === "uui" && call.uui === call.custdata));
  return h("dl", { class: "facts" }, rows.map(([key, label]) => [h("dt", {}, label), h("dd", { class: key === "ucid" ? "mono" : "" }, shown(call[key]))]));
}

async function deflect(phone, call) {
  const given = await ask("Send the call elsewhere", [{ name: "destination", label: "Where", required: true }], "Deflect");
  if (given) await phone.ask("deflectcall", { callid: call.callid, destination: given.destination.trim() });
}

function showSecond(phone) {
  const { calls } = phone;
  const two = calls.can("alternate");
  const active = calls.active();
  const can = (request) => Boolean(active && calls.can(request, active));
  const whom = () => {
    const destination = $("other").value.trim();
    if (!destination) {
      $("other").focus();
      toast("Say whom first.");
    }
    return destination;
  };
  const single = (request) => async () => {
    const destination = whom();
    if (destination && (await phone.ask(request, { destination }))) $("other").value = "";
  };
  $("other").disabled = two || !active;
  fill($("second-actions"), two
    ? [button("Transfer", "primary", "transfer", () => phone.ask("transfer"), can("transfer"), "t"),
       button("Conference", "", "conference", () => phone.ask("conference"), can("conference"), "c"),
       button("Alternate", "", "alternate", () => phone.ask("alternate"), true, "s"),
       button("Back to the first", "", "reconnect", () => phone.ask("reconnect"), true, "b")]
    : [button("Consult", "primary", "consult", async () => { const to = whom(); if (to) { await phone.consult(to); $("other").value = ""; } }, can("consultation")),
       button("Transfer at once", "", "transfer", single("transfer"), can("transfer"), "t"),
       button("Conference at once", "", "conference", single("conference"), can("conference"), "c")]);
}
$("second").addEventListener("submit", (event) => {
  event.preventDefault();
  $("second-actions").querySelector("button:not(:disabled)")?.click();
});

function showSet(phone) {
  const { dnd, forward, message } = phone.set;
  const toggle = (label, key, on, request, name) => {
    const element = button(label, "", key, async () => { await phone.ask(request, { [name]: String(!on) }); await phone.look(); });
    element.setAttribute("aria-pressed", String(on));
    return element;
  };
  fill($("set"),
    h("div", { class: "row" },
      toggle("Send all calls", "dnd", dnd, "setdonotdisturb", "dnd"),
      toggle("Message lamp", "lamp", message, "setmsgwaitingind", "ind"),
      button(forward ? `Forwarded to ${shown(forward)}` : "Forward…", "", "forward", () => changeForwarding(phone)),
      button("Pick up…", "", "pickup", () => pickUp(phone))),
    h("div", { class: "row" },
      settingToggle("Ring tone", "ring", ringer.audible, (on) => ringer.setAudible(on)),
      ringer.canSpeak && settingToggle("Say who calls", "speak", ringer.speaking, (on) => ringer.setSpeaking(on)),
      button("Keys…", "plain", "help", help, true, "?")));
}

function settingToggle(label, key, on, change) {
  const element = button(label, "plain", key, () => { change(!on); phone.show(); });
  element.setAttribute("aria-pressed", String(on));
  return element;
}

async function changeForwarding(phone) {
  if (phone.set.forward) await phone.ask("setforwarding", { fwd: "false" });
  else {
    const given = await ask("Forward all calls", [{ name: "destination", label: "Where", required: true }], "Forward");
    if (given) await phone.ask("setforwarding", { destination: given.destination.trim(), fwd: "true" });
  }
  await phone.look();
}

async function pickUp(phone) {
  const given = await ask("Pick up a call that rings elsewhere", [{ name: "destination", label: "At which extension", required: true }], "Pick up");
  if (given) await phone.ask("pickupcall", { destination: given.destination.trim() });
}

function showRecent(phone) {
  const rows = phone.recent.slice(0, 12).map((call) => {
    const number = call.direction === "in" ? call.calling : call.called;
    const word = call.missed ? "missed" : call.direction === "in" ? "in" : "out";
    const sign = call.missed ? "✕" : call.direction === "in" ? "↙" : "↗";
    return h("li", {}, h("span", { class: `pill ${call.missed ? "bad" : ""}`, dataset: { sign } }, word),
      h("span", { class: "grow" }, partyName(number ?? "")), h("time", { class: "soft small" }, clockTime(call.at)),
      number && !number.includes("#") && button("Call", "plain", `again-${call.callid}-${call.at}`, () => phone.dial(number)));
  });
  fill($("recent"), rows.length ? h("ul", { class: "recent" }, rows) : h("p", { class: "soft" }, "None yet."));
}

// ---- forms and keys

$("dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { destination, data } = Object.fromEntries(new FormData(event.target));
  if (await phone.dial(destination.trim(), data.trim())) event.target.reset();
});

fill($("keypad"), [..."123456789*0#"].map((key) => h("button", { type: "button", dataset: { key: `pad-${key}` }, "aria-label": { "*": "star", "#": "hash" }[key] ?? key, onclick: () => phone?.keys(key) }, key)));

const SHORTCUTS = [["a", "answer the call that rings longest"], ["h", "hold"], ["r", "retrieve"], ["e", "hang up"], ["t", "transfer"], ["c", "conference"], ["s", "alternate between two calls"], ["b", "back to the first call"], ["d", "go to the number field"], ["0-9 * #", "send tones while you talk"], ["?", "this list"]];

function help() {
  const dialog = h("dialog", { "aria-label": "Keys" }, h("h2", {}, "Keys"), h("dl", { class: "facts" }, SHORTCUTS.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])), h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const PRESSED = {
  a: () => phone.ask("answer"),
  h: () => phone.ask("hold"),
  r: () => phone.ask("retrieve"),
  e: () => phone.ask("hangup"),
  s: () => phone.ask("alternate"),
  b: () => phone.ask("reconnect"),
  t: () => document.querySelector('[data-key="transfer"]:not(:disabled)')?.click(),
  c: () => document.querySelector('[data-key="conference"]:not(:disabled)')?.click(),
  d: () => $("number").focus(),
  "?": help,
};

addEventListener("keydown", (event) => {
  if (!phone || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  if (PRESSED[event.key]) PRESSED[event.key]();
  else if (/^[0-9*#]$/.test(event.key)) phone.keys(event.key);
  else return;
  event.preventDefault();
});

// ---- inside another application, and a second visit

const frame = new Frame({
  request: (name, keys) => server.request(name, { ...(phone ? { extension: phone.extension } : {}), ...keys }),
  signIn,
});

const again = query.get("extension") ?? sessionStorage.getItem(SIGNED_IN);
if (again) signIn(again, query.get("agentid") ?? "");
