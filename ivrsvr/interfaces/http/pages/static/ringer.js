/** What a call sounds like: a ring tone, and who calls, spoken by the browser where it can. */

const AUDIBLE = "ivrsvr.ring";
const SPEAKING = "ivrsvr.speak";

export class Ringer {
  constructor() {
    this.canSpeak = "speechSynthesis" in globalThis;
    this.audible = localStorage.getItem(AUDIBLE) !== "off";
    this.speaking = localStorage.getItem(SPEAKING) === "on";
    this._bell = null;
  }

  /** Ring, or be quiet. */
  ring(on) {
    if (on && this.audible && !this._bell) {
      this._tone();
      this._bell = setInterval(() => this._tone(), 3000);
    } else if (!on || !this.audible) this.quiet();
  }

  quiet() {
    clearInterval(this._bell);
    this._bell = null;
  }

  say(caller) {
    if (this.speaking && this.canSpeak) speechSynthesis.speak(new SpeechSynthesisUtterance(`Call from ${caller}`));
  }

  setAudible(on) {
    this.audible = on;
    localStorage.setItem(AUDIBLE, on ? "on" : "off");
  }

  setSpeaking(on) {
    this.speaking = on;
    localStorage.setItem(SPEAKING, on ? "on" : "off");
  }

  /** Two short tones. A browser that wants a click first stays silent until then. */
  _tone() {
    this._audio ??= new AudioContext();
    if (this._audio.state !== "running") return void this._audio.resume();
    for (const [begin, pitch] of [[0, 440], [0.25, 554]]) {
      const oscillator = this._audio.createOscillator();
      const volume = this._audio.createGain();
      const at = this._audio.currentTime + begin;
      oscillator.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.12, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
      oscillator.connect(volume).connect(this._audio.destination);
      oscillator.start(at);
      oscillator.stop(at + 0.25);
    }
  }
}
