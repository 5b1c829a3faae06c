/** Servers that are none, or break whatever can break, against the JavaScript client: `node --test`. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import { test } from "node:test";
import { Client, Disconnected, RequestFailed, TimedOut } from "ivrsvr";

const soon = (ms, call) => {
  const id = setTimeout(call, ms > 10_000 ? 200 : 0);
  return () => clearTimeout(id);
};

/** A client of a server that is a function: ({say, end, heard, dials}, message) => void. */
function against(server, options = {}) {
  const place = { heard: [], dials: 0 };
  class Fake {
    readyState = 0;
    constructor() {
      place.dials++;
      place.closing = () => (this.readyState = 2);
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen();
      });
      place.say = (message) => queueMicrotask(() => this.onmessage({ data: typeof message === "object" ? JSON.stringify(message) : message }));
      place.end = (code = 1006, reason = "") =>
        queueMicrotask(() => {
          this.readyState = 3;
          this.onclose({ code, reason });
        });
      server(place, null);
    }
    send(text) {
      assert.equal(this.readyState, 1, "a browser complains of what is sent on a connection that closes");
      const message = JSON.parse(text);
      place.heard.push(message);
      server(place, message);
    }
    close(code) {
      this.readyState = 2;
      place.closed = code;
    }
  }
  return [new Client("ws://nowhere/ws", { WebSocket: Fake, wait: soon, ...options }), place];
}

const success = ({ id }, keys = {}) => ({ msgtype: "response", id, result: "success", ...keys });
const event = (eventtype, eventid, epoch = "e") => ({ msgtype: "event", eventtype, eventid, epoch, monitored: "101" });
const call = { extension: "101", destination: "102" };

const GARBAGE = [
  "", "hello", "[]", "null", "{}", "7", '"response"', '{"msgtype":"response"}', '{"msgtype":"response","id":1,"result":"success"}',
  '{"msgtype":"event"}', '{"msgtype":"event","eventtype":7}', '{"msgtype":"event","eventtype":"offer","eventid":"1","epoch":"e"}',
  '{"msgtype":"event","eventtype":"offer","eventid":true,"epoch":"e"}', '{"msgtype":"event","eventtype":"offer","eventid":1,"epoch":null}',
  "[".repeat(5000), "\u0000", "x".repeat(20_000), new ArrayBuffer(8),
];

test("after garbage it connects again, and asks again under the same key", async () => {
  for (const garbage of GARBAGE) {
    const [client, place] = against(({ heard, say }, message) => {
      if (!message) return;
      if (heard.length === 1) {
        say(garbage);
        say(success(message, { callid: "of a liar" })); // nothing more of that connection counts
      } else say(success(message, { callid: "7" }));
    });
    const answer = await client.makecall(call);
    assert.equal(answer.callid, "7", String(garbage).slice(0, 50));
    assert.deepEqual(place.heard[0], place.heard[1]);
    assert.ok(place.heard[0].idempotencykey);
    assert.equal(place.closed, 4002);
    client.close();
    assert.equal(place.closed, 1000);
  }
});

test("a server that closes at once is given up in time", async () => {
  const [client, place] = against(({ end }, message) => message || end(1011, "no"), { requestMs: 20_000 });
  await assert.rejects(client.makecall(call), (error) => {
    assert.ok(error instanceof TimedOut && error instanceof Disconnected);
    assert.equal(error.message, "makecall: no answer within 20 s: no");
    assert.equal(error.idempotencykey, place.heard[0]?.idempotencykey ?? error.idempotencykey);
    assert.ok(error.idempotencykey);
    return true;
  });
  assert.equal(client.reason, "no");
  client.close();
});

test("what is asked while the connection closes is asked on the next one, once", async () => {
  const [client, place] = against(({ say }, message) => message && say(success(message, { callid: "7" })));
  await client.makecall(call);
  place.closing();
  const asked = client.makecall(call);
  const watched = client.monitor("101", () => {});
  place.end(1012, "restart");
  assert.equal((await asked).callid, "7");
  place.say({ ...event("position", 1), monitored: "101" });
  await watched;
  assert.equal(place.dials, 2);
  assert.deepEqual(place.heard.map((one) => one.request), ["makecall", "startmonitor", "makecall"]);
  client.close();
});

test("who asks as soon as the connection is open is heard once", async () => {
  const [client, place] = against(({ say }, message) => message && say(success(message, { callid: "7" })));
  let asked = null;
  client.onState((state) => (asked = state === "open" ? client.makecall(call) : asked));
  client.connect();
  await new Promise(setImmediate);
  assert.equal((await asked).callid, "7");
  assert.equal(place.heard.length, 1);
  client.close();
});

test("a key that goes out of force fails what waits at once", async () => {
  const [client, place] = against(({ end }, message) => message && end(1008, "the key has expired"));
  const never = (asked) => assert.rejects(asked, (error) => error instanceof Disconnected && error.message === "the key has expired");
  await never(client.makecall(call));
  await never(client.snapshot({ extension: "101" }));
  await never(client.monitor("101", () => {}));
  assert.equal(client.state, "refused");
  assert.equal(place.heard.length, 1);
  client.close();
});

test("a listener that throws holds up nobody", async () => {
  const thrown = [];
  globalThis.reportError = (error) => thrown.push(error.message);
  const [client, place] = against(({ say }, message) => {
    if (message?.request === "startmonitor") {
      say(success(message));
      say({ ...event("position", 4), monitored: message.extension });
    } else if (message) {
      say({ msgtype: "event", eventtype: "linkdown", eventid: 5, epoch: "e" });
      say(success(message));
    }
  });
  client.onState(() => { throw new Error("state"); });
  const told = [];
  await client.monitor("101", ({ eventtype }) => { throw new Error(eventtype); }, { events: "all" });
  await client.monitor("102", ({ eventtype }) => told.push(eventtype), { events: "all" });
  await client.snapshot({ extension: "101" });
  assert.deepEqual(told, ["linkdown"]);
  assert.deepEqual(thrown, ["state", "state", "linkdown"]);
  assert.equal(place.dials, 1);
  client.close();
  delete globalThis.reportError;
});

test("the address of a server, in each form, and what is none", () => {
  for (const [given, url] of [
    ["ws://10.0.0.1:8080/ws", "ws://10.0.0.1:8080/ws"], ["http://10.0.0.1:8080", "ws://10.0.0.1:8080/ws"],
    ["https://cti.example/", "wss://cti.example/ws"], ["wss://cti.example/cti/ws?a=b", "wss://cti.example/cti/ws?a=b"],
  ]) assert.equal(new Client(given).url, url);
  for (const wrong of ["", "101", "10.0.0.1:8080", "ftp://10.0.0.1/", "ws://", "ws://a/ws#b", undefined, null, 7]) {
    assert.throws(() => new Client(wrong), (error) => error instanceof TypeError && /give ws:\/\//.test(error.message), String(wrong));
  }
});

test("extensions as numbers and event types with commas are what they look like", async () => {
  const [client, place] = against(({ say }, message) => {
    if (message?.request !== "startmonitor") return;
    say(success(message));
    say(event("position", 4));
    say(event("offer", 5));
  });
  const told = [];
  await new Promise((done) => client.monitor(101, ({ eventtype }) => done(told.push(eventtype)), { eventtypes: "offer, idle" }));
  assert.deepEqual(told, ["offer"]);
  assert.equal(place.heard[0].extension, "101");
  assert.deepEqual(place.heard[0].eventtypes, ["offer", "idle"]);
  await assert.rejects(client.request("startmonitor", { extension: "101" }), /startmonitor: use monitor\(\)/);
  assert.equal(place.heard.length, 1);
  client.close();
});

test("a line that dies without a word is given up, and the request made on the next one", async () => {
  const wait = (ms, call) => {
    const id = setTimeout(call, ms > 15_000 ? 5_000 : ms > 10_000 ? 5 : 0);
    return () => clearTimeout(id);
  };
  const [client, place] = against(({ dials, say }, message) => message && dials > 1 && say(success(message, { callid: "7" })), { wait });
  assert.equal((await client.makecall(call)).callid, "7");
  assert.deepEqual(place.heard[0], place.heard[1]);
  assert.equal(place.dials, 2);
  client.close();
});

test("a connection on which nothing is awaited may be silent for ever", async () => {
  const wait = (ms, call) => {
    const id = ms > 15_000 ? 0 : setTimeout(call, 0);
    return () => clearTimeout(id);
  };
  const [client, place] = against(({ say }, message) => message && say(success(message)), { wait });
  await client.snapshot({ extension: "101" });
  await new Promise((later) => setTimeout(later, 5));
  assert.equal(place.dials, 1);
  client.close();
});

test("an answer to nothing, and a second answer, change nothing", async () => {
  const [client] = against(({ say }, message) => {
    if (!message) return;
    say({ msgtype: "response", id: "77", result: "success" });
    say(success(message, { name: "first" }));
    say(success(message, { name: "second" }));
  });
  assert.equal((await client.querydevicename({ extension: "101" })).name, "first");
  assert.equal((await client.querydevicename({ extension: "102" })).name, "first");
  client.close();
});

test("an event that comes twice or late is told once", async () => {
  const [client] = against(({ say }, message) => {
    if (!message) return;
    say(success(message));
    for (const [kind, number] of [["position", 5], ["offer", 6], ["offer", 6], ["hold", 4], ["connect", 8], ["idle", 9]]) say(event(kind, number));
  });
  const told = [];
  await new Promise((idle) => client.monitor("101", ({ eventtype }) => told.push(eventtype) && eventtype === "idle" && idle()));
  assert.deepEqual(told, ["offer", "connect", "idle"]);
  client.close();
});

test("a monitor that another takes the place of, before the server has said a word of it, says so at once", async () => {
  const [client] = against(({ heard, say }, message) => message && heard.length === 2 && (say(success(message)), say(event("position", 5))));
  const first = client.monitor("101", () => {});
  await new Promise((later) => setTimeout(later, 0));
  const second = client.monitor("101", () => {});
  await assert.rejects(first, /another monitor of 101 has taken its place/);
  await second;
  client.close();
});

test("a gap that is cut off before its snapshot is asked for again", async () => {
  const [client, { heard }] = against(({ heard, say, end }, message) => {
    if (!message) return;
    say(success(message));
    say(event("gap", 90, "new"));
    if (heard.length === 1) end();
    else say(event("snapshot", 90, "new"));
  });
  const told = [];
  await new Promise((whole) => client.monitor("101", ({ eventtype }) => told.push(eventtype) && eventtype === "snapshot" && whole(), { since: 3, epoch: "old" }));
  assert.deepEqual(told, ["gap", "gap", "snapshot"]);
  assert.deepEqual(heard.map(({ since, epoch }) => [since, epoch]), [[3, "old"], [3, "old"]]);
  client.close();
});

test("a refusal without words, or in strange ones, is still a refusal", async () => {
  for (const [error, errorcode] of [[undefined, undefined], [7, "x"], [{}, null], ["NO_HELD_CALL: none", 24]]) {
    const [client] = against(({ say }, message) => message && say({ ...success(message), result: "fail", error, errorcode }));
    await assert.rejects(client.retrieve({ extension: "101" }), (failed) => {
      assert.ok(failed instanceof RequestFailed);
      assert.equal(failed.errorcode, typeof errorcode === "number" ? errorcode : undefined);
      return true;
    });
    client.close();
  }
});

test("a history that is none, or never ends, is given up", async () => {
  for (const page of [{}, { list: 7 }, { list: [7] }, { list: [{}] }, { list: [{ eventid: 5 }], more: true }]) {
    const [client] = against(({ say }, message) => message && say(success(message, page)));
    await assert.rejects(client.history("101"), Disconnected, JSON.stringify(page));
    client.close();
  }
});

test("whatever a server says, the position of a monitor stays one, and nothing is thrown", async () => {
  let seed = 1;
  const any = (...choices) => choices[(seed = (seed * 48271) % 2147483647) % choices.length];
  const value = () => any(undefined, null, true, 7, -1, "101", "e", [], {}, 1e300);
  const [client, place] = against(({ say }, message) => message && (say(success(message)), say(event("position", 5))));
  const positions = [];
  await client.monitor("101", (told) => positions.push([told.eventid, told.epoch]));
  for (let round = 1; round <= 500; round++) {
    const eventtype = any("offer", "gap", "snapshot", "resumed", "position", "overflow", "offer", "idle", 1);
    place.say({ msgtype: any("event", "event", "event", "response", 1), eventtype, id: any("1", "key", 1), result: any("success", "fail", null), error: value(),
      eventid: any(round, round, round, value()), epoch: any("e", "e", "e", value()), monitored: any("101", "101", undefined, value()) });
    await new Promise((later) => setTimeout(later, 0));
  }
  for (const [eventid, epoch] of positions) assert.ok(epoch === undefined || (Number.isInteger(eventid) && typeof epoch === "string"));
  assert.ok(positions.length > 20, `${positions.length} of 500`);
  client.close();
});

// ---- octets

/** A server that answers the handshake in order and then writes what it likes. */
async function wire(write, accept = (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")) {
  const sockets = new Set();
  let dials = 0;
  const server = http.createServer((_, answer) => answer.writeHead(404).end());
  server.on("upgrade", (request, socket) => {
    dials++;
    sockets.add(socket);
    socket.on("error", () => {});
    const headers = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept(request.headers["sec-websocket-key"])}`];
    socket.write(`${headers.join("\r\n")}\r\n\r\n`);
    write(socket, dials);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `ws://127.0.0.1:${server.address().port}/ws`, close, dials: () => dials };
}

const frame = (text, head = 0x81) => Buffer.concat([Buffer.from([head, text.length]), Buffer.from(text)]);
const GOOD = JSON.stringify({ msgtype: "response", id: "1", result: "success", name: "Anna" });
const FRAMES = {
  masked: Buffer.from([0x81, 0x85, 0, 0, 0, 0, 1, 2, 3, 4, 5]),
  reserved: frame("{}", 0xf1),
  "of no known kind": frame("{}", 0x83),
  "of 2^63 octets": Buffer.from([0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
  "without end": Buffer.concat([Buffer.from([0x01, 126, 255, 255]), Buffer.alloc(65535, 120)]),
  "no UTF-8": Buffer.from([0x81, 2, 0xff, 0xfe]),
  "a close of one octet": Buffer.from([0x88, 1, 3]),
};

test("frames that no server may send end the connection, and the next one is used", async () => {
  for (const [name, octets] of Object.entries(FRAMES)) {
    const server = await wire((socket, dial) => {
      if (dial > 1) return socket.write(frame(GOOD));
      socket.write(octets);
      if (name === "without end") setTimeout(() => socket.destroy(), 5);
    });
    const client = new Client(server.url, { wait: soon });
    const said = await client.querydevicename({ extension: "101" }).catch((error) => error);
    assert.equal(said.name, "Anna", `${name}: ${said}`);
    assert.equal(server.dials(), 2, name);
    client.close();
    server.close();
  }
});

test("a message in pieces, with pings between them, octet by octet, is a message", async () => {
  const pieces = [frame(GOOD.slice(0, 10), 0x01), Buffer.from([0x89, 0]), frame(GOOD.slice(10, 20), 0x00), Buffer.from([0x8a, 0]), frame(GOOD.slice(20), 0x80)];
  const server = await wire(async (socket) => {
    socket.setNoDelay(true);
    for (const octet of Buffer.concat(pieces)) {
      socket.write(Buffer.from([octet]));
      await new Promise(setImmediate);
    }
  });
  const client = new Client(server.url, { wait: soon });
  assert.equal((await client.querydevicename({ extension: "101" })).name, "Anna");
  client.close();
  server.close();
});

test("a handshake without proof, and a web server that is no ivrsvr, are no connection", async () => {
  const server = await wire(() => {}, () => "no proof");
  for (const url of [server.url, "http://127.0.0.1:1/ws".replace("http", "ws")]) {
    const client = new Client(url, { wait: soon, requestMs: 20_000 });
    await assert.rejects(client.snapshot({ extension: "101" }), Disconnected);
    client.close();
  }
  server.close();
});
