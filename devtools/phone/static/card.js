// One phone on the page: its number and line, its two modes, its faults, and saving its transcript.

import { ofPhone, post, put, why } from "./ask.js";
import { Call } from "./call.js";
import { fill, make, show, tell } from "./dom.js";
import { Texts } from "./texts.js";
import { counted, say } from "./words.js";

const template = document.getElementById("phone");

export class Card {
  /**
   * `phone` is {number, kind, mode}. `page` has the callbacks changed(card), removed(card), used(card),
   * showPhones(numbers), taken(number).
   */
  constructor(phone, page) {
    Object.assign(this, phone);
    this.page = page;
    this.element = template.content.firstElementChild.cloneNode(true);
    const find = (selector) => this.element.querySelector(selector);
    this.heading = find("h2");
    this.wrongs = find(".wrong");
    this.kindBox = find(".kind");
    this.numberBox = find("input.number");
    this.rings = find(".ringing");
    this.tabs = [...this.element.querySelectorAll("[role=tab]")];
    this.screens = [...this.element.querySelectorAll("[role=tabpanel]")];
    this.pending = find(".pending");
    this.unread = 0;
    this.kindBox.value = this.kind;
    this.numberBox.value = this.number;
    this.texts = new Texts(find(".screen.text"), this);
    this.call = new Call(find(".screen.call"), this);
    this.#identify();
    this.#listen(find);
    this.turnTo(this.mode);
  }

  #identify() {
    const id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
    this.element.id = `phone-${id}`;
    this.heading.id = `name-${id}`;
    this.element.setAttribute("aria-labelledby", this.heading.id);
    for (const tab of this.tabs) {
      const screen = this.screens.find((each) => each.dataset.mode === tab.dataset.mode);
      tab.id = `tab-${tab.dataset.mode}-${id}`;
      screen.id = `screen-${tab.dataset.mode}-${id}`;
      tab.setAttribute("aria-controls", screen.id);
      screen.setAttribute("aria-labelledby", tab.id);
    }
  }

  #listen(find) {
    this.element.addEventListener("focusin", () => this.page.used(this));
    this.numberBox.addEventListener("change", () => this.renumber(this.numberBox.value));
    this.kindBox.addEventListener("change", () => this.become(this.kindBox.value));
    find(".remove").addEventListener("click", () => this.page.removed(this));
    find(".answer").addEventListener("click", () => this.#ring("answer"));
    find(".decline").addEventListener("click", () => this.#ring("decline"));
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => this.turnTo(tab.dataset.mode));
      tab.addEventListener("keydown", (event) => {
        if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
        event.preventDefault();
        const other = event.key === "Home" ? this.tabs[0] : event.key === "End" ? this.tabs[1] : this.tabs.find((each) => each !== tab);
        this.turnTo(other.dataset.mode);
        other.focus();
      });
    }
    find(".fault").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => post(ofPhone(this.number, "faults"), { fault: find(".fault select").value }));
    });
    find(".save form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(find(".save input").value, find(".save .note"));
    });
  }

  /** Set the phone's position on the page, from 1. */
  place(n) {
    this.title = say("phone", { n });
    tell(this.heading, this.title);
  }

  wrong(words) {
    tell(this.wrongs, words);
  }

  async #try(what) {
    this.wrong("");
    try {
      return await what();
    } catch (refused) {
      this.wrong(refused.message);
      return null;
    }
  }

  turnTo(mode) {
    this.mode = mode;
    for (const tab of this.tabs) {
      const chosen = tab.dataset.mode === mode;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const screen of this.screens) show(screen, screen.dataset.mode === mode);
    if (mode === "text") this.#countUnread(-this.unread);
    this.page.changed(this);
  }

  #countUnread(more) {
    this.unread += more;
    const count = this.tabs[0].querySelector(".count");
    tell(count, this.unread ? counted("new", this.unread) : "");
  }

  /** Tell the carrier the line's kind. Required before the phone is used. */
  async settle() {
    await this.#try(() => put(ofPhone(this.number), { kind: this.kind }));
  }

  async become(kind) {
    this.kind = kind;
    if (kind === "anonymous") this.turnTo("call");
    await this.settle();
    this.page.changed(this);
  }

  async renumber(written) {
    const digits = written.replace(/[^\d+]/g, "");
    const number = digits.startsWith("+") ? digits : `+1${digits.replace(/^1(?=\d{10}$)/, "")}`;
    if (number === this.number) return;
    if (this.page.taken(number)) {
      this.wrong(say("taken_number"));
    } else {
      try {
        await put(ofPhone(number), { kind: this.kind });
        this.wrong("");
        this.number = number;
        this.page.changed(this, true);
      } catch {
        this.wrong(say("bad_number"));
      }
    }
    this.numberBox.value = this.number;
  }

  async #ring(move) {
    if (move === "answer") {
      this.turnTo("call");
      this.call.expected = true;
    }
    const reply = await this.#try(() => post(ofPhone(this.number, "rings", this.ringsFor, move)));
    if (reply && move === "answer") this.call.update(reply);
    if (!reply) this.call.expected = false;
  }

  /** Scroll to the phone so that the user can answer it, now or as soon as it rings. */
  attend() {
    this.awaited = !this.ringsFor;
    this.element.scrollIntoView({ block: "nearest" });
    if (this.ringsFor) this.rings.querySelector(".answer").focus();
  }

  showPhones(numbers) {
    this.page.showPhones(numbers);
  }

  /** Show the phone's state from the simulator. */
  update(state) {
    const came = this.texts.update(state.thread, this.kind !== "anonymous", state.opted_out);
    if (came && this.mode !== "text") this.#countUnread(came);
    this.call.update(state.call);
    show(this.tabs[1].querySelector(".dot"), this.call.on && this.mode !== "call");
    this.ringsFor = state.rings[0] ?? "";
    show(this.rings, Boolean(this.ringsFor));
    tell(this.rings.querySelector("p"), this.ringsFor ? say("rings_from_hotline") : "");
    if (this.ringsFor && this.awaited) this.attend();
    show(this.pending, state.pending_faults.length > 0);
    fill(this.pending.querySelector("ul"), state.pending_faults, (name) => make("li", {}, say(`fault_${name.replaceAll(" ", "_")}`)));
  }

  /** Set the language of the person's session. */
  speaks(language) {
    this.texts.speaks(language);
  }

  async #save(title, said) {
    tell(said, "");
    const query = new URLSearchParams({ number: this.number, title });
    const answer = await fetch(`/phone/transcript?${query}`).catch(() => null);
    if (!answer) {
      tell(said, say("lost_line"));
      return;
    }
    if (!answer.ok) {
      const reply = await answer.json().catch(() => ({}));
      tell(said, why(reply, answer));
      return;
    }
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))?.[1] ?? "played.txt";
    const address = URL.createObjectURL(await answer.blob());
    const link = make("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    tell(said, say("saved", { name }));
  }
}
