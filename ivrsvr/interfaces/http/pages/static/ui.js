/** What all pages share: making elements, the bar on top, messages, questions, durations, and the way to the server. */

import { Client, Disconnected, RequestFailed } from "./ivrsvr.js";

// ---- elements

/**
 * Make an element. Text is only ever text: nothing from a server is taken for HTML.
 * @param {object} props  attributes; `on…` are listeners, `class` and `dataset` as usual, null and false leave out.
 */
export function h(tag, props = {}, ...children) {
  const element = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The element with an id. */
export const $ = (id) => document.getElementById(id);

/**
 * Change what an element holds. Whoever works by keyboard keeps the place: on the element with the same `data-key`, else on what
 * was around it, at last on the element itself; never on a button that may do something else.
 */
function keepingFocus(parent, change) {
  const focused = parent.contains(document.activeElement) && parent !== document.activeElement ? document.activeElement : null;
  const keys = [];
  for (let one = focused; one && one !== parent; one = one.parentElement) if (one.dataset.key) keys.push(one.dataset.key);
  change();
  if (!focused || document.activeElement === focused) return;
  const same = (key) => parent.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  const next = focused.isConnected ? focused : keys.map(same).find(Boolean) ?? parent;
  if (next.tabIndex < 0) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}

/** Replace what an element holds. */
export function fill(parent, ...children) {
  keepingFocus(parent, () => parent.replaceChildren(...children.flat(Infinity).filter(Boolean)));
}

const drawn = new WeakMap();

/** Fill a part of the page, only where what it is about has changed: a button stays under the hand that presses it. */
export function draw(element, about, make) {
  const text = JSON.stringify(about);
  if (drawn.get(element) === text) return;
  drawn.set(element, text);
  fill(element, make());
}

/** Make an element hold exactly these, in this order; what is there already is left alone. */
export function arrange(parent, elements) {
  const wanted = new Set(elements);
  keepingFocus(parent, () => {
    for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
    elements.forEach((element, index) => parent.children[index] !== element && parent.insertBefore(element, parent.children[index] ?? null));
  });
}

/** A text from outside as it may be shown: without control characters and signs that turn the direction of writing. */
export function shown(text, most = 200) {
  const clean = String(text ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\u2423");
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}

/** How many calls, in words. */
export const callCount = (number) => `${number} ${number === 1 ? "call" : "calls"}`;

/** Who a device is, for people: `T12#1` is somebody outside. */
export function partyName(device, number = "") {
  if (/^T\d+#\d+$/.test(device)) return number ? shown(number) : "outside caller";
  return shown(device) || "unknown";
}

// ---- time

const COUNT_MS = 1000;
const CLOCK_MS = 2000;
const counting = new Map();
let beat = null;

/** An element that counts up from a moment of the server's clock, in seconds. */
export function counter(since, server) {
  const elapsed = () => duration(server.now() - since);
  const element = h("span", { class: "mono" }, elapsed());
  counting.set(element, elapsed);
  beat ??= setInterval(count, COUNT_MS);
  return element;
}

function count() {
  for (const [element, elapsed] of counting) {
    if (element.isConnected) element.textContent = elapsed();
    else counting.delete(element);
  }
}

/** Go by the simulator's clock, which may stand still, jump, or run at another rate; until there turns out to be none for us. */
export async function followClock(server) {
  for (;;) {
    try {
      if (server.state === "connecting" || server.state === "open") {
        server.hearClock(await server.request("sim clock"));
        count();
      }
    } catch (error) {
      if (!mayPass(error)) return;
    }
    await new Promise((done) => setTimeout(done, CLOCK_MS));
  }
}

/** Seconds as 0:07, 12:30, 1:02:03. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds since 1970 as a time of day. */
export const clockTime = (seconds) => new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });

// ---- messages and questions

/** Say something at the edge of the page, once. kind: "", "good", "bad"; what is bad stays until it is closed. Returns its element. */
export function toast(text, kind = "") {
  const box = document.querySelector(".toasts") ?? document.body.appendChild(h("div", { class: "toasts" }));
  const words = shown(text, 400);
  for (const one of [...box.children]) if (one.firstElementChild.textContent === words) one.remove();
  const element = h("div", { class: `toast ${kind}`, role: kind === "bad" ? "alert" : "status" }, h("span", {}, words));
  element.append(h("button", { class: "plain", "aria-label": "Close message", onclick: () => element.remove() }, "×"));
  box.append(element);
  while (box.children.length > 4) box.firstElementChild.remove();
  if (kind !== "bad") setTimeout(() => element.remove(), 6000);
  return element;
}

/** Say that the link to the switch is down, for as long as events tell nothing else. Returns what has to hear every event. */
export function tellingOfLink(down, up = "") {
  let notice = null;
  return ({ eventtype, reason }) => {
    if (eventtype === "linkdown") notice = toast(`${down} ${shown(reason)}`.trim(), "bad");
    if (eventtype === "linkup" || eventtype === "snapshot") notice?.remove();
    if (eventtype === "linkup" && up) toast(up, "good");
  };
}

/** Do something that a person asked for, and say what went wrong. Returns its value, undefined when it failed. */
export async function attempt(doing) {
  try {
    return await doing();
  } catch (error) {
    toast(error.message, "bad");
    return undefined;
  }
}

const TOLD_MS = 10_000;

/** Whether this window is to do what one window of the browser is enough for; the others get false. name: what it is. */
export function chosenFor(name) {
  if (!navigator.locks) return Promise.resolve(true); // http from another machine: windows know nothing of one another
  return new Promise((resolve) => {
    navigator.locks.request(`ivrsvr.${name}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise((done) => setTimeout(done, TOLD_MS));
    });
  });
}

/**
 * Ask for a few texts. Returns them by name, or null when it was cancelled.
 * @param fields [{name, label, value, type, required, list}]
 */
export function ask(title, fields, ok = "OK", note = "") {
  return new Promise((resolve) => {
    const inputs = fields.map((field) =>
      h("label", {}, field.label, h("input", { name: field.name, type: field.type ?? "text", required: field.required ?? false, value: field.value ?? "", autocomplete: "off", list: field.list })),
    );
    const form = h("form", { method: "dialog", class: "stack" }, h("h2", {}, title), note && h("p", { class: "soft" }, note), inputs,
      h("div", { class: "row" }, h("button", { class: "primary", value: "ok" }, ok), h("button", { value: "cancel", formnovalidate: true }, "Cancel")));
    const dialog = h("dialog", { "aria-label": title }, form);
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "ok" ? Object.fromEntries(new FormData(form)) : null);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input")?.focus();
  });
}

// ---- the way to the server

/** Whether what went wrong may go well in a while: no connection, no link, too much at once. Anything else is refused for good. */
export const mayPass = (error) => error instanceof Disconnected || (error instanceof RequestFailed && error.passing);

const KEY = "ivrsvr.key";
/** The API key of this tab; "" = none. */
export const key = () => sessionStorage.getItem(KEY) ?? "";

/** Ask for the API key that a protected server wants, and begin again with it. What the page shows stays until then. */
export async function askForKey() {
  if (askingForKey) return;
  askingForKey = true;
  const before = key() ? "The key of this page is not, or no longer, in force; calls go on without it. " : "";
  const given = await ask("This server asks for a key", [{ name: "key", label: "API key", type: "password", required: true }], "Use it", `${before}Whoever runs the server makes one with: ivrsvr key add`);
  if (given) {
    sessionStorage.setItem(KEY, given.key.trim());
    location.reload();
  } else askingForKey = false;
}
let askingForKey = false;

/**
 * A client of the server that the page comes from; the bar shows its state. It is never closed here: the browser says 1001 for
 * a page that goes away, and the server goes on watching its devices in case that it is only loaded again.
 */
export function connect() {
  const client = new Client(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`, { key: key() });
  const bar = document.querySelector("iv-bar");
  client.onState((state, reason) => bar?.tell(state, reason));
  client.onState((state) => state === "refused" && askForKey());
  client.connect();
  // A page that the browser kept and brings back begins again: what it shows is from before.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  return client;
}

/** Ask the HTTP interface. Throws RequestFailed with the server's words; Disconnected where no server has any. */
export async function rest(method, path, body = undefined) {
  const headers = { accept: "application/json" };
  if (key()) headers.authorization = `Bearer ${key()}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }).catch(() => {
    throw new Disconnected("the server cannot be reached");
  });
  if (answer.status === 401) askForKey();
  const found = await answer.json().catch(() => {
    throw new Disconnected(`the server answered ${answer.status}`);
  });
  if (!answer.ok) throw new RequestFailed(found);
  return found;
}

// ---- the bar on top

const PAGES = [["phone", "Phone"], ["wall", "Wallboard"], ["sim", "Simulator"], ["train", "Training"], ["docs", "Requests"]];
const STATES = {
  connecting: ["warn", "◌", "connecting…"],
  open: ["good", "●", "connected"],
  closed: ["", "○", "not connected"],
  refused: ["bad", "✕", "not allowed in"],
};

/** Light or dark: as chosen, else as the system is, also when that changes. */
const system = matchMedia("(prefers-color-scheme: dark)");
function theme() {
  const chosen = localStorage.getItem("ivrsvr.theme");
  document.documentElement.dataset.theme = chosen ?? (system.matches ? "dark" : "light");
}
system.addEventListener("change", theme);
theme();

class Bar extends HTMLElement {
  connectedCallback() {
    const here = this.getAttribute("page");
    this.setAttribute("role", "banner");
    const links = PAGES.map(([name, label]) => h("a", { href: `/${name}`, "aria-current": name === here ? "page" : null }, label));
    this._state = h("span", { class: "pill", role: "status", hidden: true });
    const light = h("button", { class: "plain icon", "aria-label": "Light or dark", title: "Light or dark", onclick: () => {
      const dark = document.documentElement.dataset.theme !== "dark";
      localStorage.setItem("ivrsvr.theme", dark ? "dark" : "light");
      theme();
    } }, "◐");
    this.append(h("a", { class: "skip", href: "#main" }, "To the content"), h("a", { class: "brand", href: "/" }, "ivrsvr"), h("nav", { "aria-label": "Pages" }, links), this._state, light);
  }

  /** Show the state of the connection. */
  tell(state, reason = "") {
    const [kind, sign, text] = STATES[state];
    this._state.className = `pill ${kind}`;
    this._state.dataset.sign = sign;
    this._state.textContent = text;
    this._state.title = reason;
    this._state.hidden = false;
  }
}
customElements.define("iv-bar", Bar);
