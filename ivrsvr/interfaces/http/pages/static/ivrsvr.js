/**
 * A client of ivrsvr for browsers and Node, without dependencies.
 *
 *   const server = new Client("ws://127.0.0.1:8080/ws");
 *   await server.monitor("101", (event) => console.log(event.eventtype, event.callid));
 *   await server.makecall({ extension: "101", destination: "102" });
 *
 * It reconnects by itself, resumes every monitor where it left off, and repeats requests that were under way under the same
 * idempotency key, so that nothing is dialled twice.
 */

import { METHODS, READING } from "./requests.js";

/** A request that the server did not carry out. */
export class RequestFailed extends Error {
  /** @param {object} response the response object, with `error` and `errorcode` */
  constructor(response) {
    super(response.error || "the request failed");
    this.name = "RequestFailed";
    this.response = response;
    this.errorcode = typeof response.errorcode === "number" ? response.errorcode : undefined;
    /** The error's name, such as NO_HELD_CALL. */
    this.reason = String(response.error || "").split(":", 1)[0];
  }

  /** Whether the same request may be carried out when it is made again in a while. */
  get passing() {
    return PASSING.has(this.reason);
  }
}

/** The client was closed, or nobody lets it in. */
export class Disconnected extends Error {
  constructor(text) {
    super(text);
    this.name = "Disconnected";
  }
}

/** No answer in the time that a request has, reconnects included. */
export class TimedOut extends Disconnected {
  constructor(text, idempotencykey = "") {
    super(text);
    this.name = "TimedOut";
    /** Of a request that changes something: asked again with it, it is carried out once. "" = of others. */
    this.idempotencykey = idempotencykey;
  }
}

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 10_000;
const REQUEST_MS = 20_000;

/** WebSocket.OPEN: what is above it closes, or is closed. */
const OPEN = 1;

/** Codes to close with. A page may say 1001 only by going away. */
const FOR_GOOD = 1000;
const TO_COME_BACK = 4001;
const NO_IVRSVR = 4002;
const SILENT = 4003;

/** How long a server may say nothing at all while an answer is awaited: longer than a request takes on the switch. */
const SILENCE_MS = 12_000;

/** Events for one client alone, with the number of the last event before them. */
const NOTICES = new Set(["resumed", "gap", "snapshot", "position"]);

/** Reasons that may be gone in a while: a monitor that was accepted once is tried again, rather than ended. */
const PASSING = new Set([
  "LINK_DOWN", "SWITCH_TIMEOUT", "TOO_MANY_REQUESTS", "DRAINING", "INTERNAL_ERROR", "JOURNAL_FAILED", "NETWORK_BUSY",
  "NETWORK_OUT_OF_SERVICE", "GENERIC_SYSTEM_RESOURCE_AVAILABILITY", "SERVICE_BUSY", "REQUEST_TIMEOUT_REJECTION",
  "REQUESTS_ON_DEVICE_EXCEEDED_REJECTION",
]);

/** One connection to a server, with its requests under way and its monitors. */
export class Client {
  /**
   * @param {string} url of the WebSocket, ws://host:port/ws, or of the server, http://host:port; encrypted: wss, https
   * @param {object} options
   *   key: API key; "" = none. WebSocket: the class to use. wait: (ms, call) -> cancel, instead of timers.
   *   chance: () -> [0, 1). requestMs: how long a request may take, reconnects included. ticks: () -> ms that only go up.
   * Throws TypeError for what is no address.
   */
  constructor(url, options = {}) {
    this.url = address(url);
    this.key = options.key ?? "";
    this._WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this._wait = options.wait ?? timer;
    this._chance = options.chance ?? Math.random;
    this._requestMs = options.requestMs ?? REQUEST_MS;
    this._ticks = options.ticks ?? (() => performance.now());
    this._ahead = null;
    this._rate = 1;
    this._listeners = new Set();
    this._monitors = new Map();
    this._pending = new Map();
    this._starting = new Map();
    this._refusal = null;
    this._number = 0;
    this._prefix = `${Math.floor(this._chance() * 2 ** 48).toString(36)}${Date.now().toString(36)}`;
    this._delay = FIRST_DELAY_MS;
    this._socket = null;
    this._again = null;
    this._unknown = "";
    this._silence = null;
    this.state = "closed";
    this.reason = "";
  }

  /** Tell a listener whenever `state` changes: connecting, open, closed, refused. Returns what stops it. */
  onState(listener) {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  /** Connect, and stay connected until `close`. Called by the first request or monitor, too. */
  connect() {
    if (this._socket || this._again) return;
    this._become("connecting");
    const socket = new this._WebSocket(this.url);
    this._socket = socket;
    socket.onopen = () => this._opened(socket);
    socket.onmessage = (message) => this._hear(socket, message.data);
    socket.onclose = (end) => this._lost(socket, end);
    socket.onerror = () => {};
  }

  /** Disconnect for good: requests under way fail, and the server keeps no monitor for a client that might come back. */
  close() {
    this._go(FOR_GOOD);
  }

  /** Disconnect as `close`, but to come back with since and epoch: the server goes on watching the devices for a while. */
  leave() {
    this._go(TO_COME_BACK);
  }

  _go(code) {
    this._again?.();
    this._again = null;
    const socket = this._socket;
    this._socket = null;
    this._expect();
    socket?.close(code);
    this._starting.clear();
    this._fail(new Disconnected("the client was closed"));
    this._monitors.clear();
    this._become("closed");
  }

  /**
   * Carry out a request.
   * @returns the response object. Throws RequestFailed, Disconnected, TimedOut.
   */
  request(name, keys = {}) {
    if (name === "startmonitor") return Promise.reject(new TypeError("startmonitor: use monitor(), which resumes after a lost connection"));
    const id = String(++this._number);
    const text = { id, request: name, ...keys };
    if (this._refusal) return Promise.reject(this._refusal);
    if (!READING.has(name) && !text.idempotencykey) text.idempotencykey = `${this._prefix}-${id}`;
    return new Promise((resolve, reject) => {
      const end = (settle) => (value) => {
        cancel();
        this._pending.delete(id);
        settle(value);
      };
      const pending = { name, text: JSON.stringify(text), done: end(resolve), fail: end(reject) };
      const cancel = this._wait(this._requestMs, () =>
        pending.fail(this._late(name, text.idempotencykey)),
      );
      this._pending.set(id, pending);
      if (this.state === "open") this._say(pending.text);
      else this.connect();
      if (!this._silence) this._expect();
    });
  }

  /**
   * Be told of every event of a device. One call per device; calling again replaces listener and options.
   * @param listener (event) => void. Besides the events of the manual: `resumed`; `gap`, followed by `snapshot`.
   * @param options  events: "all" | "contract"; eventtypes: only these (["connect", "idle"], or "connect,idle"); since, epoch: where
   *   an earlier life left off.
   * @returns a function that stops it. Throws RequestFailed when the server refuses.
   */
  async monitor(extension, listener, options = {}) {
    extension = String(extension); // as events name it
    const { since, epoch, ...keys } = options;
    if (typeof keys.eventtypes === "string") keys.eventtypes = keys.eventtypes.split(",").map((one) => one.trim()).filter(Boolean);
    const monitor = { listener, keys, since, epoch, live: false, started: false };
    this._monitors.get(extension)?.begun(new Disconnected(`another monitor of ${extension} has taken its place`));
    this._monitors.set(extension, monitor);
    try {
      await new Promise((resolve, reject) => {
        const cancel = this._wait(this._requestMs, () => reject(this._late(`startmonitor ${extension}`)));
        monitor.begun = (error) => {
          cancel();
          if (error) reject(error);
          else resolve();
        };
        if (this._refusal) monitor.begun(this._refusal);
        else if (this.state === "open") this._start(extension, monitor);
        else this.connect();
      });
    } catch (error) {
      if (this._monitors.get(extension) === monitor) this._monitors.delete(extension);
      throw error;
    }
    return () => {
      if (this._monitors.get(extension) !== monitor) return Promise.resolve();
      this._monitors.delete(extension);
      return this.request("stopmonitor", { extension }).catch(() => {});
    };
  }

  /** Every event of a device that the journal still has, in order. keys: since, until, eventtypes. Throws as `request`. */
  async history(extension, keys = {}) {
    const found = [];
    for (let after = keys; ; ) {
      const page = await this.request("eventhistory", { extension, ...keys, ...after });
      const last = Array.isArray(page.list) ? page.list.at(-1) : null;
      if (last === null || (last && !(last.eventid > (after.after ?? -1)))) throw new Disconnected("eventhistory: that is no answer of an ivrsvr");
      found.push(...page.list);
      if (!page.more || !last) return found;
      after = { after: last.eventid };
    }
  }

  /** The server's clock, in seconds since 1970; null = no monitor has been told of it yet. The clock of this machine plays no part. */
  now() {
    return this._ahead === null ? null : this._ahead + (this._rate * this._ticks()) / 1000;
  }

  /** When an event happened, as `now` counts: the same for all events of one second; now for one that has just come. */
  moment(event) {
    const now = this.now();
    return now === null || now - event.time > 1 ? event.time : now;
  }

  /** Go by what a simulator's clock tells (`sim clock`): it may stand still, jump, or run at another rate than the world's. */
  hearClock({ now, mode, rate }) {
    this._rate = mode === "virtual" ? 0 : rate;
    this._ahead = now - (this._rate * this._ticks()) / 1000;
  }

  // ---- inside

  /** Start a monitor on the present connection, or let it go on. Without a position it is told one first. */
  _start(extension, monitor) {
    const id = String(++this._number);
    const from = monitor.since === undefined ? { position: true } : { since: monitor.since, epoch: monitor.epoch };
    this._starting.set(id, { extension, monitor, resuming: monitor.since !== undefined });
    this._say(JSON.stringify({ id, request: "startmonitor", extension, ...monitor.keys, ...from }));
  }

  /** A connection that closes already takes nothing, and browsers complain: what waits is said on the next one. */
  _say(text) {
    if (!(this._socket.readyState > OPEN)) this._socket.send(text);
  }

  _opened(socket) {
    if (socket !== this._socket) return;
    this._unknown = "";
    this._refusal = null;
    if (this.key) this._say(JSON.stringify({ id: "key", request: "authenticate", key: this.key }));
    for (const [extension, monitor] of this._monitors) this._start(extension, monitor);
    for (const pending of this._pending.values()) this._say(pending.text);
    this._become("open");
    this._expect();
  }

  /** What is no message of an ivrsvr is given up with its connection, and nothing of it taken. */
  _hear(socket, data) {
    if (socket !== this._socket) return;
    const message = read(data);
    if (message === null) {
      const reason = "that is no message of an ivrsvr";
      socket.close(NO_IVRSVR, reason);
      this._lost(socket, { code: NO_IVRSVR, reason }); // whatever it still says, and whether it closes
      return;
    }
    if (message.msgtype === "response") this._answered(message);
    else this._told(message);
    this._expect();
  }

  /** Give a connection up on which nothing comes although an answer is due: lines die without anybody being told. */
  _expect() {
    this._silence?.();
    this._silence = null;
    const socket = this._socket;
    if (!socket || this.state !== "open" || this._pending.size === 0) return;
    this._silence = this._wait(SILENCE_MS, () => {
      this._silence = null;
      if (socket !== this._socket || this._pending.size === 0) return;
      socket.close(SILENT, "nothing comes");
      this._lost(socket, { code: SILENT, reason: "the server says nothing" });
    });
  }

  _answered(message) {
    const failed = message.result === "success" ? null : new RequestFailed(message);
    if (failed?.reason === "NOT_AUTHENTICATED") this._unknown = message.error;
    else this._delay = FIRST_DELAY_MS;
    if (message.id === "key") {
      if (failed) this._fail((this._refusal = failed));
      return;
    }
    const start = this._starting.get(message.id);
    if (start) {
      this._starting.delete(message.id);
      this._accepted(start, failed);
      return;
    }
    const pending = this._pending.get(message.id);
    if (failed) pending?.fail(failed);
    else pending?.done(message);
  }

  _accepted({ extension, monitor, resuming }, failed) {
    if (this._monitors.get(extension) !== monitor) return;
    if (!failed) {
      monitor.live = true;
      monitor.behind = resuming;
      if (resuming) this._begun(monitor);
    } else if (!monitor.started) {
      monitor.begun(failed);
    } else if (PASSING.has(failed.reason)) {
      const socket = this._socket;
      this._wait(FIRST_DELAY_MS * 4, () => {
        if (socket === this._socket && this.state === "open" && this._monitors.get(extension) === monitor) this._start(extension, monitor);
      });
    } else {
      this._monitors.delete(extension);
      tell(monitor.listener, { msgtype: "event", eventtype: "monitorended", monitored: extension, error: failed.message });
    }
  }

  _begun(monitor) {
    if (monitor.started) return;
    monitor.started = true;
    monitor.begun();
  }

  _told(event) {
    if (event.eventtype === "overflow") return; // the end of the connection follows; each monitor knows where it is
    for (const [extension, monitor] of [...this._monitors]) {
      const mine = event.monitored === undefined ? wants(monitor, event.eventtype) : event.monitored === extension;
      if (mine && monitor.live) this._tell(monitor, event);
    }
  }

  _tell(monitor, event) {
    const notice = NOTICES.has(event.eventtype);
    if (notice && event.eventtype !== "gap") monitor.behind = false;
    if (!monitor.behind && Number.isFinite(event.time)) this._hearTime(event.time);
    if (!notice && event.epoch !== undefined && event.epoch === monitor.epoch && event.eventid <= monitor.since) return;
    if (event.epoch !== undefined && event.eventtype !== "gap") {
      // After a gap its snapshot is still to come: cut off in between, both are asked for again.
      monitor.since = event.eventid;
      monitor.epoch = event.epoch;
    }
    if (event.eventtype === "position") this._begun(monitor);
    else tell(monitor.listener, event);
  }

  /** The server says what time it is, in whole seconds: what is nearest to the next one is nearest to the truth. */
  _hearTime(time) {
    const ahead = time - (this._rate * this._ticks()) / 1000;
    this._ahead = this._ahead !== null && Math.abs(ahead - this._ahead) <= 1 ? Math.max(ahead, this._ahead) : ahead;
  }

  _fail(error) {
    for (const pending of [...this._pending.values()]) pending.fail(error);
    for (const monitor of [...this._monitors.values()]) if (!monitor.started) monitor.begun(error);
  }

  _lost(socket, end) {
    if (socket !== this._socket) return;
    this._socket = null;
    this._expect();
    this._starting.clear();
    for (const monitor of this._monitors.values()) monitor.live = false;
    // Monitors end with their connection: asked again, it might stop one that has begun since.
    for (const pending of [...this._pending.values()]) if (pending.name === "stopmonitor") pending.done({ result: "success" });
    const refused = end.code === 1008 || Boolean(this._unknown);
    this._become(refused ? "refused" : "connecting", this._unknown || end.reason);
    if (refused && !this._refusal) this._fail((this._refusal = new Disconnected(this._unknown || end.reason || "the server lets nobody in")));
    const delay = this._delay * (0.5 + this._chance() / 2);
    this._delay = Math.min(this._delay * 2, LAST_DELAY_MS);
    this._again = this._wait(refused ? LAST_DELAY_MS : delay, () => {
      this._again = null;
      this.connect();
    });
  }

  _late(what, idempotencykey) {
    const why = this.state !== "open" && this.reason ? `: ${this.reason}` : "";
    return new TimedOut(`${what}: no answer within ${this._requestMs / 1000} s${why}`, idempotencykey);
  }

  _become(state, reason = "") {
    if (reason || state !== "connecting") this.reason = reason; // another attempt does not undo why the last one failed
    if (state === this.state) return;
    this.state = state;
    for (const listener of [...this._listeners]) tell(listener, state, reason);
  }
}

for (const name of METHODS) {
  Client.prototype[name] = function (keys = {}) {
    return this.request(name, keys);
  };
}

/** Call a listener. What it throws is told as what nobody catches, and holds up neither other listeners nor what comes next. */
function tell(listener, ...what) {
  try {
    listener(...what);
  } catch (error) {
    const report = globalThis.reportError ?? ((thrown) => queueMicrotask(() => { throw thrown; }));
    report(error);
  }
}

/** The WebSocket of a server. Throws TypeError. */
function address(url) {
  let found = null;
  if (/^(ws|http)s?:\/\/[^#]*$/.test(url)) {
    try {
      found = new URL(String(url).replace(/^http/, "ws"));
    } catch {
      // said below, as of all others
    }
  }
  if (!found) throw new TypeError(`"${url}" is no address of a server; give ws://HOST:PORT/ws or http://HOST:PORT`);
  if (found.pathname === "/") found.pathname = "/ws";
  return found.href;
}

/** Whether an event of no device belongs to a monitor. */
function wants(monitor, eventtype) {
  const { events, eventtypes } = monitor.keys;
  return eventtypes?.length ? eventtypes.includes(eventtype) : events === "all";
}

/** A message of a server; null = it is none. */
function read(data) {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return null;
  }
  if (message?.msgtype === "response") return typeof message.id === "string" && typeof message.result === "string" ? message : null;
  if (message?.msgtype !== "event" || typeof message.eventtype !== "string") return null;
  const numbered = message.epoch !== undefined;
  return !numbered || (typeof message.epoch === "string" && Number.isInteger(message.eventid)) ? message : null;
}

function timer(ms, call) {
  const id = setTimeout(call, ms);
  return () => clearTimeout(id);
}
