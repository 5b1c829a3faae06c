/**
 * Applications with the JavaScript client, worked over standard input and output, one JSON object a line.
 *
 * In:  {do, id, application, ...}: open (url), leave, end, ask (name, keys), hold, release, rest (given).
 * Out: {id, answer} to each, and {application, event}.
 *
 * `rest` is answered once every application has got the octets that it was given and has dealt with them; it says how
 * many octets came of it. A client that is on hold waits with connecting again until it is released.
 */

import { createInterface } from "node:readline";
import { Client } from "ivrsvr";
import { NodeWebSocket } from "./node_modules/ivrsvr/websocket.js";

const REQUEST_MS = 3_600_000;
const NEVER_MS = 10_000;
const RETRY_MS = 1_000;
const applications = new Map();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const turn = () => new Promise((ready) => setImmediate(ready));

class Application {
  constructor() {
    this.held = null;
    this.sockets = [];
    this.over = 0;
  }

  open(url) {
    const application = this;
    class Counted extends NodeWebSocket {
      constructor(target) {
        super(target);
        application.sockets.push(this);
        this._request.on("socket", (socket) => {
          this.counted = socket;
          socket.on("close", () => application.over++);
        });
      }
    }
    this.client = new Client(url, { WebSocket: Counted, requestMs: REQUEST_MS, wait: (ms, call) => this.wait(ms, call) });
    this.stops = new Map();
    this.held = null;
  }

  /** Limits never come: a request may wait for virtual time. Connecting again is a matter of a moment. */
  wait(ms, call) {
    if (ms > NEVER_MS) return () => {};
    if (this.held) {
      this.held.add(call);
      return () => this.held?.delete(call);
    }
    const id = ms < RETRY_MS ? setImmediate(call) : setTimeout(call, ms);
    return () => (ms < RETRY_MS ? clearImmediate(id) : clearTimeout(id));
  }

  leave() {
    this.client.leave();
  }

  end() {
    this.client.close();
  }

  hold() {
    this.held = new Set();
  }

  release() {
    const held = this.held ?? [];
    this.held = null;
    for (const call of held) call();
  }

  async ask(number, name, { extension, ...keys }) {
    if (name === "startmonitor") {
      const stop = await this.client.monitor(extension, (event) => say({ application: number, event }), keys);
      this.stops.set(extension, stop);
      return { result: "success" };
    }
    if (name === "stopmonitor") {
      await this.stops.get(extension)();
      return { result: "success" };
    }
    const given = extension === undefined ? keys : { extension, ...keys };
    return typeof this.client[name] === "function" ? this.client[name](given) : this.client.request(name, given);
  }

  get received() {
    return this.sockets.reduce((sum, one) => sum + (one.counted?.bytesRead ?? 0), 0);
  }

  get sent() {
    return this.sockets.reduce((sum, one) => sum + (one.counted?.bytesWritten ?? 0), 0);
  }
}

async function rest(given) {
  const came = {};
  for (const [number, [octets, ended]] of Object.entries(given)) {
    const application = applications.get(Number(number));
    while (application.received < octets || application.over < ended) await turn();
  }
  await turn();
  await turn();
  for (const number of Object.keys(given)) {
    const application = applications.get(Number(number));
    came[number] = [application.sent, application.sockets.length];
  }
  return { came };
}

async function carryOut({ do: what, application: number, url, name, keys, given }) {
  if (what === "rest") return rest(given);
  if (what === "open" && !applications.has(number)) applications.set(number, new Application());
  const application = applications.get(number);
  if (what === "ask") {
    try {
      return await application.ask(number, name, keys);
    } catch (error) {
      return error.response ?? { result: "fail", error: String(error) };
    }
  }
  application[what](url);
  if (what === "end") applications.delete(number);
  return { result: "success" };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  carryOut(message).then((answer) => say({ id: message.id, answer }));
}
process.exit();
