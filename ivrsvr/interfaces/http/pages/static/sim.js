/** The simulator's desk: the switch as a picture, people and faults to work, time to stop, calls as ladders, messages as they pass. */

import { Disconnected, RequestFailed } from "./ivrsvr.js";
import { site } from "./simpicture.js";
import { ladder, picture, toMermaid, toSvg, toText } from "./ladder.js";
import { toGherkin, toScenario } from "./playback.js";
import { $, ask, attempt, callCount, clockTime, connect, draw, fill, h, shown, toast } from "./ui.js";

const LOOK_MS = 500;
const TRACE_MOST = 500;
const WATCHED_MOST = 300;
const MOST_ROWS = 30;
const ACTIONS = ["answer", "hangup", "dial", "hold", "retrieve", "press", "transfer", "conference", "lift", "pickup", "park", "unpark", "forward", "sendallcalls", "message"];
const WITH_NUMBER = new Set(["dial", "pickup", "park", "unpark", "forward"]);
const INCIDENTS = [["linkdown", "Link down 10 s"], ["aesrestart", "AES restarts"], ["streamcut", "Cut streams"], ["stall", "Switch stalls 10 s"], ["stationout", "Station out…"], ["trunksfull", "Trunks full…"]];

const server = connect();
const sim = (request, keys = {}) => server.request(`sim ${request}`, keys);
const act = (request, keys = {}) => attempt(() => sim(request, keys));
const watched = new Set();
let state = null;
let chosen = null;
let traced = 0;

// ---- looking

let looking = null;

/** Look at everything, once at a time: two looks at once would show the same messages twice. */
function look() {
  looking ??= see().finally(() => (looking = null));
  return looking;
}

/** Look at what has just been done: what is being asked may be of before. */
async function lookAgain() {
  await looking;
  await look();
}

async function see() {
  if (document.hidden || server.state !== "open") return;
  try {
    state = (await sim("state")).state;
    show();
    await Promise.all([showRules(), showScenarios(), showSnapshots(), showTrace()]);
    $("site").hidden = $("trace-panel").hidden = false;
    $("away").hidden = true;
  } catch (error) {
    if (!(error instanceof RequestFailed || error instanceof Disconnected)) throw error;
    const none = error.reason === "UNRECOGNIZED_OPERATION_REJECTION";
    $("away").hidden = !none;
    $("site").hidden = $("trace-panel").hidden = none;
  }
}

/** Have the calls of every device kept in the journal, so that any call can be shown as a ladder. */
function watchEverybody() {
  const devices = [...state.stations.map((one) => one.extension), ...state.vdns.map((one) => one.vdn)];
  for (const device of devices.slice(0, WATCHED_MOST)) {
    if (watched.has(device)) continue;
    watched.add(device);
    server.monitor(device, (event) => heard(event), { events: "all" }).catch((error) => error.passing && watched.delete(device));
  }
}

function heard(event) {
  if (event.eventtype === "monitorended") watched.delete(event.monitored); // where the switch began again it is watched again
  if (chosen && event.ucid !== undefined && chosen.ucids.has(event.ucid)) showLadder();
  else if (chosen && (chosen.callids.has(event.callid) || chosen.holders.has(event.calling))) showLadder();
}

function show() {
  watchEverybody();
  showBehaviours();
  showClock();
  const { stations, agents, skills, vdns, trunkgroups, calls } = state;
  draw($("picture"), [stations, agents, skills, vdns, trunkgroups, calls], () => [site(state, (callid) => choose(state.calls.find((call) => call.callid === callid)))]);
  draw($("counts"), [calls.length, state.link, state.stalled], () => [`${callCount(calls.length)} · link ${state.link}${state.stalled ? " · stalled" : ""}`]);
  const rows = calls.slice(0, MOST_ROWS);
  draw($("calls"), [rows, calls.length], () => [...rows.map(callRow), calls.length > MOST_ROWS && h("p", { class: "soft" }, `and ${calls.length - MOST_ROWS} more`)]);
  const numbers = [...stations.map((one) => [one.extension, one.name]), ...vdns.map((one) => [one.vdn, one.name]), ...skills.map((one) => [one.split, one.name])];
  draw($("numbers"), numbers, () => numbers.map(([number, name]) => h("option", { value: number }, shown(name))));
}

function showBehaviours() {
  draw($("behaviour"), state.behaviours, () => ["", ...state.behaviours].map((name) => h("option", { value: name }, name || "does nothing by itself")));
}

function callRow(call) {
  const outside = call.parties.filter((party) => party.kind === "trunk");
  const parties = call.parties.map((party) => `${shown(party.number || party.party)} ${party.state}`).join(" · ");
  const button = (label, key, doing) => h("button", { type: "button", dataset: { key: `${key}-${call.callid}` }, onclick: doing }, label);
  return h("div", {}, h("strong", { class: "mono" }, String(call.callid)), h("span", { class: "grow" }, parties), button("Ladder", "ladder", () => choose(call)),
    outside.flatMap((party) => [
      party.state !== "connect" && button("Party answers", `answers-${party.party}`, () => act("party", { party: party.party, action: "answer" })),
      button("Party hangs up", `leaves-${party.party}`, () => act("party", { party: party.party, action: "hangup" })),
    ]));
}

// ---- time

function showClock() {
  const { mode, rate, now } = state.clock;
  const button = (label, key, doing) => h("button", { type: "button", dataset: { key }, onclick: doing }, label);
  const set = (keys) => () => act("setclock", keys).then(lookAgain);
  $("now").textContent = new Date(now * 1000).toLocaleString("sv");
  draw($("clock"), [mode, rate], () => [
    h("span", { class: `pill ${mode === "virtual" ? "warn" : "good"}`, dataset: { sign: mode === "virtual" ? "❚❚" : "▶" } }, mode === "virtual" ? "stopped" : rate === 1 ? "running" : `${rate} times as fast`),
    mode === "virtual"
      ? [button("Run", "run", set({ mode: "real", rate: 1 })), button("+1 s", "one", set({ advance: 1 })), button("+10 s", "ten", set({ advance: 10 })), button("+1 min", "minute", set({ advance: 60 }))]
      : [button("Stop", "freeze", set({ mode: "virtual" })), rate === 1 ? button("×10", "fast", set({ mode: "real", rate: 10 })) : button("×1", "fast", set({ mode: "real", rate: 1 }))]]);
}

// ---- people

fill($("action"), ACTIONS.map((action) => h("option", {}, action)));

$("call-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { from, to, behaviour } = Object.fromEntries(new FormData(event.target));
  if (await act("call", { from, to: to.trim(), ...(behaviour ? { behaviour } : {}) })) lookAgain();
});

$("hand").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { extension, action, detail } = Object.fromEntries(new FormData(event.target));
  const keys = WITH_NUMBER.has(action) ? { number: detail.trim() } : action === "press" ? { digits: detail.trim() } : {};
  if (await act("phone", { extension: extension.trim(), action, ...keys })) lookAgain();
});

// ---- faults

fill($("incidents"), INCIDENTS.map(([fault, label]) => h("button", { type: "button", dataset: { key: fault }, onclick: () => incident(fault) }, label)));

async function incident(fault) {
  let more = {};
  if (fault === "stationout" || fault === "trunksfull") {
    const key = fault === "stationout" ? "station" : "trunkgroup";
    const given = await ask(fault === "stationout" ? "A station goes out of service" : "All trunks of a group are taken", [{ name: key, label: fault === "stationout" ? "Station" : "Trunk group", required: true }, { name: "lasting", label: "Seconds", value: "30", type: "number" }]);
    if (!given) return;
    more = { [key]: given[key].trim(), lasting: Number(given.lasting) };
  }
  if (await act("fault", { fault, ...more })) lookAgain();
}

$("fault").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { fault, service, device, detail, count } = Object.fromEntries(new FormData(event.target));
  const keys = { fault, service: service.trim() || "*", count: Number(count) || 0 };
  if (device.trim()) keys.device = device.trim();
  if (detail.trim()) keys[fault === "delay" ? "seconds" : "cause"] = fault === "delay" ? Number(detail) : detail.trim();
  if (await act("fault", keys)) lookAgain();
});

async function showRules() {
  const { faults } = await sim("faults");
  const row = (rule) => h("li", { class: "row" }, h("span", { class: "grow mono small" }, Object.entries(rule).filter(([, value]) => value !== "" && value !== null).map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(" · ")),
    h("button", { type: "button", class: "plain", dataset: { key: `rule-${rule.number}` }, "aria-label": `Delete rule ${rule.number}`, onclick: () => act("nofault", { number: rule.number }).then(lookAgain) }, "×"));
  draw($("rules"), faults, () => [faults.length ? h("ul", { class: "recent" }, faults.map(row)) : h("p", { class: "soft small" }, "No rules in force.")]);
}

// ---- scenarios, worlds, snapshots

async function showScenarios() {
  const { scenarios, performance: going } = await sim("scenarios");
  draw($("scenarios"), scenarios, () => scenarios.map((name) => h("option", {}, name)));
  draw($("performance"), going, () => [going ? `${going.scenario || "A scenario"}: ${going.stage}${going.reason ? ` (${going.reason})` : ""}, ${Math.round(going.progress * 100)}%${going.stage === "over" ? (going.passed ? ", every expectation was met" : `, not met: ${going.failures.length}`) : ""}` : ""]);
}

$("scenario").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await act("scenario", { scenario: $("scenarios").value })) toast("The scenario is being played.", "good");
});
$("stop-scenario").addEventListener("click", () => act("noscenario"));
$("reset").addEventListener("click", async () => (await ask("Begin again? Every call is gone then.", [], "Begin again")) && act("reset").then(lookAgain));

$("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const text = await file.text();
  const found = await act("load", { text, name: file.name });
  if (found) toast(`${file.name} is loaded: ${found.kind}.`, "good");
  lookAgain();
});

$("save").addEventListener("click", async () => {
  const given = await ask("Save the whole switch as it is", [{ name: "name", label: "Name", value: "default", required: true }], "Save");
  if (given) await act("snapshot", { action: "save", name: given.name.trim() }).then(lookAgain);
});

async function showSnapshots() {
  const { snapshots } = await sim("snapshots");
  const button = (name, action, label) => h("button", { type: "button", class: "plain", dataset: { key: `${action}-${name}` }, onclick: () => act("snapshot", { action, name }).then(lookAgain) }, label);
  draw($("snapshots"), snapshots, () => [snapshots.length ? h("ul", { class: "recent" }, snapshots.map(({ name, at, calls }) => h("li", {}, h("span", { class: "grow" }, `${shown(name)}, ${clockTime(at)}, ${callCount(calls)}`), button(name, "restore", "Go back to it"), button(name, "delete", "Forget")))) : h("p", { class: "soft small" }, "No snapshots.")]);
}

// ---- one call as a ladder

async function choose(call) {
  if (!call) return;
  chosen = { ucid: call.ucid, ucids: new Set([call.ucid]), callids: new Set([call.callid]), holders: new Set(), callid: call.callid };
  $("ladder-panel").hidden = false;
  await showLadder();
  $("ladder-panel").scrollIntoView({ block: "nearest" });
}

let heardOf = [];
let found = { lines: [], steps: [] };

/** What happened on a call, and on the calls that somebody made while holding it: consultations, which may have come to nothing. */
async function lifeOf(ucid) {
  const told = new Map();
  const take = async (one) => {
    const { ucids, list } = await server.request("callhistory", { ucid: one });
    for (const record of list) told.set(record.eventid, record);
    return { ucids: new Set(ucids), list };
  };
  const { ucids, list } = await take(ucid);
  for (const { eventtype, eventid, time, event } of list) {
    if (eventtype !== "hold") continue;
    const station = event.holding;
    const after = (await server.history(station, { since: time })).filter((one) => one.eventid > eventid);
    const back = after.findIndex((one) => one.eventtype === "retrieve" && one.retrieving === station && one.callid === event.callid);
    const made = after.slice(0, back < 0 ? undefined : back).filter((one) => one.calling === station && one.ucid && one.callid !== event.callid);
    for (const one of made) if (!ucids.has(one.ucid)) (await take(one.ucid)).ucids.forEach((more) => ucids.add(more));
  }
  return { ucids, list: [...told.values()].sort((one, other) => one.eventid - other.eventid) };
}

let reading = false;
let stale = false;

/** Show the chosen call as it is now: what happens while it is read is read as well. */
async function showLadder() {
  stale = true;
  if (reading) return;
  reading = true;
  try {
    while (stale) {
      stale = false;
      await readLadder();
    }
  } finally {
    reading = false;
  }
}

async function readLadder() {
  const { ucid } = chosen;
  try {
    const life = await lifeOf(ucid);
    if (chosen?.ucid !== ucid) return;
    life.ucids.forEach((one) => chosen.ucids.add(one));
    life.list.forEach(({ eventtype, event }) => {
      if (event.callid) chosen.callids.add(event.callid);
      if (eventtype === "hold") chosen.holders.add(event.holding);
    });
    heardOf = life.list;
    found = ladder(heardOf);
  } catch (error) {
    if (error instanceof Disconnected) return; // what stands there stays
    if (!(error instanceof RequestFailed)) throw error;
    [heardOf, found] = [[], { lines: [], steps: [] }];
  }
  const only = $("only").value.trim();
  const seen = only ? { lines: found.lines.filter((line) => found.steps.some((step) => [step.from, step.to].includes(line) && [step.from, step.to].includes(only))), steps: found.steps.filter((step) => [step.from, step.to].includes(only)) } : found;
  $("ladder-title").textContent = `Call ${chosen.callid}, ${ucid}`;
  fill($("ladder"), seen.steps.length ? picture(seen) : h("p", { class: "soft" }, "Nothing was recorded of this call: it began before this page was open."));
}
$("only").addEventListener("input", () => chosen && showLadder());

const stations = () => new Set(state.stations.map((one) => one.extension));
const agents = () => new Map(state.agents.map((one) => [one.extension, one.agentid]));
const EXPORTS = [
  ["SVG", "svg", "image/svg+xml", () => toSvg(found)],
  ["Mermaid", "mmd", "text/plain", () => toMermaid(found)],
  ["Text", "txt", "text/plain", () => toText(found)],
  ["Gherkin", "feature", "text/plain", () => toGherkin(heardOf, stations(), agents())],
  ["Scenario", "yaml", "text/yaml", () => toScenario(heardOf, stations(), agents())],
];
fill($("exports"), EXPORTS.map(([label, ending, media, make]) => h("button", { type: "button", dataset: { key: `export-${ending}` }, onclick: () => save(`call-${chosen.callid}.${ending}`, media, make()) }, label)));

function save(name, media, text) {
  const url = URL.createObjectURL(new Blob([text], { type: media }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// ---- the messages

async function showTrace() {
  if ($("follow").getAttribute("aria-pressed") !== "true") return;
  const { last, trace } = await sim("trace", { since: traced, extension: $("mention").value.trim(), most: TRACE_MOST });
  traced = last;
  if (!trace.length) return;
  const place = $("trace");
  const below = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  place.append(...trace.map((one) => h("div", { class: /Failure/.test(one.pdu) ? "refused" : one.way === "->" ? "to" : "from" }, `${clockTime(one.time)} ${one.stream} ${one.way} ${shown(one.text, 2000)}`)));
  while (place.children.length > TRACE_MOST) place.firstElementChild.remove();
  if (below) place.scrollTop = place.scrollHeight;
}

$("follow").addEventListener("click", (event) => event.currentTarget.setAttribute("aria-pressed", String(event.currentTarget.getAttribute("aria-pressed") !== "true")));
$("wipe").addEventListener("click", () => fill($("trace")));
$("mention").addEventListener("change", () => { fill($("trace")); traced = 0; });
$("trace-form").addEventListener("submit", (event) => event.preventDefault());

// ---- always

async function loop() {
  await look();
  setTimeout(loop, LOOK_MS);
}
loop();
