// The page: its phones, their events, and the one selected for inspection.
// The phones are listed in the page's URL, so that a page can be reopened as it was.

import { listen } from "./ask.js";
import { Card } from "./card.js";
import * as clock from "./clock.js";
import { make, show, tell } from "./dom.js";
import { turn } from "./voice.js";
import * as where from "./where.js";
import { language, say } from "./words.js";

const AREAS = ["202", "212", "213", "305", "312", "512", "617"]; // the carrier knows their time zones and states
const KINDS = ["mobile", "landline", "anonymous"];
const MOST = 8;
const PATIENCE_MS = 1500; // show no message if the connection is back sooner

const phones = document.getElementById("phones");
const places = document.getElementById("places");
const trouble = document.getElementById("trouble");
const addButton = document.getElementById("add");
const soundButton = document.getElementById("sound");

const cards = [];
const known = { where: new Map(), wire: new Map() };
let inspected = null;
let stopListening = () => {};
let losing = 0;

/** Return a plausible phone number that no other page is likely to have picked. */
function freshNumber() {
  const dice = crypto.getRandomValues(new Uint32Array(4));
  const area = AREAS[dice[0] % AREAS.length];
  const exchange = 220 + (dice[1] % 280); // avoid x11 service codes and 555
  const safe = exchange % 100 === 11 ? exchange + 1 : exchange;
  return `+1${area}${safe}${String(dice[2] % 10000).padStart(4, "0")}`;
}

function fromAddress() {
  const written = new URLSearchParams(location.search).getAll("phone");
  const read = written.map((each) => {
    const [number, kind, mode] = each.split(",");
    return { number, kind: KINDS.includes(kind) ? kind : "mobile", mode: mode === "call" ? "call" : "text" };
  });
  const valid = read.filter((phone, at) => /^\+\d{7,15}$/.test(phone.number) && read.findIndex((other) => other.number === phone.number) === at);
  if (valid.length) return valid.slice(0, MOST);
  return ["text", "call"].map((mode) => ({ number: freshNumber(), kind: "mobile", mode }));
}

function toAddress() {
  const query = new URLSearchParams([["lang", language], ...cards.map((card) => ["phone", `${card.number},${card.kind},${card.mode}`])]);
  history.replaceState(null, "", `?${query}`);
  for (const link of document.querySelectorAll("[data-language]")) {
    query.set("lang", link.dataset.language);
    link.href = `?${query}`;
  }
}

const page = {
  changed(card, renumbered = false) {
    if (!cards.includes(card)) return;
    toAddress();
    if (renumbered) connect();
  },
  removed(card) {
    cards.splice(cards.indexOf(card), 1);
    card.element.remove();
    arrange();
    (cards[0]?.numberBox ?? addButton).focus();
  },
  used: (card) => look(card),
  taken: (number) => cards.some((card) => card.number === number),
  showPhones(numbers) {
    for (const number of numbers) {
      let card = cards.find((each) => each.number === number);
      if (!card) {
        card = add({ number, kind: "mobile", mode: "call" });
        arrange();
      }
      card?.attend();
    }
  },
};

function add(phone) {
  if (cards.length >= MOST) return null;
  const card = new Card(phone, page);
  cards.push(card);
  phones.append(card.element);
  return card;
}

/** Update positions, URL and event stream after phones were added or removed. */
function arrange() {
  cards.forEach((card, at) => card.place(at + 1));
  addButton.disabled = cards.length >= MOST;
  const links = cards.map((card) => make("a", { href: `#${card.element.id}` }, card.title));
  places.replaceChildren(...links, make("a", { href: "#where" }, document.getElementById("where-name").textContent));
  toAddress();
  look(cards.includes(inspected) ? inspected : (cards[0] ?? null));
  connect();
}

function look(card) {
  inspected = card;
  where.choose(cards, card, look);
  refresh();
}

function refresh() {
  where.update(known.where.get(inspected?.number) ?? null, known.wire.get(inspected?.number) ?? null);
}

function connect() {
  stopListening();
  const numbers = cards.map((card) => card.number);
  const of = (number) => cards.find((card) => card.number === number);
  stopListening = listen(numbers, language, {
    connected() {
      clearTimeout(losing);
      losing = 0;
      tell(trouble, "");
      for (const card of cards) card.settle();
    },
    lost() {
      losing ||= setTimeout(() => tell(trouble, say("lost_line")), PATIENCE_MS);
    },
    clock: clock.update,
    phone: (state) => of(state.number)?.update(state),
    where(state) {
      const before = state.away || state.broken || state.error ? known.where.get(state.number) : {};
      known.where.set(state.number, { ...before, ...state });
      if (state.here) of(state.number)?.speaks(state.language);
      if (state.number === inspected?.number) refresh();
    },
    wire(state) {
      known.wire.set(state.number, state);
      if (state.number === inspected?.number) refresh();
    },
  });
}

addButton.addEventListener("click", () => {
  const card = add({ number: freshNumber(), kind: "mobile", mode: "text" });
  arrange();
  card?.texts.box.focus();
});
soundButton.addEventListener("click", () => {
  const on = soundButton.getAttribute("aria-pressed") !== "true";
  soundButton.setAttribute("aria-pressed", String(on));
  turn(on);
});
window.addEventListener("pagehide", () => {
  turn(false);
  stopListening();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // restored from the browser's cache: the event stream is gone
});
show(soundButton, "speechSynthesis" in window);
clock.start(() => cards.map((card) => card.number));
for (const phone of fromAddress()) add(phone);
arrange();
