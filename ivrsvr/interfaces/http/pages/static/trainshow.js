/** How a training is shown: moods, stages, marks, a report, progress. Makes elements; asks nobody. */

import { duration, h, shown } from "./ui.js";

export const MOODS = {
  delighted: ["good", "☺"],
  friendly: ["good", "☺"],
  neutral: ["", "○"],
  worried: ["warn", "~"],
  annoyed: ["warn", "!"],
  angry: ["bad", "‼"],
};
export const PHASES = {
  "to come": ["", "…", "to come"],
  waiting: ["warn", "▲", "waiting"],
  talking: ["good", "●", "talking"],
  held: ["accent", "❚❚", "on hold"],
  gone: ["", "○", "gone"],
};
export const STAGES = {
  assigned: ["calm", "…", "assigned"],
  running: ["good", "▶", "running"],
  paused: ["warn", "❚❚", "paused"],
  over: ["", "✓", "over"],
  ended: ["", "■", "ended"],
  stopped: ["bad", "✕", "stopped"],
  interrupted: ["bad", "✕", "interrupted"],
};

export const pill = ([kind, sign, word]) => h("span", { class: `pill ${kind}`, dataset: { sign } }, word);
export const moodPill = (mood) => pill([...(MOODS[mood] ?? MOODS.neutral), mood]);
export const underWay = (stage) => ["assigned", "running", "paused"].includes(stage);
export const date = (seconds) => new Date(seconds * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
const kindOf = (points) => (points === null ? "" : points >= 80 ? "good" : points >= 50 ? "warn" : "bad");
export const pointsText = (points) => (points === null || points === undefined ? "–" : `${Math.round(points)}`);

/** Points as a number and as a bar. */
export function meter(points) {
  if (points === null || points === undefined) return h("span", { class: "soft" }, "–");
  return [
    h("span", {}, pointsText(points)),
    h("span", { class: "meter", "aria-hidden": "true" }, h("svg:svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none" }, h("svg:rect", { class: kindOf(points), width: String(points), height: "10" }))),
  ];
}

/** The marks with what each is for. */
export function marks(score) {
  return h("table", {},
    h("caption", { class: "unseen" }, "Marks"),
    h("thead", {}, h("tr", {}, ["Mark", "Points", "Why"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, score.marks.map((mark) => h("tr", {}, h("th", { scope: "row" }, mark.label, mark.weight !== 1 && h("span", { class: "soft small" }, ` ×${mark.weight}`)), h("td", { class: "points" }, meter(mark.points)), h("td", {}, shown(mark.told))))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "Score"), h("td", { class: "total" }, pointsText(score.points)), h("td", {}, score.points === null ? "nothing to judge yet" : pill(score.passed ? ["good", "✓", "passed"] : ["warn", "✕", "not passed"])))));
}

/** A line of the log. */
export function line(one) {
  return h("li", { class: one.kind }, h("span", { class: "mono soft" }, duration(one.at)), h("span", { class: "who" }, shown(one.who)),
    h("span", { dir: "auto", lang: one.language || null }, one.kind === "says" ? `“${shown(one.text, 2000)}”` : shown(one.text, 2000)));
}

const seconds = (value) => (value === null ? "–" : duration(value));

/** A whole report, to read and to print. */
export function report(one, buttons) {
  const facts = [["Trainee", one.trainee], ["Trainer", one.trainer], ["Telephone", one.agent ? `${one.extension}, agent ${one.agent}` : one.extension], ["Begun", date(one.begun)], ["Length", duration(one.seconds)], ["Training", one.scenario || "of one's own"]];
  const call = (contact) => h("tr", {},
    h("th", { scope: "row" }, shown(contact.caller || contact.number || "a caller")), h("td", {}, seconds(contact.came)),
    h("td", {}, contact.answered === null ? "not answered" : `after ${Math.round(contact.ringseconds ?? 0)} s`),
    h("td", {}, contact.holds.length ? contact.holds.map((hold) => `${Math.round(hold)} s`).join(", ") : "–"),
    h("td", {}, contact.transfers.length ? contact.transfers.map((one) => `${shown(one.to)}${one.right === null ? "" : one.right ? " (right)" : " (wrong)"}`).join(", ") : "–"),
    h("td", {}, contact.wrapup === null ? "–" : `${Math.round(contact.wrapup)} s`),
    h("td", {}, contact.checklist.length ? `${contact.checklist.filter((item) => item.done).length} of ${contact.checklist.length}` : "–"),
    h("td", {}, contact.lost ? pill(["bad", "✕", "lost"]) : contact.endedby ? `ended by ${contact.endedby === "elsewhere" ? "others" : contact.endedby}` : "still there"));
  return [
    h("section", { class: "panel", "aria-labelledby": "one-title" },
      h("div", { class: "row spread" }, h("h2", { id: "one-title" }, `Session ${one.number}: ${shown(one.title)}`), h("div", { class: "row" }, pill(STAGES[one.stage] ?? STAGES.ended), buttons)),
      one.reason && h("p", {}, shown(one.reason)),
      h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, shown(value))]))),
    h("section", { class: "panel", "aria-labelledby": "one-marks" }, h("h2", { id: "one-marks" }, "Points"), h("div", { class: "wide" }, marks(one))),
    h("section", { class: "panel", "aria-labelledby": "one-calls" }, h("h2", { id: "one-calls" }, "Calls"),
      one.contacts.length
        ? h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Every call" }, h("table", {}, h("thead", {}, h("tr", {}, ["Caller", "Came", "Answered", "Holds", "Transferred to", "Wrap-up", "Checklist", "End"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, one.contacts.map(call))))
        : h("p", { class: "soft" }, "Nobody called.")),
    h("section", { class: "panel", "aria-labelledby": "one-log" }, h("h2", { id: "one-log" }, "What happened"), h("ol", { class: "log" }, one.log.map(line))),
  ];
}

/** Points over the sessions of one trainee, the oldest first, as a line. Null where there is none to draw. */
export function progress(sessions) {
  const all = sessions.filter((one) => one.points !== null);
  if (all.length < 2) return null;
  const [width, height, left] = [640, 170, 34];
  const x = (index) => left + 12 + (index * (width - left - 30)) / (all.length - 1);
  const y = (points) => 12 + ((100 - points) * (height - 34)) / 100;
  const words = all.map((one) => `session ${one.number}: ${pointsText(one.points)}`).join(", ");
  return h("svg:svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Points over the sessions: ${words}` },
    [0, 50, 100].map((points) => [h("svg:line", { class: "grid-line", x1: String(left), x2: String(width), y1: String(y(points)), y2: String(y(points)) }), h("svg:text", { x: String(left - 6), y: String(y(points) + 4), "text-anchor": "end" }, String(points))]),
    h("svg:polyline", { class: "line", points: all.map((one, index) => `${x(index)},${y(one.points)}`).join(" ") }),
    all.map((one, index) => [h("svg:circle", { class: `dot ${one.passed ? "" : "bad"}`, cx: String(x(index)), cy: String(y(one.points)), r: "5" }), h("svg:text", { x: String(x(index)), y: String(height - 6), "text-anchor": "middle" }, `#${one.number}`)]));
}
