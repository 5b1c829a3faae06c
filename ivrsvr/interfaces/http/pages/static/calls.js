/** The calls of one extension, folded from its events. Pure: no page, no server. */

/** The extension is on the call: it talks, hears that the other end rings, or waits for the network to tell that it does. */
const TALKING = ["connected", "alerting-out", "dialled"];

/** States in which each request can be made of a call; the server's own rules, for buttons. More in `can`. */
const ALLOWED = {
  answer: ["alerting"],
  hangup: [...TALKING, "initiated", "failed", "queued"],
  hold: TALKING,
  retrieve: ["hold"],
  consultation: TALKING,
  dtmf: TALKING,
  deflectcall: ["alerting"],
  dropparty: ["connected"],
  conference: TALKING,
  transfer: ["connected", "alerting-out"],
  clearcall: [...TALKING, "initiated", "failed", "queued", "hold", "alerting"],
};

const outside = (device) => /^T\d+#\d+$/.test(device);

/** What people read for each state. */
export const STATE_NAMES = {
  alerting: ["warn", "▲", "ringing"],
  "alerting-out": ["calm", "△", "calling"],
  initiated: ["calm", "…", "dialling"],
  dialled: ["calm", "…", "dialling"],
  connected: ["good", "●", "talking"],
  hold: ["accent", "❚❚", "on hold"],
  queued: ["calm", "≡", "waiting"],
  failed: ["bad", "✕", "failed"],
};

const SNAPSHOT = { initiate: "initiated", alert: "alerting", connect: "connected", hold: "hold", queue: "queued", fail: "failed" };

/** How many calls that are over are remembered. */
const MOST_ENDED = 30;

/** One extension's calls by call id, and the last ones that are over. */
export class Calls {
  constructor(extension) {
    this.extension = extension;
    this.ended = [];
    this._calls = new Map();
    this._time = 0;
  }

  /** The calls, the oldest first; those of one second by their ids. */
  list() {
    return [...this._calls.values()].sort((one, other) => one.began - other.began || one.callid - other.callid);
  }

  get(callid) {
    return this._calls.get(Number(callid));
  }

  /** Whether a request can be made of a call now. inTheWay: for whoever knows that already. */
  can(request, call, inTheWay = () => this.inTheWay()) {
    if (request === "alternate" || request === "reconnect") return Boolean(this.active() && this.held());
    if (!(ALLOWED[request] ?? []).includes(call.state)) return false;
    if (request === "retrieve") return !inTheWay();
    if (request === "answer") return !inTheWay() || this.can("hold", inTheWay());
    if (request === "transfer" || request === "conference") return call.state === "connected" || Boolean(this.held());
    if (request === "dtmf") return call.state !== "alerting-out" || call.parties.some(outside);
    return true;
  }

  /** The call that has to be held before another one is answered or retrieved. */
  inTheWay() {
    return this.list().find((call) => !["alerting", "hold"].includes(call.state));
  }

  /** The call on which the extension talks, or hears that the other end rings. */
  active() {
    return this.list().find((call) => TALKING.includes(call.state));
  }

  held() {
    return this.list().find((call) => call.state === "hold");
  }

  /** The call that is meant where several could be: the one that rings longest, the one that was held last; undefined = none. */
  meant(request) {
    const other = this.inTheWay(); // looked for once, however many calls there are
    const possible = this.list().filter((call) => this.can(request, call, () => other));
    return request === "retrieve" ? possible.reduce((one, other) => (one && one.since > other.since ? one : other), undefined) : possible[0];
  }

  /** A call that this client has just made; its events are still to come, or have all been. */
  expect({ callid, ucid }, destination, now) {
    const known = this.get(callid);
    const [last] = this.ended;
    const over = last?.callid === Number(callid) && (!ucid || !last.ucid || last.ucid === ucid);
    if (over || (known && !known.guessed)) return;
    this._call(callid, { ucid, direction: "out", state: "dialled", called: destination, parties: [destination] }, now);
  }

  /** Take an event. Returns whether the truth is only in a new snapshot now. now: of the server's clock, in seconds. */
  take(event, now) {
    if (event.time) this._time = event.time;
    const step = STEPS[event.eventtype];
    return step ? Boolean(step(this, event, now)) : false;
  }

  /** Take over a snapshot of the extension: what is not in it has ended. */
  adopt(list, now) {
    const there = new Set(list.map((item) => item.callid));
    for (const callid of this._calls.keys()) if (!there.has(callid)) this._end(callid);
    for (const item of list) {
      const known = this.get(item.callid);
      const parties = item.party.map((party) => party.extension).filter((device) => device !== this.extension);
      let state = SNAPSHOT[item.state] ?? "initiated";
      if (["alerting-out", "dialled"].includes(known?.state) && state === "connected") state = known.state;
      if (known) this._change(known, { parties, state }, now);
      else this._call(item.callid, { direction: state === "alerting" ? "in" : "out", state, parties, guessed: true }, now);
    }
  }

  _call(callid, facts, now) {
    const call = { callid: Number(callid), direction: "in", parties: [], began: now, since: now, ...facts };
    this._calls.set(call.callid, call);
    return call;
  }

  /** Keep what an earlier view knew and this one was not told: calls that may be there still, and calls that are over. */
  inherit(before) {
    const same = (one) => (other) => (one.ucid && other.ucid ? one.ucid === other.ucid : one.callid === other.callid);
    const unknown = (call) => !this.ended.some(same(call)) && !this.list().some(same(call));
    for (const call of before.ended.filter(unknown)) this.ended.push(call);
    for (const earlier of before.list()) {
      const call = this.list().find(same(earlier));
      if (call) Object.assign(call, { ...earlier, ...call, began: Math.min(earlier.began, call.began) });
      else if (unknown(earlier)) this._calls.set(earlier.callid, earlier);
    }
    this.ended = this.ended.sort((one, other) => other.at - one.at).slice(0, MOST_ENDED);
  }

  /** A call is over here: the newest of those that were. */
  _end(callid) {
    const call = this.get(callid);
    if (!call) return;
    this._calls.delete(call.callid);
    this.ended.unshift({ ...call, missed: call.state === "alerting", at: this._time });
    this.ended.length = Math.min(this.ended.length, MOST_ENDED);
  }

  _change(call, facts, now) {
    if (facts.state && facts.state !== call.state) call.since = now;
    Object.assign(call, facts);
  }

  /** The call that an event begins. A call id is used again one day. */
  _begin(event, facts, now) {
    const before = this.get(event.callid);
    if (before?.ucid && event.ucid && before.ucid !== event.ucid) this._end(before.callid);
    return this._of(event, { ...told(event), ...facts }, now);
  }

  _of(event, facts, now) {
    const call = this.get(event.callid);
    if (call) this._change(call, facts, now);
    return call ?? this._call(event.callid, facts, now);
  }
}

/** What an event tells of the call as such. */
function told(event) {
  const { ucid, uui, uec, split, calling, called, trunkgroup, lastredirection } = event;
  const custdata = event.custdata ?? event.cusdata;
  const facts = { ucid, uui, uec, split, calling, called, trunkgroup, lastredirection, custdata };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
}

function without(call, ...devices) {
  return call.parties.filter((party) => !devices.includes(party));
}

const STEPS = {
  offer(calls, event, now) {
    const other = event.calling || "unknown";
    calls._begin(event, { direction: "in", state: "alerting", parties: [other] }, now);
  },
  alert(calls, event, now) {
    calls._begin(event, { direction: "out", state: "alerting-out", parties: [event.alerting || event.called] }, now);
  },
  connect(calls, event, now) {
    const own = event.answering === calls.extension || event.answering.startsWith(`${calls.extension}#`);
    const known = calls.get(event.callid);
    const parties = own || !known ? (known?.parties ?? [event.calling]) : [...without(known, event.called, event.answering), event.answering];
    const state = known?.state === "hold" ? "hold" : "connected";
    calls._of(event, { ...told(event), state, parties }, now);
  },
  queued(calls, event, now) {
    if (event.callid && calls.get(event.callid)) calls._of(event, { split: event.split }, now);
  },
  fail(calls, event, now) {
    calls._of(event, { state: "failed", cause: event.cause, called: event.called }, now);
  },
  hold(calls, event, now) {
    if (event.holding === calls.extension) calls._of(event, { state: "hold" }, now);
    else calls._of(event, { heldBy: event.holding }, now);
  },
  retrieve(calls, event, now) {
    if (event.retrieving === calls.extension) calls._of(event, { state: "connected" }, now);
    else calls._of(event, { heldBy: undefined }, now);
  },
  disconnect(calls, event, now) {
    const call = calls.get(event.callid);
    if (!call) return false;
    if (event.releasing === calls.extension) calls._end(call.callid);
    else calls._change(call, { parties: without(call, event.releasing) }, now);
    return event.releasing !== calls.extension;
  },
  divert(calls, event) {
    if (event.diverting === calls.extension) calls._end(event.callid);
    return false;
  },
  transfer(calls, event, now) {
    merged(calls, event, now);
    if (event.transferring === calls.extension) calls._end(event.secondarycallid);
    return true;
  },
  conference: merged,
  idle(calls) {
    for (const call of calls.list()) calls._end(call.callid);
  },
  linkup: () => true,
  snapshot(calls, event, now) {
    calls.adopt(event.list, now);
  },
};

/** Two calls became one: it goes on under the second id, with what was known of the first. */
function merged(calls, event, now) {
  const before = calls.get(event.primarycallid);
  const after = calls.get(event.secondarycallid);
  if (before && before !== after) {
    calls._calls.delete(before.callid);
    const facts = { ...before, ...told(event), callid: event.secondarycallid };
    if (after) Object.assign(after, facts, { state: after.state, since: after.since });
    else calls._call(event.secondarycallid, { ...facts, since: before.since, began: before.began }, now);
  }
  const parties = [1, 2, 3, 4, 5, 6].map((number) => event[`party${number}`]).filter((party) => party && party !== calls.extension);
  const call = calls.get(event.secondarycallid);
  if (call) call.parties = parties;
  return true;
}
