/**
 * A client of ivrsvr for browsers and Node, without dependencies.
 *
 *   const server = new Client("ws://127.0.0.1:8080/ws");
 *   await server.monitor("101", (event) => console.log(event.eventtype, event.callid));
 *   await server.request("makecall", { extension: "101", destination: "102" });
 *
 * It reconnects by itself, resumes every monitor where it left off, and repeats requests that were under way under the same
 * idempotency key, so that nothing is dialled twice.
 */

/** A request that the server did not carry out. */
export class RequestFailed extends Error {
  /** @param {object} response the response object, with `error` and `errorcode` */
  constructor(response) {
    super(response.error || "the request failed");
    this.name = "RequestFailed";
    this.response = response;
    this.errorcode = response.errorcode;
    /** The error's name, such as NO_HELD_CALL. */
    this.reason = String(response.error || "").split(":", 1)[0];
  }
}

/** The client was closed, or a request found no connection in time. */
export class Disconnected extends Error {
  constructor(text) {
    super(text);
    this.name = "Disconnected";
  }
}

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 10_000;
const REQUEST_MS = 20_000;

/** One connection to a server, with its requests under way and its monitors. */
export class Client {
  /**
   * @param {string} url of the WebSocket, ws://host:port/ws
   * @param {object} options
   *   key: API key; "" = none. WebSocket: the class to use. wait: (ms, call) -> cancel, instead of timers.
   *   chance: () -> [0, 1). requestMs: how long a request may take, reconnects included.
   */
  constructor(url, options = {}) {
    this.url = url;
    this.key = options.key ?? "";
    this._WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this._wait = options.wait ?? timer;
    this._chance = options.chance ?? Math.random;
    this._requestMs = options.requestMs ?? REQUEST_MS;
    this._listeners = new Set();
    this._monitors = new Map();
    this._pending = new Map();
    this._number = 0;
    this._prefix = `${Math.floor(this._chance() * 2 ** 48).toString(36)}${Date.now().toString(36)}`;
    this._delay = FIRST_DELAY_MS;
    this._socket = null;
    this._again = null;
    this._unknown = "";
    this.state = "closed";
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
    socket.onmessage = (message) => this._take(JSON.parse(message.data));
    socket.onclose = (end) => this._lost(socket, end);
    socket.onerror = () => {};
  }

  /** Disconnect. Requests under way fail; monitors end. */
  close() {
    this._again?.();
    this._again = null;
    const socket = this._socket;
    this._socket = null;
    socket?.close(1000);
    this._monitors.clear();
    for (const pending of [...this._pending.values()]) pending.fail(new Disconnected("the client was closed"));
    this._become("closed");
  }

  /**
   * Carry out a request.
   * @returns the response object. Throws RequestFailed, Disconnected.
   */
  request(name, keys = {}) {
    const id = String(++this._number);
    const text = { id, request: name, ...keys };
    if (CHANGING.has(name) && !text.idempotencykey) text.idempotencykey = `${this._prefix}-${id}`;
    return new Promise((resolve, reject) => {
      const end = (settle) => (value) => {
        cancel();
        this._pending.delete(id);
        settle(value);
      };
      const pending = { text: JSON.stringify(text), done: end(resolve), fail: end(reject) };
      const cancel = this._wait(this._requestMs, () =>
        pending.fail(new Disconnected(`${name}: no answer within ${this._requestMs / 1000} s`)),
      );
      this._pending.set(id, pending);
      if (this.state === "open") this._socket.send(pending.text);
      else this.connect();
    });
  }

  /**
   * Be told of every event of a device. One call per device; calling again replaces listener and options.
   * @param listener (event) => void. Besides the events of the manual: `resumed`; `gap`, followed by `snapshot`.
   * @param options  events: "all" | "contract"; eventtypes: only these; since, epoch: where an earlier life left off.
   * @returns a function that stops it. Throws RequestFailed when the server refuses.
   */
  async monitor(extension, listener, options = {}) {
    const { since, epoch, ...keys } = options;
    const monitor = { listener, keys, since, epoch };
    this._monitors.set(extension, monitor);
    try {
      await this._start(extension, monitor);
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

  /** Every event of a device that the journal still has, in order. keys: since, until, eventtypes. */
  async history(extension, keys = {}) {
    const found = [];
    let page;
    do {
      const after = page ? { after: page.list.at(-1).eventid } : {};
      page = await this.request("eventhistory", { extension, ...keys, ...after });
      found.push(...page.list);
    } while (page.more);
    return found;
  }

  // ---- inside

  _start(extension, monitor) {
    const from = monitor.since === undefined ? {} : { since: monitor.since, epoch: monitor.epoch };
    return this.request("startmonitor", { extension, ...monitor.keys, ...from });
  }

  _opened(socket) {
    if (socket !== this._socket) return;
    this._unknown = "";
    if (this.key) socket.send(JSON.stringify({ id: "key", request: "authenticate", key: this.key }));
    this._become("open");
    const waiting = [...this._pending.values()];
    const starting = new Set(waiting.map((one) => startOf(one.text)));
    for (const [extension, monitor] of this._monitors) {
      if (!starting.has(extension)) this._start(extension, monitor).catch((error) => this._refused(extension, monitor, error));
    }
    for (const pending of waiting) socket.send(pending.text);
  }

  _refused(extension, monitor, error) {
    if (!(error instanceof RequestFailed) || this._monitors.get(extension) !== monitor) return;
    monitor.listener({ msgtype: "event", eventtype: "monitorended", monitored: extension, error: error.message });
  }

  _take(message) {
    if (message.msgtype === "response") {
      const pending = this._pending.get(message.id);
      if (String(message.error ?? "").startsWith("NOT_AUTHENTICATED")) this._unknown = message.error;
      else this._delay = FIRST_DELAY_MS;
      if (message.result === "success") pending?.done(message);
      else pending?.fail(new RequestFailed(message));
      return;
    }
    const everybody = message.monitored === undefined;
    for (const [extension, monitor] of this._monitors) {
      if (!everybody && extension !== message.monitored) continue;
      if (message.eventid !== undefined) {
        monitor.since = message.eventid;
        monitor.epoch = message.epoch;
      }
      monitor.listener(message);
    }
  }

  _lost(socket, end) {
    if (socket !== this._socket) return;
    this._socket = null;
    const refused = end.code === 1008 || Boolean(this._unknown);
    this._become(refused ? "refused" : "connecting", this._unknown || end.reason);
    const delay = this._delay * (0.5 + this._chance() / 2);
    this._delay = Math.min(this._delay * 2, LAST_DELAY_MS);
    this._again = this._wait(refused ? LAST_DELAY_MS : delay, () => {
      this._again = null;
      this.connect();
    });
  }

  _become(state, reason = "") {
    if (state === this.state) return;
    this.state = state;
    for (const listener of [...this._listeners]) listener(state, reason);
  }
}

function startOf(text) {
  const request = JSON.parse(text);
  return request.request === "startmonitor" ? request.extension : "";
}

function timer(ms, call) {
  const id = setTimeout(call, ms);
  return () => clearTimeout(id);
}

/** Requests that change something: repeated under one idempotency key after a reconnect. */
export const CHANGING = new Set([
  "makecall", "answer", "hangup", "dropparty", "hold", "retrieve", "consultation", "reconnect", "alternate", "dtmf",
  "clearcall", "deflectcall", "pickupcall", "transfer", "conference", "singlesteptransfer", "singlestepconference",
  "selectivelisteninghold", "selectivelisteningretrieve", "login", "logout", "setstate", "userdata",
  "setdonotdisturb", "setforwarding", "setmsgwaitingind",
]);
