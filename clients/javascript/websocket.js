/** As much of a WebSocket (RFC 6455) as the client needs, over Node's own http and https: for Node 18 and 20. */

import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MOST = 16 * 1024 * 1024;
const OPEN_MS = 10_000;
const CLOSE_MS = 1_000;
const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

export class NodeWebSocket {
  onopen = () => {};
  onmessage = () => {};
  onclose = () => {};
  onerror = () => {};

  constructor(url) {
    const target = new URL(url);
    const key = randomBytes(16).toString("base64");
    target.protocol = target.protocol === "wss:" ? "https:" : "http:";
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": key };
    this._socket = null;
    this._rest = Buffer.alloc(0);
    this._pieces = [];
    this._length = 0;
    this._closed = false;
    this._end = { code: 1006, reason: "" };
    this._request = (target.protocol === "https:" ? https : http).get(target, { headers, timeout: OPEN_MS });
    this._request.on("upgrade", (answer, socket, head) => {
      const proof = createHash("sha1").update(key + GUID).digest("base64");
      if (this._closed || answer.headers["sec-websocket-accept"] !== proof) return socket.destroy(), this._over();
      this._open(socket, head);
    });
    this._request.on("response", (answer) => this._give(1006, `the server answered ${answer.statusCode}`));
    this._request.on("timeout", () => this._socket ?? this._give(1006, "the server does not answer"));
    this._request.on("error", (error) => this._give(1006, error.message));
  }

  send(text) {
    this._frame(TEXT, Buffer.from(text));
  }

  close(code = 1000, reason = "") {
    if (!this._socket) return this._give(code, reason);
    const body = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason).subarray(0, 120)]);
    this._end = { code, reason };
    this._frame(CLOSE, body);
    this._socket.end();
    setTimeout(() => this._socket.destroy(), CLOSE_MS).unref();
  }

  _open(socket, head) {
    this._socket = socket;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on("data", (data) => this._take(data));
    socket.on("error", () => {});
    socket.on("close", () => this._over());
    this.onopen();
    this._take(head);
  }

  _give(code, reason) {
    this._end = { code, reason };
    this._request.destroy();
    this._over();
  }

  _over() {
    if (this._closed) return;
    this._closed = true;
    queueMicrotask(() => this.onclose(this._end));
  }

  _frame(kind, body) {
    if (!this._socket || this._socket.destroyed || !this._socket.writable) return;
    const long = body.length > 65535 ? 8 : body.length > 125 ? 2 : 0;
    const head = Buffer.alloc(2 + long);
    head[0] = 0x80 | kind;
    head[1] = 0x80 | (long === 8 ? 127 : long === 2 ? 126 : body.length);
    if (long === 2) head.writeUInt16BE(body.length, 2);
    if (long === 8) head.writeBigUInt64BE(BigInt(body.length), 2);
    const mask = randomBytes(4);
    this._socket.write(Buffer.concat([head, mask, body.map((octet, place) => octet ^ mask[place & 3])]));
  }

  _take(data) {
    this._rest = this._rest.length ? Buffer.concat([this._rest, data]) : data;
    for (;;) {
      const rest = this._rest;
      if (this._closed || rest.length < 2) return;
      const short = rest[1] & 127;
      const start = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (rest[1] & 128 || rest[0] & 0x70) return this._broken(1002, "a frame that no server may send");
      if (rest.length < start) return;
      const length = short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
      if (length + this._length > MOST) return this._broken(1009, "the message is too large");
      if (rest.length < start + length) return;
      this._rest = rest.subarray(start + length);
      this._got(rest[0] & 15, Boolean(rest[0] & 128), rest.subarray(start, start + length));
    }
  }

  _got(kind, last, body) {
    if (kind === PING) return this._frame(PONG, body);
    if (kind === PONG) return undefined;
    if (kind === CLOSE) {
      this._end = { code: body.length > 1 ? body.readUInt16BE(0) : 1005, reason: body.subarray(2).toString() };
      this._frame(CLOSE, body);
      return this._socket.destroySoon(); // not every server ends the connection after that
    }
    if (kind > BINARY) return this._broken(1002, "a frame of no known kind");
    this._pieces.push(body);
    this._length += body.length;
    if (!last) return undefined;
    const whole = Buffer.concat(this._pieces).toString();
    this._pieces = [];
    this._length = 0;
    return this.onmessage({ data: whole });
  }

  _broken(code, reason) {
    this._rest = Buffer.alloc(0);
    this.close(code, reason);
    this._socket.destroy();
  }
}
