/** What a wallboard counts, folded from the events of VDNs and splits. Pure; times in seconds of the server's clock. */

export const BUCKET_S = 300;
const KEPT_S = 8 * 3600;

const empty = () => ({ offered: 0, answered: 0, inTime: 0, abandoned: 0, waited: 0 });

/** Answered in time, of all that were answered or gave up, in per cent; null = there were none. */
export function serviceLevel({ answered, inTime, abandoned }) {
  const all = answered + abandoned;
  return all ? Math.round((100 * inTime) / all) : null;
}

/** One skill or VDN: who waits, totals, and the same in slices of time. */
class Line {
  constructor(device) {
    this.device = device;
    this.waiting = new Map();
    this.totals = empty();
    this.slices = new Map();
  }

  count(time, what, by = 1) {
    const begin = Math.floor(time / BUCKET_S) * BUCKET_S;
    let slice = this.slices.get(begin);
    if (!slice) {
      this.slices.set(begin, (slice = empty()));
      for (const old of this.slices.keys()) if (old < begin - KEPT_S) this.slices.delete(old);
    }
    slice[what] += by;
    this.totals[what] += by;
  }

  /** When the call that waits longest came; null = nobody waits. */
  oldest() {
    let found = null;
    for (const since of this.waiting.values()) if (found === null || since < found) found = since;
    return found;
  }
}

export class Wall {
  /** target: seconds within which a call counts as answered in time. */
  constructor(target = 20) {
    this.target = target;
    this.skills = new Map();
    this.vdns = new Map();
    this._calls = new Map();
    this.now = 0;
  }

  skill(device) {
    if (!this.skills.has(device)) this.skills.set(device, new Line(device));
    return this.skills.get(device);
  }

  vdn(device) {
    if (!this.vdns.has(device)) this.vdns.set(device, new Line(device));
    return this.vdns.get(device);
  }

  /** Take an event of a monitored VDN or split. */
  take(event) {
    if (event.time > this.now) this.now = event.time;
    STEPS[event.eventtype]?.(this, event);
  }

  /** Nobody knows what happened meanwhile: forget who waits, keep what was counted. */
  forget(device) {
    for (const [callid, call] of this._calls) if (call.vdn === device || call.skills.has(device)) this._drop(callid);
    this.skills.get(device)?.waiting.clear();
    this.vdns.get(device)?.waiting.clear();
  }

  _drop(callid) {
    const call = this._calls.get(callid);
    if (!call) return undefined;
    this._calls.delete(callid);
    if (call.vdn) this.vdns.get(call.vdn)?.waiting.delete(callid);
    for (const skill of call.skills) this.skills.get(skill)?.waiting.delete(callid);
    return call;
  }

  _call(event) {
    let call = this._calls.get(event.callid);
    if (!call) this._calls.set(event.callid, (call = { vdn: null, skills: new Set(), since: event.time, calling: event.calling }));
    return call;
  }
}

const STEPS = {
  offer(wall, event) {
    if (event.alerting !== event.monitored || !wall.vdns.has(event.monitored)) return;
    const call = wall._call(event);
    if (call.vdn === event.monitored) return;
    if (call.vdn) wall.vdns.get(call.vdn)?.waiting.delete(event.callid);
    call.vdn = event.monitored;
    const line = wall.vdn(event.monitored);
    line.waiting.set(event.callid, event.time);
    line.count(event.time, "offered");
  },

  queued(wall, event) {
    const call = wall._call(event);
    if (call.skills.has(event.split)) return;
    call.skills.add(event.split);
    const line = wall.skill(event.split);
    line.waiting.set(event.callid, event.time);
    line.count(event.time, "offered");
  },

  connect(wall, event) {
    const call = wall._drop(event.callid);
    if (!call) return;
    const waited = Math.max(0, event.time - call.since);
    const skill = event.split || call.skills.values().next().value;
    if (skill && !call.skills.has(skill)) wall.skill(skill).count(call.since, "offered");
    for (const line of [skill && wall.skill(skill), call.vdn && wall.vdn(call.vdn)]) {
      if (!line) continue;
      line.count(event.time, "answered");
      line.count(event.time, "waited", waited);
      if (waited <= wall.target) line.count(event.time, "inTime");
    }
  },

  disconnect(wall, event) {
    const call = wall._calls.get(event.callid);
    if (!call || !isCaller(event.releasing, call)) return;
    wall._drop(event.callid);
    const skill = call.skills.values().next().value;
    if (skill) wall.skill(skill).count(event.time, "abandoned");
    if (call.vdn) wall.vdn(call.vdn).count(event.time, "abandoned");
  },

  divert(wall, event) {
    const call = wall._calls.get(event.callid);
    if (!call?.skills.has(event.diverting)) return;
    call.skills.delete(event.diverting);
    wall.skill(event.diverting).waiting.delete(event.callid);
  },

  fail(wall, event) {
    wall._drop(event.callid);
  },

  gap: (wall, event) => wall.forget(event.monitored),
};

function isCaller(device, call) {
  return device === call.calling || /^T\d+#\d+$/.test(device);
}

/** Rows for a chart over the last hours: [times, waited on average, answered, abandoned]. */
export function history(lines, now, hours = 4) {
  const first = Math.floor((now - hours * 3600) / BUCKET_S) * BUCKET_S;
  const times = [];
  const rows = { offered: [], answered: [], abandoned: [], level: [] };
  for (let begin = first; begin <= now; begin += BUCKET_S) {
    const sum = empty();
    for (const line of lines) {
      const slice = line.slices.get(begin);
      if (slice) for (const key of Object.keys(sum)) sum[key] += slice[key];
    }
    times.push(begin);
    rows.offered.push(sum.offered);
    rows.answered.push(sum.answered);
    rows.abandoned.push(sum.abandoned);
    rows.level.push(serviceLevel(sum));
  }
  return { times, ...rows };
}
