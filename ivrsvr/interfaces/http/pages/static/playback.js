/** What people did on a call, told from its history, and as texts that do the same again: Gherkin, and a scenario file. Pure. */

const REDIRECTED = 28;
const outside = (party) => /^T\d+#\d+$/.test(party);
/** In the default world: outside numbers that are dialled as they are, and what comes before all others; events tell none of it. */
const DIRECT = /^6/;
const OUT = "9";
/** Its numbers for tests, which ring and answer by themselves. */
const BY_ITSELF = /^([12]\d\d|3(0[12358]|1[05]|[23]0))$/;

/**
 * What people did, and nothing that followed from it by itself.
 * @param list     of `callhistory`: [{time, eventtype, event}]
 * @param stations the extensions that there are
 * @returns {{deeds: object[], callers: object[], called: object[], agents: Map}}
 *   deeds: {at, who, action, ...} in order, `at` in seconds; callers, called: outside parties, with how long they waited and
 *   talked; agents: extension -> since when a skill can have given it calls.
 */
export function retold(list, stations) {
  const story = new Story(stations, list);
  list.forEach((one, index) => {
    STEPS[one.eventtype]?.(story, one.event, index);
    for (const key of ["calling", "alerting", "answering"]) if (stations.has(one.event[key])) story.there.add(one.event[key]);
  });
  return story;
}

class Story {
  constructor(stations, list) {
    this.stations = stations;
    this.list = list;
    this.deeds = [];
    this.callers = [];
    this.called = [];
    this.agents = new Map();
    this.calls = new Map();
    this.done = new Set();
    this.there = new Set();
  }

  at(index) {
    return Math.round(this.list[index].time - this.list[0].time);
  }

  call(callid) {
    let call = this.calls.get(callid);
    if (!call) this.calls.set(callid, (call = { number: this.calls.size + 1, on: new Set(), ringing: new Set(), held: new Set(), party: null, over: false }));
    return call;
  }

  does(index, who, action, more = {}) {
    this.deeds.push({ at: this.at(index), who, action, ...more });
  }

  /** The later events of the same second, with their places. */
  atOnce(index) {
    const { time } = this.list[index];
    return this.list.map((one, place) => [one, place]).filter(([one, place]) => place > index && one.time === time);
  }

  /** How many calls a station holds. */
  holds(station) {
    return new Set([...this.calls.values()].filter((call) => call.held.has(station))).size;
  }

  /** Count how long the outside party of a call has waited, talked, or been held. */
  count({ party, on, held }, index) {
    if (!party || party.left !== undefined) return;
    const now = this.at(index);
    const others = [...on].filter((one) => one !== party.name);
    const state = others.some((one) => !held.has(one)) ? "talks" : others.length ? "held" : "waits";
    if (party.state === "talks") party.talked += now - party.since;
    if (state !== party.state) party.began = now;
    party.state = state;
    party.since = now;
  }

  ends(call, who, index) {
    this.count(call, index);
    for (const one of [call.on, call.ringing, call.held]) one.delete(who);
    if (call.party?.name === who) Object.assign(call.party, { left: this.at(index), stretch: this.at(index) - call.party.began });
    this.count(call, index);
    call.over = call.on.size + call.ringing.size < 2;
  }

  /** Two calls are one from now on. */
  merge(first, second, index) {
    const [one, other] = [this.call(first), this.call(second)];
    for (const key of ["on", "ringing"]) for (const party of one[key]) other[key].add(party);
    other.held.clear();
    other.party = one.party ?? other.party;
    this.calls.set(first, other);
    this.count(other, index);
    return other;
  }
}

/** What an outside party of a call has done so far: nothing. */
const stranger = (story, index, more) => ({ arrived: story.at(index), began: story.at(index), since: story.at(index), state: "waits", talked: 0, ...more });

/** A station calls somebody: the first that is heard of a call. */
function dials(story, { calling, called, callid, custdata, uui }, index, other) {
  const call = story.call(callid);
  const consults = story.list.some((one, place) => place < index && one.time === story.list[index].time && one.eventtype === "hold" && one.event.holding === calling);
  const number = outside(other) && !DIRECT.test(called) ? OUT + called : called;
  story.does(index, calling, consults ? "consultation" : "dial", { number, data: custdata || uui || "", call });
  call.on.add(calling);
  if (!outside(other)) return;
  call.party = stranger(story, index, { name: other, number: called, call });
  story.called.push(call.party);
}

/** Somebody outside calls: the first that is heard of a call. */
function callsIn(story, { calling, called, alerting, callid, trunkgroup, custdata, uui }, index) {
  const call = story.call(callid);
  const data = custdata || uui || "";
  call.party = stranger(story, index, { name: "caller", number: calling, to: called, group: trunkgroup ?? "", data, call });
  story.callers.push(call.party);
  if (story.stations.has(called) && alerting !== called && story.stations.has(alerting)) story.does(index, called, "forward", { number: alerting });
  story.does(index, calling, "calls", { number: called, group: call.party.group, data, call });
  call.on.add("caller");
}

function comes(story, event, index) {
  const { calling, alerting, callid, split } = event;
  const fresh = !story.calls.has(callid);
  if (fresh && story.stations.has(calling)) dials(story, event, index, alerting);
  else if (fresh) callsIn(story, event, index);
  const call = story.call(callid);
  if (fresh && outside(alerting)) story.does(index, alerting, "party rings", { call });
  if (story.stations.has(alerting) || outside(alerting)) call.ringing.add(alerting);
  if (split && story.stations.has(alerting) && !story.agents.has(alerting)) story.agents.set(alerting, { from: call.queued ? story.at(index) : 0 });
}

const STEPS = {
  offer: comes,
  alert: comes,

  queued(story, event) {
    story.call(event.callid).queued = true;
  },

  divert(story, event, index) {
    const call = story.call(event.callid);
    if (!call.ringing.delete(event.diverting)) return;
    if (event.cause === REDIRECTED && event.destination) story.does(index, event.diverting, "deflectcall", { number: event.destination, call });
  },

  connect(story, event, index) {
    if (!story.calls.has(event.callid) && story.stations.has(event.calling)) dials(story, event, index, event.answering);
    const call = story.call(event.callid);
    const who = event.answering;
    if (call.on.has(who)) return;
    const rang = call.ringing.delete(who);
    if (outside(who)) {
      if (call.party?.name === who) call.party.answered = story.at(index) - call.party.arrived;
      story.does(index, who, "party answers", { call });
    } else if (story.stations.has(who)) {
      const elsewhere = rang ? undefined : [...call.ringing].find((one) => story.stations.has(one));
      if (elsewhere) story.does(index, who, "pickup", { number: elsewhere });
      else story.does(index, who, "answer");
      if (elsewhere) call.ringing.delete(elsewhere);
    }
    call.on.add(who);
    story.count(call, index);
  },

  hold(story, event, index) {
    const call = story.call(event.callid);
    const who = event.holding;
    const later = story.atOnce(index);
    const back = later.find(([one]) => one.eventtype === "retrieve" && one.event.retrieving === who && one.event.callid !== event.callid);
    const consults = later.some(([one]) => ["alert", "offer"].includes(one.eventtype) && one.event.calling === who && !story.calls.has(one.event.callid));
    if (back) {
      story.done.add(back[1]);
      story.does(index, who, "alternate", { other: story.call(back[0].event.callid) });
    } else if (!consults && story.stations.has(who)) story.does(index, who, "hold");
    call.held.add(who);
    story.count(call, index);
  },

  retrieve(story, event, index) {
    const call = story.call(event.callid);
    const who = event.retrieving;
    if (!story.done.has(index) && story.stations.has(who)) story.does(index, who, "retrieve", { call, several: story.holds(who) > 1 });
    call.held.delete(who);
    story.count(call, index);
  },

  transfer(story, event, index) {
    const who = event.transferring;
    story.does(index, who, "transfer");
    const call = story.merge(event.primarycallid, event.secondarycallid, index);
    for (const one of [call.on, call.ringing, call.held]) one.delete(who);
    story.count(call, index);
  },

  conference(story, event, index) {
    story.does(index, event.controller, "conference");
    story.merge(event.primarycallid, event.secondarycallid, index);
  },

  disconnect(story, event, index) {
    const call = story.call(event.callid);
    const theirs = call.party && !story.stations.has(event.releasing);
    const who = theirs ? call.party.name : event.releasing;
    if (call.over || !(call.on.has(who) || call.ringing.has(who))) return;
    if (theirs) story.does(index, who, "party leaves", { call: call.party.call });
    else if (call.on.has(who)) story.does(index, who, "hangup");
    story.ends(call, who, index);
  },
};

const DOES = { answer: "answers", hangup: "hangs up" };
const PARTY = { "party rings": "rings", "party answers": "answers", "party leaves": "hangs up" };
const quoted = (text) => text.replace(/["\\\n\r|]/g, " ");

/**
 * A Gherkin scenario that does the same again in a world of its own.
 * @param agents extension -> agent id, of who is logged in. A call that agents are given by a skill is played as a scenario.
 */
export function toGherkin(list, stations, agents, name = "A call from the simulator") {
  const story = retold(list, stations);
  const there = [...story.there].sort();
  const head = ["Feature: Recorded calls", "", `  Scenario: ${name}`, "    Given the default world"];
  const lines = [];
  if (there.length) head.push(`    And a client monitors ${there.join(", ")}`);
  if (story.agents.size) {
    const played = toScenario(list, stations, agents).split("\n").filter((line) => !/^(description|duration):/.test(line));
    const minutes = Math.ceil((story.deeds.at(-1).at + AFTERWARDS_S) / 60);
    lines.push(`    When this is played for ${minutes} minute${minutes > 1 ? "s" : ""}`, '      """', ...played.filter(Boolean).map((line) => `      ${line}`), '      """');
    return `${[...head, ...lines].join("\n")}\n`;
  }
  const names = new Map();
  let at = 0;
  const asks = (request, who, keys = {}) => {
    const rows = Object.entries(keys).filter(([, value]) => value);
    lines.push(`    When the client requests "${request}" for ${who}${rows.length ? " with" : ""}`, ...rows.map(([key, value]) => `      | ${key} | ${quoted(value)} |`));
  };
  const named = (call) => {
    if (!names.has(call)) names.set(call, String.fromCharCode(65 + (names.size % 26)));
    return names.get(call);
  };
  for (const { at: when, who, action, number, data, group, call, several } of story.deeds) {
    if (when > at) lines.push(`    When ${when - at} second${when - at > 1 ? "s pass" : " passes"}`);
    at = when;
    if (action === "forward") head.push(`    And ${who} forwards its calls to ${number}`);
    else if (action === "calls") lines.push(`    When ${who} calls ${number} from outside${data ? ` with the data "${quoted(data)}"` : ""}${group ? ` over trunk group ${group}` : ""}, call ${named(call)}`);
    else if (PARTY[action] && action !== "party leaves" && BY_ITSELF.test(call.party.number)) continue;
    else if (PARTY[action]) lines.push(`    When the outside party of ${named(call)} ${PARTY[action]}`);
    else if (action === "dial" && !data && !call.party) lines.push(`    When ${who} calls ${number}`);
    else if (action === "dial" || action === "consultation") {
      asks(action === "dial" ? "makecall" : "consultation", who, { destination: number, data });
      if (call.party) lines.push("    Then the response has", `      | ${action === "dial" ? "callid" : "secondarycallid"} | ${named(call)} |`);
    } else if (action === "pickup") lines.push(`    When ${who} picks up the call of ${number}`);
    else if (action === "deflectcall") asks(action, who, { destination: number });
    else if (DOES[action]) lines.push(`    When ${who} ${DOES[action]}`);
    else if (action === "retrieve" && several && names.has(call)) asks(action, who, { callid: names.get(call) });
    else if (action === "retrieve" && several) asks(action, who, { destination: [...call.on].find((one) => one !== who) });
    else asks(action, who);
  }
  return `${[...head, ...lines].join("\n")}\n`;
}

const AFTERWARDS_S = 30;

/** How an outside party that left has to behave to leave at the same moment; "" = it need not. */
function behaviour(party) {
  if (party.left === undefined) return "";
  if (party.state === "held") return `holdPatience: ${party.stretch}`;
  return party.state === "talks" || party.talked ? `talkSeconds: ${party.talked}` : `patience: ${party.stretch}`;
}

/** A scenario file that does the same again. agents: as for `toGherkin`. */
export function toScenario(list, stations, agents, name = "A call from the simulator") {
  const story = retold(list, stations);
  const last = story.deeds.at(-1)?.at ?? 0;
  const parts = { patch: [], behaviours: [], habits: [], staff: [], arrivals: [], hands: [] };
  for (const party of story.called) {
    const answers = party.answered === undefined ? "called: no-answer" : `called: answer, ringSeconds: ${party.answered}`;
    const talks = behaviour(party);
    if (!parts.patch.length) parts.patch.push("  outside:");
    parts.patch.push(`    "${party.number}": {${answers}${talks ? `, ${talks}` : ""}}`);
  }
  story.callers.forEach((party, index) => {
    const does = behaviour(party);
    if (does) parts.behaviours.push(`  caller${index + 1}: {${does}}`);
    parts.arrivals.push(`  - {at: [${party.arrived}], from: "${party.number}", to: "${party.to}"${does ? `, behaviour: caller${index + 1}` : ""}${party.group ? `, trunkGroup: "${party.group}"` : ""}${party.data ? `, uui: ${JSON.stringify(party.data)}` : ""}}`);
  });
  for (const [extension, { from }] of story.agents) {
    if (!agents.has(extension)) continue;
    parts.habits = ["  byHand: {answerSeconds: 3600}"];
    parts.staff.push(`  - {agents: ["${agents.get(extension)}"], stations: ["${extension}"], login: ${from}, habits: byHand}`);
  }
  // Of one second, hands come before arrivals.
  const before = (deed) => story.callers.some((party) => party.arrived === deed.at && story.deeds.findIndex((one) => one.call === party.call) < story.deeds.indexOf(deed));
  const hand = (deed, action, more = "") => parts.hands.push(`  - {at: ${before(deed) ? deed.at + 0.1 : deed.at}, extension: "${deed.who}", action: ${action}${more}}`);
  for (const deed of story.deeds) {
    const { action, number } = deed;
    if (action === "consultation") hand(deed, "hold");
    if (action === "dial" || action === "consultation") hand(deed, "dial", `, number: "${number}"`);
    else if (action === "alternate") {
      hand(deed, "hold");
      hand(deed, "retrieve", `, callid: ${deed.other.number}`);
    } else if (action === "retrieve") hand(deed, action, deed.several ? `, callid: ${deed.call.number}` : "");
    else if (action === "pickup" || action === "forward") hand(deed, action, `, number: "${number}"`);
    else if (action === "deflectcall") parts.hands.push(`  # at ${deed.at}: an application sends the call from ${deed.who} to ${number}; no hand can do that`);
    else if (stations.has(deed.who)) hand(deed, action);
  }
  const said = Object.entries(parts).filter(([, lines]) => lines.length).flatMap(([key, lines]) => [`${key}:`, ...lines]);
  return [`description: ${name}`, `duration: ${last + AFTERWARDS_S}`, ...said, ""].join("\n");
}
