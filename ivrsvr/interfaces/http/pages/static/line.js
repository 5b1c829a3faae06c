/**
 * The line of one extension: its calls, followed by events, with what the journal knows of before, and checked by snapshots
 * where events do not tell all.
 */

import { Calls } from "./calls.js";
import { RequestFailed } from "./ivrsvr.js";

/** How far back the journal is asked, in hours: further only while that does not do. */
const PAST_H = [1, 8, 48];
const ENOUGH_ENDED = 12;
/** A snapshot that events have overtaken is of no use; after so many the line is looked at again in a while. */
const MOST_LOOKS = 5;
const BUSY_MS = 1000;

export class Line {
  /** told: called with every event, after the calls have taken it. */
  constructor(server, extension, told) {
    this.extension = extension;
    this.calls = new Calls(extension);
    this._server = server;
    this._told = told;
    this._waiting = [];
    this._looking = false;
    this._overtaken = false;
    this._unsure = false;
    this._over = false;
  }

  /** Follow the extension from now on. Throws RequestFailed, Disconnected. */
  async begin() {
    this._stop = await this._server.monitor(this.extension, (event) => this._hear(event), { events: "all" });
    await this._catchUp();
  }

  /** Put together what the journal, the events meanwhile and a snapshot tell. Throws RequestFailed, Disconnected. */
  async _catchUp() {
    try {
      const { list } = await this._server.request("snapshot", { extension: this.extension });
      const last = await this._remember(list.map((call) => call.callid));
      // What came meanwhile may be in the journal's answer already.
      this._waiting = this._waiting.filter((event) => event.epoch !== last.epoch || event.eventid > last.eventid);
    } finally {
      const waiting = this._waiting;
      this._waiting = null;
      for (const event of waiting) this._take(event);
    }
    await this._look();
  }

  /** Stop following. */
  async end() {
    this._over = true;
    await this._stop?.();
  }

  /** Fold what the journal has, as far back as needed to know these calls and enough that are over. Returns its last event. */
  async _remember(callids) {
    const before = this.calls;
    let last = {};
    try {
      for (const hours of PAST_H) {
        const events = await this._server.history(this.extension, { since: Math.max(0, Math.floor(this._server.now() - hours * 3600)) });
        const past = new Calls(this.extension);
        for (const event of events) past.take(event, this._server.moment(event));
        past.inherit(before);
        this.calls = past;
        last = events.at(-1) ?? {};
        if (past.ended.length >= ENOUGH_ENDED && callids.every((callid) => past.get(callid))) break;
      }
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
    }
    return last;
  }

  _hear(event) {
    if (this._waiting) this._waiting.push(event);
    else this._take(event);
  }

  _take(event) {
    this._overtaken = true;
    const unclear = this.calls.take(event, this._server.moment(event));
    this._told(event);
    if (event.eventtype === "gap") {
      this._waiting = [];
      this._catchUp().catch(() => (this._unsure = true));
    } else if (unclear || (this._unsure && event.eventtype === "resumed")) this._look();
  }

  /** Take over a snapshot that no event has overtaken. What fails is tried again when the link or the connection is back. */
  async _look() {
    if (this._looking) return;
    this._looking = true;
    this._unsure = false;
    let looks = 0;
    try {
      do {
        this._overtaken = false;
        const snapshot = await this._server.request("snapshot", { extension: this.extension });
        if (this._over) return;
        if (!this._overtaken) {
          this.calls.adopt(snapshot.list, this._server.now());
          this._told(null);
        }
      } while (this._overtaken && ++looks < MOST_LOOKS);
    } catch {
      this._unsure = true;
    } finally {
      this._looking = false;
    }
    if (this._overtaken && !this._unsure && !this._over) setTimeout(() => this._look(), BUSY_MS);
  }
}
