/** The trainer's page: chooses a training, watches the session, steers it, reads reports. */

import { STATE_NAMES } from "./calls.js";
import { RequestFailed } from "./ivrsvr.js";
import { Line } from "./line.js";
import { $, attempt, connect, counter, draw, duration, fill, followClock, h, partyName, shown } from "./ui.js";
import { PHASES, STAGES, date, line, marks, moodPill, pill, pointsText, progress, report, underWay } from "./trainshow.js";

const LOOK_MS = 600;
const TRAINER = "ivrsvr.trainer";
const FAULTS = [["linkdown", "the link to the switch"], ["aesrestart", "the AES, which restarts"], ["stall", "the switch, which answers nothing"], ["stationout", "a telephone", "station"], ["trunksfull", "a trunk group, which is full", "trunkgroup"]];

const server = connect();
followClock(server);
const train = (request, keys = {}) => server.request(`train ${request}`, keys);
const act = async (request, keys = {}) => {
  const answer = await attempt(() => train(request, keys));
  await look();
  return answer;
};

let session = null;
let fresh = false;
let seen = 0;
let trainings = [];
let own = null;
let phone = null;

// ---- looking

let looking = false;
async function look() {
  if (looking || server.state !== "open") return;
  looking = true;
  try {
    const found = await train("state", { since: seen });
    take(found);
  } catch (error) {
    if (!(error instanceof RequestFailed)) return;
    const away = error.reason === "UNRECOGNIZED_OPERATION_REJECTION";
    $("away").hidden = !away;
    $("session").hidden = away || $("session").hidden;
    if (away) clearInterval(beat);
  } finally {
    looking = false;
  }
}

function take({ session: found, interrupted }) {
  $("interrupted").hidden = !interrupted;
  if (interrupted) $("interrupted").textContent = `Session ${interrupted.number} of ${shown(interrupted.trainee)} (${shown(interrupted.title)}) was interrupted: ${shown(interrupted.reason)}. Its report is among the reports.`;
  if (found?.number !== session?.number && seen) {
    // Another session: its log is wanted from the beginning.
    forget();
    setTimeout(look);
    return;
  }
  const lines = found?.log ?? [];
  session = found;
  const live = Boolean(session) && !(fresh && !underWay(session.stage));
  $("assign-panel").hidden = live || !trainings.length;
  $("live").hidden = !live;
  if (!live) return void watch(null);
  if (underWay(session.stage)) fresh = false;
  watch(session);
  for (const one of lines.filter((one) => one.number > seen)) {
    $("log").prepend(line(one));
    seen = one.number;
  }
  showSession();
}

function forget() {
  seen = 0;
  $("log").replaceChildren();
}

// ---- the live view

function showSession() {
  const { stage, missing } = session;
  $("live-title").textContent = shown(session.title);
  $("live-who").textContent = `Session ${session.number}: ${shown(session.trainee)} at ${session.extension}${session.agent ? `, agent ${shown(session.agent)}` : ""}${session.trainer ? `; trainer ${shown(session.trainer)}` : ""}`;
  const [kind, sign, word] = STAGES[stage];
  Object.assign($("stage"), { className: `pill ${kind}`, textContent: word });
  $("stage").dataset.sign = sign;
  $("elapsed").textContent = `${duration(session.seconds)} / ${duration(session.duration)}`;
  $("missing").hidden = !(missing || session.reason);
  $("missing").textContent = missing ? `Not there yet: ${shown(missing)}` : shown(session.reason);
  $("help-panel").hidden = !underWay(stage);
  draw($("steer"), [stage, Boolean(missing), session.number], steering);
  draw($("callers"), session.callers.map((caller) => [caller, stage]), () => session.callers.map(callerCard));
  $("crowd").textContent = session.crowd ? `and ${session.crowd} others from the crowd at the trainee's telephone` : "";
  $("trainee-state").textContent = session.statetext ? `${shown(session.trainee)} ${session.statetext}.` : missing ? "Not there yet." : `${shown(session.trainee)} is there.`;
  draw($("marks"), session.marks, () => [marks(session)]);
}

function steering() {
  const button = (label, kind, key, doing, off = false) => h("button", { type: "button", class: kind, dataset: { key }, disabled: off, onclick: doing }, label);
  const { stage, missing, number } = session;
  if (!underWay(stage)) return [button("New session", "primary", "new", () => { fresh = true; loadTrainings(); take({ session }); }), h("a", { class: "button", href: `#report=${number}` }, "Report")];
  return [
    stage === "assigned" && button("Start", "good", "start", () => act("start"), Boolean(missing)),
    stage === "running" && button("Pause", "", "pause", () => act("pause")),
    stage === "paused" && button("Go on", "good", "resume", () => act("resume")),
    button("End", "bad", "end", () => act("end")),
  ];
}

function callerCard(caller) {
  const phase = PHASES[caller.phase];
  const away = caller.phase === "to come" || caller.phase === "gone";
  const when = caller.at === null ? "comes when you say so" : caller.phase === "to come" ? `at ${duration(caller.at)}` : "";
  return h("div", { class: `caller ${phase[0]}`, role: "listitem", "aria-label": caller.name },
    h("div", { class: "row" }, h("strong", { class: "grow" }, shown(caller.name)), moodPill(caller.mood), pill(phase)),
    h("p", { class: "soft small" }, [shown(caller.wants, 500), caller.targets.length ? `right: ${caller.targets.map((one) => shown(one)).join(", ")}` : "", caller.phase === "to come" || caller.at === null ? when : ""].filter(Boolean).join(" · ")),
    caller.said && h("p", { class: "quote", dir: "auto", lang: caller.language }, shown(caller.said, 2000)),
    caller.checklist.length > 0 && h("ul", { class: "items" }, caller.checklist.map((item) => h("li", { class: item.done ? "done" : "soft" }, `${item.done ? "✓" : "□"} ${shown(item.text, 500)}`))),
    (caller.lost || (away && ["running", "paused"].includes(session.stage))) && h("div", { class: "row" },
      caller.lost && pill(["bad", "✕", "lost"]),
      away && ["running", "paused"].includes(session.stage) && h("button", { type: "button", dataset: { key: `call-${caller.name}` }, "aria-label": `Call now: ${caller.name}`, onclick: () => act("call", { caller: caller.name }) }, "Call now")));
}

/** The trainee's calls, from the same events that the trainee's own telephone gets. */
async function watch(one) {
  const extension = one && underWay(one.stage) ? one.extension : "";
  if (extension === (phone?.extension ?? "")) return;
  phone?.end();
  phone = null;
  draw($("trainee-calls"), null, () => []);
  if (!extension) return;
  const mine = new Line(server, extension, () => showCalls(mine));
  phone = mine;
  // A telephone that cannot be followed is told by the session itself.
  await mine.begin().catch(() => null);
  if (phone !== mine) return void mine.end();
  showCalls(mine);
}

function showCalls(mine) {
  if (phone !== mine) return;
  const row = (call) => h("div", { class: "row", role: "listitem" }, pill(STATE_NAMES[call.state]), h("span", { class: "grow" }, call.parties.map((party) => partyName(party, call.calling)).join(", ")), counter(call.since, server));
  const calls = mine.calls.list();
  draw($("trainee-calls"), calls, () => (calls.length ? calls.map(row) : [h("p", { class: "soft calls-now", role: "listitem" }, "No calls.")]));
}

$("comment").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = new FormData(event.target).get("text").trim();
  if (text && (await act("comment", { text }))) event.target.reset();
});

fill($("faults"), FAULTS.map(([fault, label]) => h("option", { value: fault }, label)));
const detailOf = (fault) => FAULTS.find(([name]) => name === fault)?.[2];
const showDetail = () => { $("fault-detail").hidden = !detailOf($("faults").value); };
$("faults").addEventListener("change", showDetail);
showDetail();
$("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const { fault, detail, lasting } = Object.fromEntries(new FormData(event.target));
  const key = detailOf(fault);
  act("fault", { fault, lasting: Number(lasting) || 20, ...(key ? { [key]: detail.trim() } : {}) });
});

// ---- a new session

const CHOSEN_FILE = "(file)";

async function loadTrainings() {
  const found = await attempt(() => train("scenarios"));
  const rank = (one) => [one.needsagent ? 1 : 0, one.callers.length, one.seconds];
  if (found) trainings = found.trainings.sort((one, other) => rank(one).map((value, index) => value - rank(other)[index]).find(Boolean) ?? 0);
  showTrainings();
  await showKnown();
}

function showTrainings() {
  const chosen = new FormData($("assign")).get("scenario") ?? (own ? CHOSEN_FILE : "first-call");
  const choice = (one, value) => h("label", {}, h("input", { type: "radio", name: "scenario", value, checked: value === chosen, onchange: showBriefing }),
    h("span", {}, h("strong", { lang: one.language }, shown(one.title)), h("span", { class: "small" }, shown(one.description, 300)),
      h("span", { class: "small" }, `${Math.round(one.seconds / 60)} min · ${one.callers.length} ${one.callers.length === 1 ? "caller" : "callers"} · ${one.language}${one.needsagent ? " · as an agent" : ""}`)));
  fill($("trainings"), [own && choice(own.training, CHOSEN_FILE), ...trainings.map((one) => choice(one, one.scenario))]);
  showBriefing();
}

function chosenTraining() {
  const value = new FormData($("assign")).get("scenario");
  return value === CHOSEN_FILE ? own?.training : trainings.find((one) => one.scenario === value);
}

function showBriefing() {
  const one = chosenTraining();
  $("briefing").textContent = one ? shown(one.briefing.replaceAll("\n", " "), 2000) : "";
  $("briefing").lang = one?.language ?? "en";
  $("agent-label").hidden = !one?.needsagent;
  $("assign").elements.agent.required = Boolean(one?.needsagent);
}

$("file").addEventListener("change", async () => {
  const [file] = $("file").files;
  $("file").value = "";
  if (!file) return;
  const text = await file.text();
  try {
    own = { text, training: (await train("check", { text })).training };
    own.training.description ||= file.name;
    $("mistake").textContent = "";
    $("assign").querySelectorAll("[name=scenario]").forEach((one) => { one.checked = false; });
    showTrainings();
    $("trainings").querySelector("input")?.focus();
  } catch (error) {
    $("mistake").textContent = `${shown(file.name)}: ${shown(error.message, 500)}`;
  }
});

$("assign").elements.trainer.value = localStorage.getItem(TRAINER) ?? "";
$("assign").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { scenario, trainee, extension, agent, trainer } = Object.fromEntries(new FormData(event.target));
  localStorage.setItem(TRAINER, trainer);
  const what = scenario === CHOSEN_FILE ? { text: own.text } : { scenario };
  const needed = chosenTraining()?.needsagent;
  fresh = false;
  const made = await act("assign", { ...what, trainee, extension: extension.trim(), agent: needed ? agent.trim() : "", trainer });
  if (!made) fresh = true;
});

// ---- reports

async function showKnown() {
  const found = await attempt(() => train("reports"));
  if (!found) return [];
  const names = [...new Set(found.reports.map((one) => one.trainee))].sort();
  fill($("known"), names.map((name) => h("option", { value: name })));
  const whose = $("whose").value;
  fill($("whose"), h("option", { value: "" }, "all"), names.map((name) => h("option", { value: name, selected: name === whose }, shown(name))));
  return found.reports;
}

async function showReports() {
  const all = await showKnown();
  const whose = $("whose").value;
  const mine = all.filter((one) => !whose || one.trainee === whose);
  const chart = whose ? progress([...mine].reverse()) : null;
  fill($("progress"), chart);
  const mark = (one, name) => pointsText(one.marks.find((mark) => mark.name === name)?.points);
  const names = all[0]?.marks.map((mark) => [mark.name, mark.label]) ?? [];
  const row = (one) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: `#report=${one.number}` }, `#${one.number}`)), h("td", {}, date(one.begun)), h("td", {}, shown(one.trainee)), h("td", {}, shown(one.title)),
    h("td", {}, pill(STAGES[one.stage] ?? STAGES.ended)), h("td", {}, h("strong", {}, pointsText(one.points)), one.passed ? " passed" : ""), names.map(([name]) => h("td", {}, mark(one, name))));
  fill($("list"), mine.length
    ? h("table", {}, h("thead", {}, h("tr", {}, ["Session", "When", "Trainee", "Training", "Stage", "Points"].map((name) => h("th", { scope: "col" }, name)), names.map(([, label]) => h("th", { scope: "col" }, label)))), h("tbody", {}, mine.map(row)))
    : h("p", { class: "empty" }, "No sessions yet."));
}

async function showReport(number) {
  const found = await attempt(() => train("report", { number }));
  if (!found) return void (location.hash = "#reports");
  const one = found.report;
  const button = (label, key, doing) => h("button", { type: "button", dataset: { key }, onclick: doing }, label);
  fill($("report"), report(one, [
    button("Print", "print", () => print()),
    button("CSV", "csv", async () => { const sheet = await attempt(() => train("csv", { number })); if (sheet) save(`session-${number}.csv`, "text/csv", sheet.csv); }),
    button("JSON", "json", () => save(`session-${number}.json`, "application/json", JSON.stringify(one, null, 1))),
  ]));
  document.title = `Session ${number} · ${shown(one.trainee)} · ivrsvr`;
}

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

$("whose").addEventListener("change", showReports);
$("sheet").addEventListener("click", async () => {
  const sheet = await attempt(() => train("csv", { trainee: $("whose").value }));
  if (sheet) save("training.csv", "text/csv", sheet.csv);
});

// ---- which part is seen

async function show() {
  const number = Number(/^#report=(\d+)$/.exec(location.hash)?.[1] ?? 0);
  const part = number ? "report" : location.hash === "#reports" ? "reports" : "session";
  for (const name of ["session", "reports", "report"]) $(name).hidden = name !== part;
  for (const name of ["session", "reports"]) {
    if (name === (part === "report" ? "reports" : part)) $(`to-${name}`).setAttribute("aria-current", "page");
    else $(`to-${name}`).removeAttribute("aria-current");
  }
  document.title = "Training · ivrsvr";
  if (part === "reports") await showReports();
  if (part === "report") await showReport(number);
}

addEventListener("hashchange", show);
let greeted = false;
server.onState((state) => {
  if (state !== "open") return;
  look();
  if (!trainings.length) loadTrainings().then(look);
  if (!greeted) show();
  greeted = true;
});
const beat = setInterval(look, LOOK_MS);
