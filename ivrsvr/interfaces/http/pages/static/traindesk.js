/** The trainee's side of a training, on the phone: what the caller says, the checklist, the trainer's words. */

import { RequestFailed } from "./ivrsvr.js";
import { $, attempt, fill, h, shown } from "./ui.js";

const BUSY_MS = 600;
const QUIET_MS = 2500;
const SPEAK = "ivrsvr.training.speak";
const LINES = 60;
/** How a mood sounds: speed and pitch. */
const VOICES = { angry: [1.15, 0.9], annoyed: [1.08, 0.95], worried: [1.05, 1.1], delighted: [1, 1.1] };
const UNDER_WAY = ["assigned", "running", "paused"];
const TOLD = { over: "The training is over.", ended: "The trainer has ended the training.", stopped: "The training was stopped." };

export class TrainingDesk {
  constructor(server) {
    this._server = server;
    this._extension = "";
    this._number = 0;
    this._seen = 0;
    this._timer = null;
    this._drawn = "";
    this.speaking = localStorage.getItem(SPEAK) !== "off";
  }

  /** Look whether somebody is trained at an extension; "" = stop looking. */
  watch(extension) {
    clearTimeout(this._timer);
    this._extension = extension;
    this._forget();
    $("training").hidden = true;
    if (extension) this._look();
  }

  _forget() {
    this._number = this._seen = 0;
    this._drawn = "";
    $("training-lines").replaceChildren();
  }

  async _look() {
    const extension = this._extension;
    clearTimeout(this._timer);
    let wait = QUIET_MS;
    try {
      const { session, interrupted } = await this._server.request("train desk", { extension, since: this._seen });
      if (extension !== this._extension) return;
      if (this._take(session, interrupted)) wait = BUSY_MS;
    } catch (error) {
      if (extension !== this._extension) return;
      // A server without a simulator, or a key without the right: nobody is trained here.
      if (error instanceof RequestFailed && ["UNRECOGNIZED_OPERATION_REJECTION", "NOT_AUTHORIZED"].includes(error.reason)) return;
    }
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._look(), wait);
  }

  /** Show a session. Returns whether it is under way. */
  _take(session, interrupted) {
    $("training").hidden = !session && !interrupted;
    if (!session) {
      if (interrupted) this._show([h("p", { class: "wrong" }, `Your training “${shown(interrupted.title)}” was interrupted: ${shown(interrupted.reason)}.`)], JSON.stringify(interrupted));
      return false;
    }
    const again = this._number === session.number;
    if (!again) {
      const first = this._seen === 0;
      this._forget();
      this._number = session.number;
      if (!first) return this._look() && true;
    }
    this._hear(session, again);
    const { stage, ready, callers, points, passed } = session;
    this._show(this._parts(session), JSON.stringify([session.number, stage, ready, callers, points, passed, this.speaking]));
    return UNDER_WAY.includes(stage);
  }

  _hear(session, aloud) {
    for (const one of session.lines) {
      if (one.number <= this._seen) continue;
      this._seen = one.number;
      const said = one.kind === "says";
      $("training-lines").append(h("li", { class: one.kind }, h("span", { class: "soft small" }, shown(one.who)), " ",
        h("span", { dir: "auto", lang: one.language || null }, said ? `“${shown(one.text, 2000)}”` : shown(one.text, 2000))));
      if (said && aloud) this._speak(one);
    }
    const lines = $("training-lines");
    while (lines.children.length > LINES) lines.firstElementChild.remove();
    lines.parentElement.scrollTop = lines.scrollHeight;
  }

  _speak({ text, language, mood }) {
    if (!this.speaking || !("speechSynthesis" in globalThis)) return;
    const words = new SpeechSynthesisUtterance(text);
    [words.rate, words.pitch] = VOICES[mood] ?? [1, 1];
    if (language) words.lang = language;
    speechSynthesis.speak(words);
  }

  _show(parts, text) {
    if (text === this._drawn) return;
    this._drawn = text;
    fill($("training-parts"), parts);
  }

  _parts(session) {
    const { stage, ready, callers, briefing } = session;
    const over = !UNDER_WAY.includes(stage);
    const speak = "speechSynthesis" in globalThis && h("button", { type: "button", class: "plain", dataset: { key: "training-speak" }, "aria-pressed": String(this.speaking), onclick: () => this._setSpeaking(!this.speaking) }, "Speak aloud");
    return [
      h("div", { class: "row spread" }, h("strong", {}, shown(session.title)), !over && speak),
      stage === "assigned" && h("p", { class: "briefing" }, shown(briefing.replaceAll("\n", " "), 2000)),
      stage === "assigned" && session.agent && h("p", { class: "soft small" }, `Log in here as agent ${shown(session.agent)}.`),
      stage === "assigned" && (ready ? h("p", { class: "soft" }, "You are ready. The trainer will start.") : h("div", { class: "row" }, h("button", { type: "button", class: "good", dataset: { key: "training-ready" }, onclick: () => this._do("ready") }, "I am ready"))),
      stage === "paused" && h("p", { class: "notice-line" }, "The trainer has stopped the clock."),
      over && h("p", {}, `${TOLD[stage]} ${shown(session.reason)} ${session.points === null ? "" : `${Math.round(session.points)} points: ${session.passed ? "passed" : "not passed"}.`}`),
      !over && callers.map((caller) => this._checklist(caller)),
    ].flat();
  }

  _checklist(caller) {
    if (!caller.checklist.length) return null;
    const item = (one) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: one.done, dataset: { key: `tick-${caller.name}-${one.item}` }, onchange: (event) => this._do("tick", { caller: caller.name, item: one.item, done: event.target.checked ? "true" : "false" }) }), shown(one.text, 500));
    return h("fieldset", { class: "checklist" }, h("legend", {}, shown(caller.name)), caller.checklist.map(item));
  }

  async _do(request, keys = {}) {
    await attempt(() => this._server.request(`train ${request}`, { extension: this._extension, ...keys }));
    this._drawn = "";
    await this._look();
  }

  _setSpeaking(on) {
    this.speaking = on;
    localStorage.setItem(SPEAK, on ? "on" : "off");
    if (!on) globalThis.speechSynthesis?.cancel();
    this._look();
  }
}
