/** The life of a call as a ladder: who did what to whom, as a picture and as texts. Pure but for the picture's elements. */

import { h } from "./ui.js";

/** What each kind of event says: who, to whom, and the words. */
const HAPPENINGS = {
  offer: (event) => [event.calling, event.alerting, "calls"],
  alert: (event) => [event.calling, event.alerting, "calls"],
  connect: (event) => [event.answering, event.calling, "answers"],
  queued: (event) => [event.calling, event.split, `waits, place ${event.position}`],
  hold: (event) => [event.holding, event.holding, "holds"],
  retrieve: (event) => [event.retrieving, event.retrieving, "takes back"],
  disconnect: (event) => [event.releasing, event.releasing, "leaves"],
  fail: (event) => [event.failing, event.failing, `fails, cause ${event.cause}`],
  divert: (event) => [event.diverting, event.destination || event.diverting, "is diverted"],
  transfer: (event) => [event.transferring, event.transferred, "transfers"],
  conference: (event) => [event.controller, event.addedparty, "joins"],
};

/**
 * Steps of a call's history, in their order.
 * @param list of `callhistory`: [{time, eventtype, event}]
 * @returns {{lines: string[], steps: {time, from, to, what, callid}[]}} lines: who is on it, in order of appearance.
 */
export function ladder(list) {
  const lines = [];
  const steps = [];
  for (const { time, eventtype, event } of list) {
    const said = HAPPENINGS[eventtype]?.(event);
    if (!said) continue;
    const [from, to, what] = [said[0] || "?", said[1] || "?", said[2]];
    const last = steps.at(-1);
    if (last && last.time === time && last.from === from && last.to === to && last.what === what) continue;
    for (const one of [from, to]) if (!lines.includes(one)) lines.push(one);
    steps.push({ time, from, to, what, callid: event.callid ?? event.secondarycallid });
  }
  return { lines, steps };
}

const COLUMN = 150;
const ROW = 44;
const LEFT = 90;
const HEAD = 46;

/** The ladder as an SVG element that stands by itself. */
export function picture({ lines, steps }) {
  const began = steps[0]?.time ?? 0;
  const width = LEFT + Math.max(1, lines.length) * COLUMN;
  const height = HEAD + (steps.length + 1) * ROW;
  const x = (line) => LEFT + lines.indexOf(line) * COLUMN + COLUMN / 2;
  const text = (at, y, words, more = {}) => h("svg:text", { x: at, y, "text-anchor": "middle", ...more }, words);
  const svg = h("svg:svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": toText({ lines, steps }), "font-family": "system-ui, sans-serif", "font-size": 13, fill: "currentColor", stroke: "none", class: "ladder" });
  for (const line of lines) {
    svg.append(
      h("svg:rect", { x: x(line) - 58, y: 6, width: 116, height: 28, rx: 8, fill: "none", stroke: "currentColor" }),
      text(x(line), 25, short(line), { "font-weight": 600 }),
      h("svg:line", { x1: x(line), x2: x(line), y1: 34, y2: height - 10, stroke: "currentColor", "stroke-opacity": 0.35 }),
    );
  }
  steps.forEach((step, index) => {
    const y = HEAD + (index + 0.75) * ROW;
    const [from, to] = [x(step.from), x(step.to)];
    svg.append(text(38, y + 4, `+${(step.time - began).toFixed(0)} s`, { "fill-opacity": 0.7, "font-size": 11 }));
    if (from === to) {
      svg.append(h("svg:circle", { cx: from, cy: y, r: 5 }), h("svg:text", { x: from + 10, y: y + 4 }, step.what));
      return;
    }
    const way = Math.sign(to - from);
    svg.append(
      h("svg:line", { x1: from, x2: to - 8 * way, y1: y, y2: y, stroke: "currentColor", "stroke-width": 1.5 }),
      h("svg:path", { d: `M${to} ${y} l${-10 * way} -5 v10 z` }),
      text((from + to) / 2, y - 7, step.what),
    );
  });
  return svg;
}

const short = (line) => (line.length > 15 ? `${line.slice(0, 14)}…` : line);

/** The picture as a file. */
export const toSvg = (found) => new XMLSerializer().serializeToString(picture(found));

/** A line a step. */
export function toText({ steps }) {
  const began = steps[0]?.time ?? 0;
  return steps.map(({ time, from, to, what }) => `+${(time - began).toFixed(0)} s  ${from} ${what}${from === to ? "" : ` ${to}`}`).join("\n");
}

/** For documents that draw Mermaid. */
export function toMermaid({ lines, steps }) {
  const names = new Map(lines.map((line, index) => [line, `p${index}`]));
  return [
    "sequenceDiagram",
    ...lines.map((line) => `  participant ${names.get(line)} as ${line.replace(/[;#]/g, " ")}`),
    ...steps.map(({ from, to, what }) => (from === to ? `  Note over ${names.get(from)}: ${what}` : `  ${names.get(from)}->>${names.get(to)}: ${what}`)),
  ].join("\n");
}

const isStation = (line, stations) => stations.has(line);

/**
 * What people did, as far as it can be told from the ladder: the hands at telephones and the outside callers.
 * @param stations the extensions that there are: whoever else is on a call comes from outside.
 */
function deeds({ steps }, stations) {
  const began = steps[0]?.time ?? 0;
  const found = [];
  const calls = new Set();
  steps.forEach(({ time, from, to, what, callid }) => {
    const at = Math.round(time - began);
    const hand = (action, more = {}) => isStation(from, stations) && found.push({ at, who: from, action, ...more });
    if (what === "calls" && !calls.has(callid)) {
      calls.add(callid);
      if (isStation(from, stations)) hand("dial", { number: to });
      else found.push({ at, who: from, action: "calls", number: to });
    } else if (what === "answers") hand("answer");
    else if (what === "holds") hand("hold");
    else if (what === "takes back") hand("retrieve");
    else if (what === "transfers") hand("transfer");
    else if (what === "joins") hand("conference");
    else if (what === "leaves") isStation(from, stations) ? hand("hangup") : found.push({ at, who: from, action: "leaves" });
  });
  return withoutConsequences(found);
}

/** A hold just before a call of the same station is part of the consultation; so is whoever a merge takes off a call. */
function withoutConsequences(found) {
  return found.filter((deed, index) => {
    const next = found[index + 1];
    const before = found[index - 1];
    if (deed.action === "hold" && next?.action === "dial" && next.who === deed.who && next.at === deed.at) return false;
    return !(deed.action === "hangup" && before && ["transfer", "conference"].includes(before.action) && before.at === deed.at);
  });
}

const WORDS = { answer: "answers", hangup: "hangs up" };
const REQUESTS = { hold: "hold", retrieve: "retrieve", transfer: "transfer", conference: "conference" };

/** A Gherkin scenario that does the same again. */
export function toGherkin(found, stations, name = "A call from the simulator") {
  const monitored = found.lines.filter((line) => isStation(line, stations));
  const lines = ["Feature: Recorded calls", "", `  Scenario: ${name}`, "    Given the default world", `    And a client monitors ${monitored.join(", ") || "101"}`];
  let at = 0;
  let outside = "A";
  const busy = new Set();
  for (const deed of deeds(found, stations)) {
    if (deed.at > at) lines.push(`    When ${deed.at - at} seconds pass`);
    at = deed.at;
    if (deed.action === "calls") lines.push(`    When ${deed.who} calls ${deed.number} from outside, call ${outside}`);
    else if (deed.action === "leaves") lines.push(`    When the outside party of ${outside} hangs up`);
    else if (deed.action === "dial" && busy.has(deed.who)) lines.push(`    When the client requests "consultation" for ${deed.who} with`, `      | destination | ${deed.number} |`);
    else if (deed.action === "dial") lines.push(`    When ${deed.who} calls ${deed.number}`);
    else if (WORDS[deed.action]) lines.push(`    When ${deed.who} ${WORDS[deed.action]}`);
    else lines.push(`    When the client requests "${REQUESTS[deed.action]}" for ${deed.who}`);
    if (["dial", "answer"].includes(deed.action)) busy.add(deed.who);
    if (["hangup", "transfer"].includes(deed.action)) busy.delete(deed.who);
  }
  return `${lines.join("\n")}\n`;
}

/** A scenario file that does the same again. */
export function toScenario(found, stations, name = "A call from the simulator") {
  const did = deeds(found, stations);
  const last = did.at(-1)?.at ?? 0;
  const arrivals = did.filter((deed) => deed.action === "calls").map((deed) => `  - {at: [${deed.at}], from: "${deed.who}", to: "${deed.number}"}`);
  const hands = did.filter((deed) => !["calls", "leaves"].includes(deed.action)).map((deed) => `  - {at: ${deed.at}, extension: "${deed.who}", action: ${deed.action}${deed.number ? `, number: "${deed.number}"` : ""}}`);
  return [`description: ${name}`, `duration: ${last + 30}`, ...(arrivals.length ? ["arrivals:", ...arrivals] : []), ...(hands.length ? ["hands:", ...hands] : []), ""].join("\n");
}
