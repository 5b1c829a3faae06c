/** The softphone: signs in to one extension, shows its calls, and turns buttons and keys into requests. */

import { STATE_NAMES } from "./calls.js";
import { Line } from "./line.js";
import { $, arrange, ask, attempt, chosenFor, clockTime, connect, counter, draw, fill, followClock, h, mayPass, partyName, shown, tellingOfLink, toast } from "./ui.js";
import { Ringer } from "./ringer.js";
import { Frame } from "./frame.js";
import { ScreenPop } from "./screenpop.js";
import { TrainingDesk } from "./traindesk.js";

const MOST_CARDS = 50;
const MOST_RECENT = 12;
const HIDDEN_MS = 50;
/** How often an agent is looked at: no event of a telephone tells what another window, a hand or a skill changes. */
const AGENT_MS = 10_000;
/** In after-call work, which may end by itself. */
const ACW_MS = 5000;
const SIGNED_IN = "ivrsvr.phone";
const MODES = [["auto", "Auto-in"], ["manual", "Manual-in"], ["acw", "After-call work"], ["aux", "Aux"]];
const MODE_NAMES = { auto: "ready (auto-in)", manual: "ready (manual-in)", acw: "after-call work", aux: "aux" };

const query = new URLSearchParams(location.search);
document.body.classList.toggle("embedded", query.has("embedded"));

const server = connect();
const ringer = new Ringer();
const screenPop = new ScreenPop($("pop"));
const training = new TrainingDesk(server);
const tellOfLink = tellingOfLink("The link to the switch is down. Calls go on; requests have to wait.", "The link to the switch is back.");
let phone = null;
let following = null;
let signingIn = 0;

// ---- signing in

$("signin-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { extension, agentid, passwd } = Object.fromEntries(new FormData(event.target));
  signIn(extension.trim(), agentid.trim(), passwd);
});

/** Sign in; of several attempts at once the last one counts. */
async function signIn(extension, agentid = "", passwd = "") {
  const mine = ++signingIn;
  const found = new Phone(extension);
  try {
    await found.begin();
  } catch (error) {
    if (mine === signingIn) toast(error.message, "bad");
    found.end();
    return;
  }
  if (mine !== signingIn) return void found.end();
  phone?.end();
  phone = found;
  following ??= followClock(server);
  sessionStorage.setItem(SIGNED_IN, extension);
  const typed = $("signin").contains(document.activeElement);
  $("signin").hidden = true;
  $("desk").hidden = false;
  if (typed) $("who").focus(); // no field: keys do what they say at once
  document.title = `${extension} · ivrsvr`;
  phone.show();
  training.watch(extension);
  if (agentid) await found.ask("login", { agentid, passwd });
  await found.look();
}

$("sign-out").addEventListener("click", () => {
  signingIn += 1;
  phone?.end();
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
    this.line = new Line(server, extension, (event) => this.take(event));
    this.name = "";
    this.agent = { mode: "null", id: "", reason: 0 };
    this.set = { dnd: false, forward: "", message: false };
    this.sent = "";
    this.life = ++lives;
    this._announced = new Set();
  }

  get calls() {
    return this.line.calls;
  }

  async begin() {
    await this.line.begin();
    for (const call of this.calls.list()) this._announced.add(call.callid);
    this.name = (await this.query("querydevicename")).name ?? "";
    this._watch = server.onState((state) => state === "open" && this.look());
  }

  async end() {
    ringer.quiet();
    this._over = true;
    clearTimeout(this._again);
    this._watch?.();
    await this.line.end();
  }

  /** Ask the server for something about this extension; failures are shown. Returns the response. */
  ask(request, keys = {}) {
    return attempt(() => server.request(request, { extension: this.extension, ...keys }));
  }

  /** What the server says of this extension; nothing where that is refused for good. Throws RequestFailed, Disconnected. */
  async query(request) {
    try {
      return await server.request(request, { extension: this.extension });
    } catch (error) {
      if (mayPass(error)) throw error;
      return {};
    }
  }

  /** What no event tells: the agent's mode and, where it may have changed, the set's features. What cannot be had just now stays. */
  async look({ set = true } = {}) {
    try {
      await Promise.all([this._lookAtAgent(), set && this._lookAtSet()]);
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
    clearTimeout(this._again);
    const again = () => document.hidden || this.look({ set: false });
    if (!this._over) this._again = setTimeout(again, this.agent.mode === "acw" ? ACW_MS : AGENT_MS);
    this.show();
  }

  async _lookAtAgent() {
    const { skillmode: mode = "null", reasoncode: reason = 0 } = await this.query("queryagentstate");
    const { associateddevice: id = "" } = mode === "null" ? {} : await this.query("querydeviceinfo");
    this.agent = { mode, reason, id };
  }

  async _lookAtSet() {
    const asked = ["querydonotdisturb", "queryforwarding", "querymsgwaitingind"].map((request) => this.query(request));
    const [{ dnd }, { destination: forward = "" }, { indicator }] = await Promise.all(asked);
    this.set = { dnd: dnd === "true", forward, message: indicator === "true" };
  }

  /** Take an event; null = a snapshot has told something new. */
  take(event) {
    if (event) {
      frame.tell(event);
      tellOfLink(event);
      if (event.eventtype === "idle" && this.agent.mode !== "null") this.look(); // what was asked for during the call holds now
      if (event.eventtype.startsWith("agent") || event.eventtype === "linkup" || event.eventtype === "monitorended") this.look();
      if (event.eventtype === "monitorended") toast(event.error ?? "The switch ended the monitor of this extension. Sign in again when it is back.", "bad");
    }
    this.show();
  }

  /** Say once in this browser who calls, and open the caller's page once: there may be another window at this telephone. */
  async announce(call) {
    const caller = partyName(call.parties[0] ?? "", call.calling);
    $("spoken").textContent = `Call from ${caller}${call.custdata ? `, ${shown(call.custdata)}` : ""}`;
    const mine = await chosenFor(`call ${this.extension} ${call.ucid ?? call.callid}`);
    if (mine) ringer.say(caller);
    screenPop.pop(call, mine);
  }

  /** Ring while something rings; what is new is announced once: of several, the last that came. */
  ring() {
    const ringing = this.calls.list().filter((call) => call.state === "alerting");
    const fresh = ringing.filter((call) => !this._announced.has(call.callid));
    if (fresh.length) this.announce(fresh.at(-1));
    this._announced = new Set(ringing.map((call) => call.callid));
    ringer.ring(ringing.length > 0);
  }

  // ---- what people do

  async dial(destination, data = "") {
    const made = await this.ask("makecall", data ? { destination, data } : { destination });
    if (made) this.calls.expect(made, destination, server.now());
    this.show();
    return made;
  }

  /** Answer a call; the one that is in the way is held. */
  async answer(call) {
    const other = this.calls.inTheWay();
    if (!other || (await this.ask("hold", { callid: other.callid }))) await this.ask("answer", { callid: call.callid });
  }

  async consult(destination) {
    const made = await this.ask("consultation", { destination });
    if (made) this.calls.expect({ callid: made.secondarycallid, ucid: made.ucid }, destination, server.now());
    this.show();
    return made;
  }

  async keys(digits) {
    const call = this.calls.active();
    if (!call || !this.calls.can("dtmf", call)) return;
    if (await this.ask("dtmf", { callid: call.callid, dtmf: digits })) this.sent = (this.sent + digits).slice(-24);
    this.show();
  }

  // ---- what people see

  /** Draw everything once, however many events come before the next picture. A page that nobody sees gets none, but has to ring. */
  show() {
    if (this._drawing) return;
    this._drawing = true;
    if (document.hidden) setTimeout(() => this._draw(), HIDDEN_MS);
    else requestAnimationFrame(() => this._draw());
  }

  _draw() {
    this._drawing = false;
    if (this !== phone) return;
    $("who").textContent = this.name ? `${shown(this.name)} · ${this.extension}` : this.extension;
    $("lamp").hidden = !this.set.message;
    showAgent(this);
    showCalls(this);
    showSecond(this);
    showSet(this);
    showRecent(this);
    const active = this.calls.active();
    $("sent").textContent = active ? this.sent : "";
    for (const key of $("keypad").children) key.disabled = !(active && this.calls.can("dtmf", active));
    this.ring();
  }
}
let lives = 0;

const button = (label, kind, key, doing, enabled = true, shortcut = "") =>
  h("button", { type: "button", class: kind, dataset: { key }, disabled: !enabled, "aria-keyshortcuts": shortcut || null, onclick: doing },
    label, shortcut && h("kbd", { "aria-hidden": "true" }, shortcut));

function showAgent(phone) {
  const { mode, reason, id } = phone.agent;
  const here = mode !== "null";
  $("agent-line").textContent = here ? `Agent ${shown(id)}: ${MODE_NAMES[mode] ?? mode}${mode === "aux" && reason ? `, reason ${reason}` : ""}` : "No agent is logged in here";
  draw($("agent"), [phone.life, here, mode], () => {
    if (!here) return [button("Log in as agent…", "", "login", () => logIn(phone))];
    const modes = MODES.map(([name, label]) => {
      const element = button(label, "", `mode-${name}`, () => name === "aux" ? auxWithReason(phone) : changeMode(phone, name));
      element.setAttribute("aria-pressed", String(mode === name));
      return element;
    });
    return [...modes, button("Log out", "plain", "logout", () => logOut(phone))];
  });
}

async function changeMode(phone, state, reasoncode = 0) {
  const done = await phone.ask("setstate", state === "aux" && reasoncode ? { state, reasoncode } : { state });
  await phone.look();
  const { mode, reason } = phone.agent;
  if (done && (mode !== state || Number(reason) !== Number(state === "aux" ? reasoncode : reason))) toast("That holds as soon as the call is over.");
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

let cards = new Map();

/** The newest calls as cards; each is made anew only when something about its call has changed. */
function showCalls(phone) {
  const list = phone.calls.list();
  const before = cards;
  cards = new Map();
  const meant = ["answer", "retrieve"].map((request) => phone.calls.meant(request));
  const other = phone.calls.inTheWay();
  for (const call of list.slice(-MOST_CARDS).reverse()) {
    const keyed = meant.includes(call);
    const waits = ["alerting", "hold"].includes(call.state);
    const text = JSON.stringify([phone.life, call, keyed, waits && [phone.calls.can("answer", call, () => other), other?.callid]]);
    const known = before.get(call.callid);
    cards.set(call.callid, known?.text === text ? known : { text, element: card(phone, call, keyed) });
  }
  arrange($("calls"), [...cards.values()].map(({ element }) => element));
  $("no-calls").hidden = list.length > 0;
  $("more-calls").hidden = list.length <= MOST_CARDS;
  $("more-calls").textContent = `and ${list.length - MOST_CARDS} more`;
}

/** keyed: the key for what can be done with such a call is about this one. */
function card(phone, call, keyed) {
  const [kind, sign, word] = STATE_NAMES[call.state];
  const name = (party) => partyName(party, call.direction === "in" ? call.calling : call.called);
  const who = call.parties.map(name).join(", ") || "nobody yet";
  const id = call.callid;
  const act = (request, label, look, shortcut = "", keys = {}) =>
    button(label, look, `${request}-${id}`, () => phone.ask(request, { callid: id, ...keys }), phone.calls.can(request, call), shortcut);
  const buttons = {
    alerting: [button(phone.calls.inTheWay() ? "Hold and answer" : "Answer", "good", `answer-${id}`, () => phone.answer(call), phone.calls.can("answer", call), keyed && "a"), button("Deflect…", "", `deflect-${id}`, () => deflect(phone, call))],
    hold: [act("retrieve", "Retrieve", "primary", keyed && "r"), act("clearcall", "Clear call", "plain")],
  }[call.state] ?? [act("hold", "Hold", "", "h"), act("hangup", "Hang up", "bad", "e"), act("clearcall", "Clear call", "plain")];
  const drops = call.state === "connected" && call.parties.length > 1
    ? call.parties.map((party) => button(`Drop ${name(party)}`, "", `drop-${id}-${party}`, () => phone.ask("dropparty", { callid: id, party })))
    : [];
  return h("div", { class: `panel call ${kind} ${call.state === "alerting" ? "ringing" : ""}`, role: "listitem", "aria-label": `${word}: ${who}`, dataset: { key: `call-${id}` } },
    h("div", { class: "row spread" },
      h("span", { class: `pill ${kind}`, dataset: { sign } }, call.heldBy ? `${word}, held by ${shown(call.heldBy)}` : word),
      h("span", { class: "time", role: "timer", "aria-label": "time in this state" }, counter(call.since, server))),
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
    if (destination && (await phone.ask(request, { destination }))) leave($("second"));
  };
  $("other").disabled = two || !active;
  draw($("second-actions"), [phone.life, two, active?.callid, active?.state, can("transfer"), can("conference")], () => two
    ? [button("Transfer", "primary", "transfer", () => phone.ask("transfer"), can("transfer"), "t"),
       button("Conference", "", "conference", () => phone.ask("conference"), can("conference"), "c"),
       button("Alternate", "", "alternate", () => phone.ask("alternate"), true, "s"),
       button("Back to the first", "", "reconnect", () => phone.ask("reconnect"), true, "b")]
    : [button("Consult", "primary", "consult", async () => { const to = whom(); if (to && (await phone.consult(to))) leave($("second")); }, can("consultation")),
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
  draw($("set"), [phone.life, phone.set, ringer.audible, ringer.speaking], () => [
    h("div", { class: "row" },
      toggle("Send all calls", "dnd", dnd, "setdonotdisturb", "dnd"),
      toggle("Message lamp", "lamp", message, "setmsgwaitingind", "ind"),
      button(forward ? `Forwarded to ${shown(forward)}` : "Forward…", "", "forward", () => changeForwarding(phone)),
      button("Pick up…", "", "pickup", () => pickUp(phone))),
    h("div", { class: "row" },
      settingToggle("Ring tone", "ring", ringer.audible, (on) => ringer.setAudible(on)),
      ringer.canSpeak && settingToggle("Say who calls", "speak", ringer.speaking, (on) => ringer.setSpeaking(on)),
      button("Keys…", "plain", "help", help, true, "?"))]);
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
  const given = await ask("Pick up a call that rings elsewhere", [{ name: "extension", label: "At which extension", required: true }], "Pick up", "It rings here then.");
  if (given) await attempt(() => server.request("pickupcall", { extension: given.extension.trim(), destination: phone.extension }));
}

function showRecent(phone) {
  const recent = phone.calls.ended.slice(0, MOST_RECENT);
  draw($("recent"), [phone.life, recent], () => recent.length ? [h("ul", { class: "recent" }, recent.map((call) => recentCall(phone, call)))] : [h("p", { class: "soft" }, "None yet.")]);
}

function recentCall(phone, call) {
  const number = call.direction === "in" ? call.calling : call.called;
  const [word, sign] = call.missed ? ["missed", "✕"] : call.direction === "in" ? ["in", "↙"] : ["out", "↗"];
  return h("li", {}, h("span", { class: `pill ${call.missed ? "bad" : ""}`, dataset: { sign } }, word),
    h("span", { class: "grow" }, partyName(number ?? "")), h("time", { class: "soft small" }, clockTime(call.at)),
    number && !number.includes("#") && button("Call", "plain", `again-${call.callid}-${call.at}`, () => phone.dial(number)));
}

// ---- forms and keys

/** What a form was for is done: it is empty again, and keys are about calls. */
function leave(form) {
  form.reset();
  if (form.contains(document.activeElement)) $("calls").focus({ preventScroll: true });
}

$("dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { destination, data } = Object.fromEntries(new FormData(event.target));
  if (await phone.dial(destination.trim(), data.trim())) leave(event.target);
});

fill($("keypad"), [..."123456789*0#"].map((key) => h("button", { type: "button", dataset: { key: `pad-${key}` }, "aria-label": { "*": "star", "#": "hash" }[key] ?? key, onclick: () => phone?.keys(key) }, key)));

const SHORTCUTS = [["a", "answer the call that rings longest; another is put on hold"], ["h", "hold"], ["r", "retrieve"], ["e", "hang up"], ["t", "transfer"], ["c", "conference"], ["s", "alternate between two calls"], ["b", "back to the first call"], ["d", "go to the number field"], ["w", "go to the field for a second call"], ["Esc", "leave a field"], ["0-9 * #", "send tones while you talk"], ["?", "this list"]];

function help() {
  const dialog = h("dialog", { "aria-label": "Keys" }, h("h2", {}, "Keys"), h("dl", { class: "facts" }, SHORTCUTS.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])), h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const PRESSED = {
  a: () => (phone.calls.meant("answer") ? phone.answer(phone.calls.meant("answer")) : phone.ask("answer")),
  h: () => phone.ask("hold"),
  r: () => phone.ask("retrieve", phone.calls.meant("retrieve") ? { callid: phone.calls.meant("retrieve").callid } : {}),
  e: () => phone.ask("hangup"),
  s: () => phone.ask("alternate"),
  b: () => phone.ask("reconnect"),
  t: () => document.querySelector('[data-key="transfer"]:not(:disabled)')?.click(),
  c: () => document.querySelector('[data-key="conference"]:not(:disabled)')?.click(),
  d: () => $("number").focus(),
  w: () => $("other").focus(),
  "?": help,
};

addEventListener("keydown", (event) => {
  if (!phone || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=checkbox]), dialog")) {
    if (event.key === "Escape" && !event.target.closest("dialog")) $("calls").focus({ preventScroll: true });
    return;
  }
  const key = event.key.toLowerCase(); // also with Caps Lock
  if (PRESSED[key]) PRESSED[key]();
  else if (/^[0-9*#]$/.test(event.key)) phone.keys(event.key);
  else return;
  event.preventDefault();
});

document.addEventListener("visibilitychange", () => document.hidden || phone?.look());

// ---- inside another application, and a second visit

const frame = new Frame({
  request: (name, keys) => server.request(name, { ...(phone ? { extension: phone.extension } : {}), ...keys }),
  signIn,
});

const again = query.get("extension") ?? sessionStorage.getItem(SIGNED_IN);
if (again) signIn(again, query.get("agentid") ?? "");
