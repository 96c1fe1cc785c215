// The texts of one phone: bubbles, cost, delivery status.

import { ofPhone, post } from "./ask.js";
import { follow, linked, make, show, tell } from "./dom.js";
import { cost, counted, day, hour, say } from "./words.js";

const TICKS = { queued: "", sending: "", accepted: "", sent: "✓", delivered: "✓✓" };

export class Texts {
  /** `screen` is the phone's element for texts; `card` has its number and language, and shows errors. */
  constructor(screen, card) {
    this.screen = screen;
    this.card = card;
    this.thread = screen.querySelector(".thread");
    this.list = this.thread.querySelector("ol");
    this.typing = screen.querySelector(".typing");
    this.start = screen.querySelector(".start");
    this.sum = screen.querySelector(".sum");
    this.none = screen.querySelector(".no-texts");
    this.optedOut = screen.querySelector(".opted-out");
    this.form = screen.querySelector("form");
    this.box = screen.querySelector("textarea");
    this.bubbles = new Map();
    this.language = ""; // of the person's session, once known
    this.recent = []; // since the person's last text, which may have changed the language
    this.answering = 0;
    this.isShown = false; // the texts of an earlier visit are not new
    tell(this.typing.querySelector(".typing-words"), say("typing"));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.box.value);
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
    for (const starter of screen.querySelectorAll(".starter")) {
      starter.addEventListener("click", () => {
        this.send(starter.textContent);
        this.box.focus();
      });
    }
  }

  async send(body) {
    if (!body.trim()) return;
    this.box.value = "";
    this.answering += 1;
    follow(this.thread, () => show(this.typing, true));
    try {
      await post(ofPhone(this.card.number, "texts"), { body });
    } catch (refused) {
      this.card.wrong(refused.message);
    } finally {
      this.answering -= 1;
      show(this.typing, this.answering > 0);
    }
  }

  /** Show the current texts. Return how many have arrived since the previous update. */
  update(texts, canText, optedOut) {
    tell(this.optedOut, optedOut ? say("opted_out") : "");
    const known = new Set(texts.map((text) => text.sid));
    for (const [sid, bubble] of this.bubbles) {
      if (!known.has(sid)) {
        bubble.remove();
        this.bubbles.delete(sid);
      }
    }
    let came = 0;
    follow(this.thread, () => {
      let lastDay = "";
      for (const text of texts) {
        const itsDay = day(text.at);
        if (!this.bubbles.has(text.sid)) {
          const bubble = drawn(text, itsDay === lastDay ? "" : itsDay);
          this.bubbles.set(text.sid, bubble);
          if (text.mine) this.recent.length = 0;
          this.recent.push(bubble);
          this.speaks(this.language);
          this.list.append(bubble);
        }
        const bubble = this.bubbles.get(text.sid);
        refresh(bubble, text);
        if (text.arrived && !bubble.dataset.arrived) {
          bubble.dataset.arrived = "yes";
          if (!text.mine) came += 1;
        }
        lastDay = itsDay;
      }
    });
    this.screen.classList.toggle("empty", !texts.length && canText);
    show(this.start, !texts.length && canText);
    show(this.none, !canText);
    show(this.form, canText);
    this.#add(texts);
    const isFirst = !this.isShown;
    this.isShown = true;
    return isFirst ? 0 : came;
  }

  /** Mark the texts since the person's last one as being in this language. */
  speaks(language) {
    this.language = language;
    if (language) for (const bubble of this.recent) bubble.querySelector(".words").lang = language;
  }

  #add(texts) {
    const segments = texts.reduce((sum, text) => sum + text.parts.length, 0);
    const cents = texts.reduce((sum, text) => sum + text.cents, 0);
    tell(this.sum, segments ? counted("sum", segments, { cost: cost(cents) }) : "");
  }
}

function drawn(text, newDay) {
  const whose = text.mine ? "mine" : text.by_carrier ? "theirs carrier" : "theirs";
  const many = text.parts.length > 1;
  const segments = `${counted("segments", text.parts.length)} · ${say("cents", { n: cost(text.cents).replace("¢", "") })}`;
  const size = many
    ? make("button", { type: "button", class: "plain parts", "aria-expanded": "false", title: say("show_parts") }, segments)
    : make("span", {}, segments);
  const item = make(
    "li",
    { class: `bubble ${whose}` },
    newDay ? make("p", { class: "day" }, newDay) : null,
    make("span", { class: "unseen" }, `${say(text.mine ? "you" : text.by_carrier ? "by_carrier" : "hotline")}: `),
    make("p", { class: "words" }, ...worded(text.parts)),
    make("p", { class: "meta" }, make("time", { datetime: text.at }, hour(text.at)), " · ", size, make("span", { class: "ticks" })),
    text.by_carrier ? make("p", { class: "meta" }, say("by_carrier")) : null,
    make("p", { class: "lost", hidden: true }),
  );
  if (many) {
    size.addEventListener("click", () => {
      const cut = item.classList.toggle("cut");
      size.setAttribute("aria-expanded", String(cut));
    });
  }
  return item;
}

/** Return a text's segments joined as on a handset, with a mark at each boundary that can be shown. */
function worded(parts) {
  const nodes = linked(parts.join(""));
  let cuts = 0;
  let end = 0;
  const ends = parts.slice(0, -1).map((part) => (end += [...part].length));
  const marked = [];
  let at = 0;
  for (const node of nodes) {
    const letters = [...node.textContent];
    if (node.nodeType === Node.TEXT_NODE) {
      let from = 0;
      while (cuts < ends.length && ends[cuts] <= at + letters.length) {
        marked.push(letters.slice(from, ends[cuts] - at).join(""), mark(cuts + 1, parts.length));
        from = ends[cuts] - at;
        cuts += 1;
      }
      marked.push(letters.slice(from).join(""));
    } else {
      marked.push(node);
      for (; cuts < ends.length && ends[cuts] <= at + letters.length; cuts += 1) marked.push(mark(cuts + 1, parts.length));
    }
    at += letters.length;
  }
  return marked;
}

const mark = (n, count) => make("span", { class: "cut-mark" }, ` ${say("part", { n: n + 1, count })} `);

function refresh(bubble, text) {
  const lost = !text.arrived && text.code;
  bubble.classList.toggle("not-arrived", !text.arrived);
  tell(bubble.querySelector(".lost"), lost ? say("lost", { code: text.code, why: text.why }) : "");
  show(bubble.querySelector(".lost"), Boolean(lost));
  const ticks = bubble.querySelector(".ticks");
  const status = text.mine || lost ? "" : text.status;
  if (ticks.dataset.status === status) return;
  ticks.dataset.status = status;
  if (!(status in TICKS)) {
    ticks.replaceChildren();
    return;
  }
  const shown = ["sent", "delivered"].includes(status) ? status : "queued";
  ticks.replaceChildren(make("span", { "aria-hidden": "true" }, ` ${TICKS[status]}`), make("span", { class: "unseen" }, say(shown)));
}

