/** The wallboard: skills, agents, VDNs and trunk groups, from events and queries that any client may use. */

import uPlot from "./vendor/uPlot.js";
import { RequestFailed } from "./ivrsvr.js";
import { Wall, history, serviceLevel } from "./wallmodel.js";
import { $, arrange, ask, attempt, clockTime, connect, counter, duration, fill, followClock, h, mayPass, rest, shown, tellingOfLink, toast } from "./ui.js";

const CHOICE = "ivrsvr.wall";
const DRAW_MS = 500;
const COUNTS_MS = 2000;
const AGENTS_MS = 10_000;
const IN_FLIGHT = 8;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
const DEFAULTS = { skills: "", vdns: "", trunks: "", target: "20", waiting: "3,8", oldest: "30,90", level: "80,60" };

const server = connect();
followClock(server);
let choice = { ...DEFAULTS, ...JSON.parse(localStorage.getItem(CHOICE) ?? "{}"), ...Object.fromEntries(new URLSearchParams(location.search)) };
let wall = new Wall(Number(choice.target));
const names = new Map();
const counts = new Map();
const trunks = new Map();
const agents = new Map();
let monitors = [];
let changed = true;
let begun = false;
/** Nobody has chosen anything: what the simulator's world has is shown, also when it gets another one. */
let suggested = false;
let starting = 0;

const list = (text) => text.split(/[\s,;]+/).filter(Boolean);
const limits = (text) => text.split(",").map(Number);

// ---- where the figures come from

/** Begin, and begin again until it works: nobody stands at a wallboard to load it anew. reason: why again, "" = at first. */
async function start(reason = "") {
  const mine = ++starting;
  let wait = reason ? FIRST_RETRY_MS : 0;
  for (;;) {
    if (wait) await until(reason, wait, () => mine === starting);
    if (mine !== starting) return;
    try {
      await begin(mine);
      return;
    } catch (error) {
      if (!mayPass(error)) throw error;
      reason = error.message;
    }
    wait = Math.min(Math.max(FIRST_RETRY_MS, wait * 2), LAST_RETRY_MS);
  }
}

/** Let some time go by, and say what is waited for. */
async function until(reason, ms, still) {
  for (let left = Math.round(ms / 1000); left > 0 && still(); left--) {
    $("again").textContent = `Figures cannot be had: ${shown(reason, 300)}. Trying again in ${left} s.`;
    $("again").hidden = false;
    await new Promise((done) => setTimeout(done, 1000));
  }
}

async function begin(mine) {
  if (suggested || (!choice.skills && !choice.vdns)) await suggest();
  await Promise.all(monitors.splice(0).map((stop) => stop()));
  if (mine !== starting) return;
  wall = new Wall(Number(choice.target) || 20);
  agents.clear();
  counts.clear();
  trunks.clear();
  const vdns = list(choice.vdns);
  const skills = list(choice.skills);
  vdns.forEach((vdn) => wall.vdn(vdn));
  skills.forEach((skill) => wall.skill(skill));
  $("nothing").hidden = vdns.length + skills.length > 0;
  await Promise.all([...vdns, ...skills].map(watch));
  if (mine !== starting) return;
  tellOfLink({ eventtype: "linkup" }); // nobody may have been there to be told
  $("again").hidden = true;
  begun = changed = true;
  soon.agents = 0;
  refresh();
}

/** On the simulator, show what it has. */
async function suggest() {
  const found = await rest("GET", "/sim/state").catch(unlessPassing);
  if (!found) return;
  const { state } = found;
  choice.skills = state.skills.map((skill) => skill.split).join(", ");
  choice.trunks = state.trunkgroups.map((group) => group.tag).join(", ");
  choice.vdns = state.vdns.map((vdn) => vdn.vdn).join(", ");
  suggested = true;
}

/** What is refused for good is done without; anything else is for `start` to try again. */
function unlessPassing(error) {
  if (mayPass(error) || !(error instanceof RequestFailed)) throw error;
  return null;
}

async function watch(device) {
  const found = await server.request("querydevicename", { extension: device }).catch(unlessPassing);
  names.set(device, found?.name ?? "");
  // What the journal still has of today.
  const past = await server.history(device).catch(unlessPassing);
  for (const event of past ?? []) wall.take({ monitored: device, ...event });
  try {
    monitors.push(await server.monitor(device, take, { events: "all" }));
  } catch (error) {
    if (mayPass(error)) throw error;
    toast(error.message, "bad");
  }
}

const tellOfLink = tellingOfLink("The link to the switch is down: figures stand still.");

function take(event) {
  tellOfLink(event);
  if (event.eventtype === "monitorended") attempt(() => start(event.error ?? `nothing is told of ${event.monitored} any more`));
  if (event.eventtype === "connect" && agents.has(event.answering)) seen(event.answering, "talking", "", server.moment(event));
  if (["agentlogin", "agentlogout", "linkup"].includes(event.eventtype)) soon.agents = 0;
  wall.take(event);
  changed = true;
}

// Events tell of calls; agents' states and trunks have to be asked for, politely.
const soon = { agents: 0 };
let asking = 0;

async function refresh() {
  const mine = ++asking;
  while (mine === asking) {
    if (server.state === "open") {
      await Promise.all([...list(choice.skills).map(count), ...list(choice.trunks).map(countTrunks)]);
      if (performance.now() >= soon.agents) {
        soon.agents = performance.now() + AGENTS_MS;
        await lookAtAgents();
      }
    }
    await new Promise((done) => setTimeout(done, COUNTS_MS));
  }
}

const quietly = (asked) => asked.catch(() => null);

const count = (split) => look(counts, split, "queryacdsplit", { split });
const countTrunks = (tag) => look(trunks, tag, "querytrunkgroup", { tag });

/** What cannot be had just now stands as it was. What is there no longer is not shown either: the simulator has another world. */
async function look(figures, device, request, keys) {
  const mine = starting;
  try {
    const found = await server.request(request, keys);
    if (mine === starting) figures.set(device, found);
  } catch (error) {
    if (!mayPass(error) && figures.delete(device) && suggested && mine === starting) attempt(() => start(error.message));
  }
  changed = true;
}

async function lookAtAgents() {
  const lists = await Promise.all(list(choice.skills).map((split) => quietly(server.request("queryagentlogin", { split }))));
  if (lists.includes(null)) return;
  const here = new Set(lists.flatMap((found) => found.list.map((one) => one.extension)));
  for (const extension of agents.keys()) if (!here.has(extension)) agents.delete(extension);
  const waiting = [...here].sort();
  const look = async () => {
    for (let extension = waiting.pop(); extension !== undefined; extension = waiting.pop()) await lookAt(extension);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, look));
}

async function lookAt(extension) {
  const [found] = await Promise.all([quietly(server.request("queryagentstate", { extension, since: true })), names.has(extension) || nameOf(extension)]);
  if (!found || found.skillmode === "null") return;
  const ready = found.skillmode === "auto" || found.skillmode === "manual";
  const state = found.talkstate !== "idle" ? "talking" : ready ? "available" : found.skillmode;
  seen(extension, state, found.skillmode === "aux" && found.reasoncode ? String(found.reasoncode) : "", found.since);
}

async function nameOf(device) {
  const found = await quietly(server.request("querydevicename", { extension: device }));
  if (found) names.set(device, found.name ?? "");
}

/** since: when the state began; the server tells whole seconds. */
function seen(extension, state, reason, since) {
  const known = agents.get(extension);
  if (known && known.state === state && known.reason === reason && Math.abs(known.since - since) <= 1) return;
  agents.set(extension, { extension, state, reason, since });
  changed = true;
}

// ---- what is seen

const STATES = { available: ["good", "●", "available"], talking: ["accent", "▶", "talking"], acw: ["calm", "✎", "after-call work"], aux: ["warn", "❚❚", "aux"] };
const RANK = Object.keys(STATES);

/** good, warn or bad by two limits; `rising` = more is worse. */
function verdict(value, [first, second], rising = true) {
  if (value === null || value === undefined) return "good";
  const over = (limit) => (rising ? value >= limit : value < limit);
  return over(second) ? "bad" : over(first) ? "warn" : "good";
}

const WORST = ["good", "warn", "bad"];
const SIGNS = { good: ["●", "well"], warn: ["▲", "watch"], bad: ["✕", "act"] };

function tile(skill) {
  const line = wall.skill(skill);
  const count = counts.get(skill);
  const waiting = count?.callsqueue ?? line.waiting.size;
  const since = waiting ? line.oldest() : null;
  const oldest = since === null ? 0 : Math.max(0, server.now() - since);
  const level = serviceLevel(line.totals);
  const verdicts = [verdict(waiting, limits(choice.waiting)), verdict(oldest, limits(choice.oldest)), verdict(level, limits(choice.level), false)];
  const worst = WORST[Math.max(...verdicts.map((one) => WORST.indexOf(one)))];
  const number = (value, label, first = "") => h("div", { class: `number ${first}` }, h("dt", {}, label), h("dd", {}, value));
  return h("article", { class: `panel tile ${worst}`, "aria-label": `Skill ${skill}` },
    h("div", { class: "row spread" }, h("h2", {}, shown(names.get(skill) || skill), " ", h("span", { class: "soft small" }, skill)),
      h("span", { class: `pill ${worst}`, dataset: { sign: SIGNS[worst][0] } }, SIGNS[worst][1])),
    h("dl", { class: "numbers" },
      number(String(waiting), "waiting", "first"),
      number(waiting && since !== null ? duration(oldest) : "–", "longest wait"),
      number(level === null ? "–" : `${level}%`, `within ${wall.target}\u00a0s`),
      number(String(line.totals.abandoned), "gave up"),
      number(String(line.totals.answered), "answered"),
      number(String(count?.agentsavailable ?? "–"), "free agents"),
      number(String(count?.agentslogon ?? "–"), "logged in")));
}

const shownAgents = new Map();

function drawAgents() {
  const all = [...agents.values()].sort((one, other) => RANK.indexOf(one.state) - RANK.indexOf(other.state) || one.extension.localeCompare(other.extension));
  const totals = Object.fromEntries(RANK.map((state) => [state, all.filter((agent) => agent.state === state).length]));
  fill($("bar"), RANK.filter((state) => totals[state]).map((state) => {
    const part = h("span", { class: STATES[state][0] });
    part.style.flex = String(totals[state]);
    return part;
  }));
  $("bar").setAttribute("aria-label", `Agents by state: ${RANK.map((state) => `${totals[state]} ${STATES[state][2]}`).join(", ")}`);
  fill($("legend"), RANK.map((state) => h("span", { class: `pill ${STATES[state][0]}`, dataset: { sign: STATES[state][1] } }, `${totals[state]} ${STATES[state][2]}`)));
  for (const extension of shownAgents.keys()) if (!agents.has(extension)) shownAgents.delete(extension);
  const elements = all.map((agent) => {
    const before = shownAgents.get(agent.extension);
    if (before?.agent === agent) return before.element;
    const [kind, sign, word] = STATES[agent.state];
    const element = h("div", { class: "agent" },
      h("span", { class: `pill ${kind}`, dataset: { sign }, title: word }, h("span", { class: "unseen" }, word), agent.reason),
      h("span", { class: "name" }, shown(names.get(agent.extension) || agent.extension)), h("span", { class: "soft small" }, agent.extension), counter(agent.since, server));
    shownAgents.set(agent.extension, { agent, element });
    return element;
  });
  arrange($("agents"), elements);
}

function drawLines() {
  const row = (cells) => h("tr", {}, cells.map((cell, index) => h(index ? "td" : "th", index ? {} : { scope: "row" }, cell)));
  const vdns = list(choice.vdns).map((vdn) => {
    const line = wall.vdn(vdn);
    const { offered, answered, abandoned } = line.totals;
    return row([`${shown(names.get(vdn) || "")} ${vdn}`, String(line.waiting.size), String(offered), String(answered), String(abandoned)]);
  });
  const groups = list(choice.trunks).map((tag) => {
    const { idletrunks = "–", usedtrunks = "–" } = trunks.get(tag) ?? {};
    return row([tag, String(usedtrunks), String(idletrunks)]);
  });
  const table = (head, rows) => rows.length > 0 && h("table", {}, h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows));
  fill($("lines"), table(["VDN", "before answer", "came", "answered", "gave up"], vdns), table(["Trunk group", "busy", "free"], groups));
}

let chart = null;

function drawChart() {
  const lines = wall.vdns.size ? [...wall.vdns.values()] : [...wall.skills.values()];
  const rows = history(lines, server.now() ?? wall.now);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const data = [rows.times, rows.offered, rows.answered, rows.abandoned];
  const width = Math.max(260, $("chart").clientWidth);
  const theme = document.documentElement.dataset.theme;
  if (chart?.theme !== theme) {
    chart?.plot.destroy();
    const points = { show: false };
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 } };
    const plot = new uPlot({
      width, height: 220, cursor: { show: false }, scales: { y: { range: (_, __, most) => [0, Math.max(4, most)] } },
      series: [{}, { label: "came", stroke: colour("--soft"), dash: [6, 4], points }, { label: "answered", stroke: colour("--good"), width: 2, points }, { label: "gave up", stroke: colour("--bad"), width: 2, dash: [2, 3], points }],
      axes: [{ ...axis, values: (_, times) => times.map((time) => clockTime(time).slice(0, 5)) }, axis], legend: { live: false, markers: { width: 3, dash: (_, series) => ["solid", "dashed", "solid", "dotted"][series] } },
    }, data, $("chart"));
    chart = { plot, theme, width };
  } else {
    chart.plot.setData(data);
    if (chart.width !== width) chart.plot.setSize({ width, height: 220 });
    chart.width = width;
  }
  const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
  $("chart-text").textContent = `In the last four hours ${sum(rows.offered)} calls came, ${sum(rows.answered)} were answered, ${sum(rows.abandoned)} gave up.`;
}

const drawn = { chart: -Infinity };

/** Nothing is shown before there is something to show: what stands there does not move any more. */
function draw() {
  if (!begun) return;
  $("below").hidden = false;
  const moment = performance.now();
  const waiting = [...wall.skills.values()].some((line) => line.waiting.size);
  if (changed || waiting) {
    changed = false;
    fill($("skills"), list(choice.skills).map(tile));
    drawAgents();
    drawLines();
  }
  $("told").textContent = server.now() === null ? "" : clockTime(server.now());
  if (moment - drawn.chart > 5000 || chart?.theme !== document.documentElement.dataset.theme) {
    drawn.chart = moment;
    drawChart();
  }
}

function loop() {
  requestAnimationFrame(draw);
  setTimeout(loop, DRAW_MS);
}

// ---- what people choose

$("choose").addEventListener("click", async () => {
  const given = await ask("What to show", [
    { name: "skills", label: "Skills (splits)", value: choice.skills },
    { name: "vdns", label: "VDNs", value: choice.vdns },
    { name: "trunks", label: "Trunk groups, by access code", value: choice.trunks },
    { name: "target", label: "Answered in time: within seconds", value: choice.target, type: "number" },
    { name: "waiting", label: "Calls waiting: watch, act", value: choice.waiting },
    { name: "oldest", label: "Longest wait in seconds: watch, act", value: choice.oldest },
    { name: "level", label: "Answered in time, per cent: watch below, act below", value: choice.level },
  ], "Show");
  if (!given) return;
  choice = { ...choice, ...given };
  suggested = false;
  localStorage.setItem(CHOICE, JSON.stringify(choice));
  attempt(start);
});

$("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : $("main").requestFullscreen()));

new ResizeObserver(() => (drawn.chart = -Infinity)).observe($("chart"));
attempt(start);
loop();
