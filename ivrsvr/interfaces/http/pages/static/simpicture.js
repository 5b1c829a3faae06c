/** The switch as a picture: trunks on the left, skills and VDNs in the middle, stations on the right, calls as lines. */

import { callCount, h, shown } from "./ui.js";

const WIDE = 800;
const TOP = 34;
const BOX = { trunk: [4, 160, 44], middle: [236, 190, 44], station: [490, 148, 34] };
const KINDS = { connect: "good", alerting: "warn", hold: "accent", initiate: "calm", fail: "bad", queued: "calm" };
const AGENT = { auto: "good", manual: "good", acw: "calm", aux: "warn" };
const STATIONS_MOST = 120;

/**
 * @param state  of `sim state`
 * @param choose called with the call id of a line that is pressed
 */
export function site(state, choose) {
  const places = new Map();
  const boxes = [
    ...column(places, "trunk", state.trunkgroups.map((group) => [`t${group.trunkgroup}`, `${shown(group.name)} ${group.tag}`, `${group.usedtrunks} busy, ${group.idletrunks} free`, group.idletrunks ? (group.usedtrunks ? "good" : "") : "bad"])),
    ...column(places, "middle", [
      ...state.skills.map((skill) => [skill.split, `${skill.split} ${shown(skill.name)}`, `${skill.callsqueue} wait, ${skill.agentsavailable} of ${skill.agentslogon} free`, skill.callsqueue ? "warn" : ""]),
      ...state.vdns.map((vdn) => [vdn.vdn, `${vdn.vdn} ${shown(vdn.name)}`, vdn.calls ? callCount(vdn.calls) : "VDN", vdn.calls ? "calm" : ""]),
    ]),
    ...stations(places, state),
  ];
  const height = Math.max(...[...places.values()].map(({ y }) => y)) + 40;
  const titles = [["Trunk groups", "trunk"], ["Skills and VDNs", "middle"], ["Stations", "station"]].map(([title, kind]) => h("svg:text", { x: BOX[kind][0], y: 16, class: "title" }, title));
  const lines = state.calls.flatMap((call) => lineOf(places, call, state, choose));
  return h("svg:svg", { viewBox: `0 0 ${WIDE} ${height}`, role: "img", "aria-label": `The switch with ${callCount(state.calls.length)}` }, titles, lines, boxes);
}

function column(places, kind, rows) {
  const [x, width, step] = BOX[kind];
  return rows.map(([key, title, note, look], index) => {
    const y = TOP + index * step;
    places.set(key, { x, y, width });
    return box(x, y, width, step - 8, title, note, look);
  });
}

function stations(places, state) {
  const [left, width, step] = BOX.station;
  const agents = new Map(state.agents.map((agent) => [agent.extension, agent]));
  return state.stations.slice(0, STATIONS_MOST).map((station, index) => {
    const x = left + (index % 2) * (width + 12);
    const y = TOP + Math.floor(index / 2) * step;
    places.set(station.extension, { x, y, width });
    const states = Object.values(station.calls);
    const agent = agents.get(station.extension);
    const look = station.service === "out" ? "bad" : states.length ? KINDS[states.includes("connect") ? "connect" : states[0]] ?? "calm" : agent ? AGENT[agent.mode] ?? "" : "";
    const note = station.service === "out" ? "out of service" : states.length ? states.join(", ") : agent ? `${shown(agent.agentid)} ${agent.mode}` : station.forward ? `forwarded to ${station.forward}` : station.dnd ? "sends all calls" : "";
    return box(x, y, width, step - 6, `${station.extension} ${shown(station.name, 16)}`, note, look);
  });
}

function box(x, y, width, height, title, note, look) {
  const most = Math.floor(width / 7.8);
  const cut = (text, limit) => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);
  const two = note && height > 28;
  return h("svg:g", {}, h("svg:title", {}, `${title}${note ? `: ${note}` : ""}`), h("svg:rect", { x, y, width, height, rx: 6, class: `box ${look}` }),
    h("svg:text", { x: x + 7, y: y + (two ? 15 : height / 2 + 4) }, cut(title, most)), two && h("svg:text", { x: x + 7, y: y + 29, class: "small" }, cut(note, Math.floor(width / 6))));
}

/** The lines of one call, between its parties that have a place; several outside parties share their trunk group's. */
function lineOf(places, call, state, choose) {
  const at = call.parties.map((party) => ({ party, place: places.get(party.kind === "trunk" ? `t${trunkOf(call, state)}` : party.number) })).filter(({ place }) => place);
  const [first, ...others] = at;
  return others.map(({ party, place }) => {
    const [one, other] = first.place.x <= place.x ? [first.place, place] : [place, first.place];
    const [x1, y1, x2, y2] = [one.x + (one.x === other.x ? 0 : one.width), one.y + 12, other.x, other.y + 12];
    const bend = one.x === other.x ? -40 : (x2 - x1) / 2;
    return h("svg:path", { d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - (one.x === other.x ? 40 : bend)} ${y2} ${x2} ${y2}`, class: `line pick ${[party.state, first.party.state].find((one) => one !== "connect") ?? ""}`, onclick: () => choose(call.callid) }, h("svg:title", {}, `Call ${call.callid}`));
  });
}

function trunkOf(call, state) {
  const outside = call.parties.find((party) => party.kind === "trunk");
  return outside?.trunkgroup ?? state.trunkgroups[0]?.trunkgroup;
}
