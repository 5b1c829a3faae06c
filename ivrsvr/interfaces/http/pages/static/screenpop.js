/** The caller's page: an address made of a template and of what is known of the call, opened when a call comes. */

import { ask, fill, h, shown } from "./ui.js";

const TEMPLATE = "ivrsvr.pop";
const AUTOMATIC = "ivrsvr.pop.auto";
const KEYS = ["calling", "called", "ucid", "uui", "custdata", "uec", "split", "callid"];

/** The address for a call, or "" where the template gives no http address. */
export function address(template, call) {
  const filled = template.replace(/\{(\w+)\}/g, (_, key) => (KEYS.includes(key) ? encodeURIComponent(call[key] ?? "") : ""));
  try {
    return ["http:", "https:"].includes(new URL(filled, location.href).protocol) ? filled : "";
  } catch {
    return "";
  }
}

export class ScreenPop {
  constructor(place) {
    this._place = place;
    this._call = null;
    this._show();
  }

  /** A call came: show its address, and open it where that is wished. mine: this window is the one to open it. */
  pop(call, mine) {
    this._call = call;
    const url = this._address();
    if (mine && url && localStorage.getItem(AUTOMATIC) === "on") window.open(url, "ivrsvr-caller", "noopener");
    this._show();
  }

  _address() {
    const template = localStorage.getItem(TEMPLATE) ?? "";
    return template && this._call ? address(template, this._call) : "";
  }

  _show() {
    const template = localStorage.getItem(TEMPLATE) ?? "";
    const url = this._address();
    const automatic = h("label", { class: "check" }, h("input", { type: "checkbox", checked: localStorage.getItem(AUTOMATIC) === "on", onchange: (event) => localStorage.setItem(AUTOMATIC, event.target.checked ? "on" : "off") }), "open by itself");
    fill(this._place,
      url ? h("p", {}, h("a", { href: url, target: "ivrsvr-caller", rel: "noopener" }, shown(url, 120))) : h("p", { class: "soft small" }, template ? "Opens with the next call." : "No address yet."),
      h("div", { class: "row" }, h("button", { type: "button", class: "plain", dataset: { key: "template" }, onclick: () => this._edit(template) }, "Address…"), template && automatic));
  }

  async _edit(template) {
    const given = await ask("The caller's page", [{ name: "template", label: "Address", value: template }], "Save", `With ${KEYS.map((key) => `{${key}}`).join(" ")} in it, such as https://crm.example.com/find?number={calling}`);
    if (!given) return;
    localStorage.setItem(TEMPLATE, given.template.trim());
    this._show();
  }
}
