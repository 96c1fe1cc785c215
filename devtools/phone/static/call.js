// A call on one phone: captions and voice, keys, speech, silence, hold, hanging up.

import { ofPhone, post } from "./ask.js";
import { follow, make, show, tell } from "./dom.js";
import * as voice from "./voice.js";
import { say } from "./words.js";

const KEYS = "0123456789*#";
const WAITS = ["listening", "recording", "ringing", "joined"];

export class Call {
  /** `screen` is the phone's element for calls; `card` has its number and can show another phone. */
  constructor(screen, card) {
    this.card = card;
    const find = (selector) => screen.querySelector(selector);
    this.idle = find(".idle");
    this.over = find(".over");
    this.dialButton = find(".dial");
    this.captions = find(".captions");
    this.live = find(".in-call");
    this.state = find(".state");
    this.outside = find(".outside");
    this.keypad = find(".keypad");
    this.form = find("form");
    this.box = find(".words");
    this.mic = find(".mic");
    this.sayButton = this.form.querySelector("[type=submit]");
    this.silentButton = find(".silent");
    this.holdButton = find(".hold");
    this.sid = "";
    this.shown = "";
    this.past = new Set(); // earlier calls
    this.marks = [];
    this.expected = false; // whether the user just called or answered, so that a call is about to begin
    this.onHold = false;
    this.moving = 0;
    this.stopHearing = null;
    this.#listen(screen, find);
  }

  #listen(screen, find) {
    this.dialButton.addEventListener("click", () => this.dial());
    this.keypad.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key) this.press(key);
    });
    screen.addEventListener("keydown", (event) => {
      const typing = event.target.closest("textarea, input, select");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !this.sid) return;
      if (event.key.length === 1 && KEYS.includes(event.key)) {
        event.preventDefault();
        this.press(event.key);
      }
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.speak(this.box.value);
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    this.silentButton.addEventListener("click", () => this.move("wait"));
    this.holdButton.addEventListener("click", () => this.hold(!this.onHold));
    this.mic.addEventListener("click", () => this.listenToPerson());
    find(".hang-up").addEventListener("click", () => this.hangUp());
    find(".nobody").addEventListener("click", () => this.move("nobody"));
    find(".show-phone").addEventListener("click", () => this.card.showPhones(this.ringing()));
  }

  async dial() {
    if (this.expected) return;
    this.expected = true;
    tell(this.over, say("ringing_out"));
    try {
      this.update(await post(ofPhone(this.card.number, "calls")));
    } catch (refused) {
      this.expected = false;
      tell(this.over, "");
      this.card.wrong(refused.message);
    }
  }

  press(key) {
    if (!this.onHold) this.move("press", key);
  }

  speak(words) {
    if (!words.trim() || this.onHold) return;
    this.box.value = "";
    this.move(this.waits?.kind === "recording" ? "record" : "speak", words);
  }

  hangUp() {
    const words = this.waits?.kind === "recording" ? this.box.value : "";
    this.box.value = "";
    this.move("hang-up", words);
  }

  async move(move, words = "") {
    if (!this.sid) return;
    voice.hush(this);
    this.moving += 1;
    this.#showState();
    try {
      this.update(await post(`/calls/${this.sid}/${move}`, { words }));
    } catch (refused) {
      this.card.wrong(refused.message);
    } finally {
      this.moving -= 1;
      this.#showState();
    }
  }

  /** Put the call on hold: the hotline hears silence, each time until its timeout. */
  hold(on) {
    this.onHold = on;
    this.holdButton.setAttribute("aria-pressed", String(on));
    for (const control of [...this.keypad.children, this.box, this.sayButton, this.mic, this.silentButton]) control.disabled = on;
    if (on) voice.hush(this);
    this.#keepHolding();
    this.#showState();
  }

  #keepHolding() {
    clearTimeout(this.holding);
    const { waits } = this;
    if (!this.onHold || waits?.kind !== "listening") return;
    this.holding = setTimeout(() => this.move("wait"), waits.seconds * 1000);
  }

  listenToPerson() {
    if (this.stopHearing) {
      this.stopHearing();
      return;
    }
    if (!voice.canHear()) {
      tell(this.state, say("mic_none"));
      return;
    }
    voice.hush(this);
    this.mic.setAttribute("aria-pressed", "true");
    tell(this.state, say("mic_on"));
    const locale = this.marks.findLast((mark) => mark.language)?.language ?? "en-US";
    this.stopHearing = voice.hear(
      locale,
      (words) => this.speak(words),
      (why) => {
        this.stopHearing = null;
        this.mic.setAttribute("aria-pressed", "false");
        this.#showState();
        if (why) tell(this.state, why);
      },
    );
  }

  /** Return the last mark for which the line waits; marks of the person may follow it. */
  get waits() {
    return this.marks.findLast((mark) => WAITS.includes(mark.kind));
  }

  /** Return the phones that ring for this call. */
  ringing() {
    return this.waits?.kind === "ringing" ? this.waits.numbers : [];
  }

  /** Return whether a call is in progress. */
  get on() {
    return Boolean(this.sid);
  }

  /** Show the call's current state; null if there was none yet. */
  update(call) {
    if (!call || this.past.has(call.sid)) return;
    if (call.sid === this.shown && call.marks.length < this.marks.length) return; // older than the state on screen
    if (call.sid !== this.shown) this.#begin(call);
    this.call = call;
    const added = call.marks.slice(this.marks.length);
    this.marks = call.marks;
    if (added.length) {
      follow(this.captions, () => added.forEach((mark) => this.#caption(mark)));
      this.quiet = false;
      this.#keepHolding();
    }
    if (call.over && this.sid) this.#end();
    this.#showState();
  }

  #begin(call) {
    if (this.shown) this.past.add(this.shown);
    this.shown = call.sid;
    this.sid = call.over ? "" : call.sid;
    this.marks = [];
    this.captions.replaceChildren();
    show(this.captions, true);
    show(this.live, !call.over);
    show(this.idle, call.over);
    if (call.over) this.#tellWhy(call);
    this.quiet = !this.expected; // after a reload, do not read it all aloud again
    if (this.expected && !call.over) this.captions.focus({ preventScroll: true });
    this.expected = false;
  }

  #end() {
    const focused = this.live.contains(document.activeElement);
    this.sid = "";
    if (this.marks.at(-1).text === "caller") voice.hush(this);
    this.stopHearing?.();
    if (this.onHold) this.hold(false);
    show(this.live, false);
    show(this.idle, true);
    this.#tellWhy(this.call);
    if (focused) this.dialButton.focus();
  }

  #tellWhy(call) {
    tell(this.over, say(`over_${call.marks.at(-1).text}`));
    tell(this.dialButton, say("again"));
  }

  #caption(mark) {
    const shown = SHOWN[mark.kind]?.(mark);
    if (!shown) return;
    const who = { me: "you", other: "other_person", line: "hotline" }[mark.by];
    const spoken = mark.kind === "said";
    const caption = make(
      "p",
      { class: `caption ${mark.by}`, "data-kind": mark.kind, lang: spoken ? mark.language : null },
      mark.kind === "said" || mark.by !== "line" ? make("span", { class: "unseen", lang: document.documentElement.lang }, `${say(who)}: `) : null,
      shown,
    );
    this.captions.append(caption);
    if (spoken && !this.quiet && !this.onHold) voice.read(this, mark.text, mark.language, caption);
  }

  #showState() {
    if (!this.sid) return;
    const { waits } = this;
    const busy = this.moving > 0 && waits?.kind !== "joined";
    const words = this.onHold ? say("held") : busy ? say("talking") : this.#waitsFor(waits);
    if (!this.stopHearing) tell(this.state, words);
    show(this.outside, this.ringing().length > 0 && !this.call?.stage);
    const leaves = waits?.kind === "recording";
    tell(this.sayButton, leaves ? this.sayButton.dataset.leave : this.sayButton.dataset.say);
  }

  #waitsFor(waits) {
    const stage = this.call?.stage;
    if (!waits) return say("talking");
    if (stage === "joined") return say("joined");
    if (stage === "whisper" && this.call.answered) return say("whispers");
    switch (waits.kind) {
      case "listening":
        return say(waits.inputs.length > 1 ? "listens_both" : `listens_${waits.inputs[0]}`);
      case "recording":
        return say("recording");
      case "ringing":
        return say("rings_numbers", { numbers: waits.numbers.join(", ") });
      default:
        return say("talking");
    }
  }
}

/** Caption by kind of mark; other kinds have none. */
const SHOWN = {
  said: (mark) => mark.text,
  spoke: (mark) => mark.text,
  pressed: (mark) => say("mark_pressed", { text: mark.text }),
  silent: () => say("mark_silent"),
  recorded: (mark) => `${say("mark_recorded")}: ${mark.text}`,
  recording: () => say("mark_beep"),
  ringing: (mark) => say("mark_ringing", { numbers: mark.numbers.join(", ") }),
  joined: () => say("mark_joined"),
};
