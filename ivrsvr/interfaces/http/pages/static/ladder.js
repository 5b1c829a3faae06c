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
  const numbers = numbersOf(list);
  const named = (party) => numbers.get(party) ?? (party || "?");
  for (const { time, eventtype, event } of list) {
    const said = HAPPENINGS[eventtype]?.(event);
    if (!said) continue;
    const [from, to, what] = [named(said[0]), named(said[1]), said[2]];
    const last = steps.at(-1);
    if (last && last.time === time && last.from === from && last.to === to && last.what === what) continue;
    for (const one of [from, to]) if (!lines.includes(one)) lines.push(one);
    steps.push({ time, from, to, what, callid: event.callid ?? event.secondarycallid });
  }
  return { lines, steps };
}

/** The numbers of outside parties, which some events name by the trunk that they are on: `T1#2` is one of call 1. */
function numbersOf(list) {
  const numbers = new Map();
  const callers = new Map();
  const trunk = /^T(\d+)#\d+$/;
  for (const { event } of list) {
    const { callid, called, trunkgroup } = event;
    const calling = event.origcalling || event.calling;
    for (const party of [event.alerting, event.answering]) if (trunk.test(party ?? "") && called) numbers.set(party, called);
    if (trunkgroup && calling && !trunk.test(calling) && callid && !callers.has(callid)) callers.set(callid, calling);
    for (const party of Object.values(event)) {
      const caller = typeof party === "string" && !numbers.has(party) && callers.get(Number(trunk.exec(party)?.[1]));
      if (caller) numbers.set(party, caller);
    }
  }
  return numbers;
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
