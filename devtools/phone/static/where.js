// The state of one phone's person: place in the flows, answers, follow-ups, webhooks.

import { fill, make, show, tell } from "./dom.js";
import { dayAndHour, has, named, say } from "./words.js";

const find = (id) => document.getElementById(id);
const whose = find("whose");

let shown = null;

/** Show which phones can be inspected, and which one is. */
export function choose(cards, chosen, pick) {
  const names = cards.map((card) => ({ title: card.title, chosen: card === chosen }));
  fill(whose, names, ({ title, chosen: pressed }) => make("button", { type: "button", "aria-pressed": String(pressed) }, title));
  [...whose.children].forEach((button, at) => (button.onclick = () => pick(cards[at])));
}

/** Show the state of the inspected phone; null if there is none yet. */
export function update(where, wire) {
  shown = where;
  tell(find("where-trouble"), trouble());
  place();
  answers();
  records();
  turns(wire?.turns ?? []);
}

function trouble() {
  if (shown?.away) return say("redis_away");
  if (shown?.broken) return say("broken", { why: shown.broken });
  return shown?.error ? say("failed", { why: shown.error }) : "";
}

function place() {
  const here = shown?.here;
  const words = here ? here.words || named(here.name) : say("nobody_yet");
  const box = find("where-words");
  tell(box, here ? words : say("nobody_yet"));
  const facts = here
    ? [
        `${here.file}.toml, ${named(here.name)}.`,
        here.aside_of ? say("aside", { name: named(here.aside_of) }) + "." : "",
        here.rests ? say("rests") : "",
        has(`language_${shown.language}`) ? say(`language_${shown.language}`) : shown.language,
        say(`texting_${shown.texting}`),
      ]
    : [];
  tell(find("where-facts"), facts.filter(Boolean).join(" "));
  show(find("where-path"), Boolean(here));
  if (here) list(here);
}

/** Show the answers given, the current state, and where each of its choices leads. */
function list(here) {
  fill(find("where-list"), [...shown.answers, { here }], (row) => {
    if (!row.here) return make("li", {}, passed(row));
    const ways = here.ways.map((way) => make("li", {}, say("leads", { words: way.words, name: named(way.to) })));
    const current = make("strong", { "aria-current": "step" }, say("is_here", { name: named(here.name) }));
    return make("li", {}, current, ways.length ? make("ul", {}, ...ways) : null);
  });
}

function passed(answer) {
  if (answer.outcome) return `${say("outcome")}: ${answer.outcome}`;
  return [say("walked", { name: named(answer.state) }), answer.answered].filter(Boolean).join(": ");
}

function answers() {
  const rows = shown?.answers ?? [];
  tell(find("where-no-answers"), rows.length ? "" : say("no_answers"));
  fill(find("where-answers"), rows, (row) =>
    make(
      "div",
      {},
      make("dt", {}, row.asked || named(row.state)),
      make("dd", {}, row.outcome ? make("strong", {}, `${say("outcome")}: ${row.outcome}`) : row.answered),
    ),
  );
}

function records() {
  const rows = shown?.records ?? [];
  tell(find("where-no-records"), rows.length ? "" : say("no_reminders"));
  const table = find("where-records");
  show(table, rows.length > 0);
  fill(table.querySelector("tbody"), rows, (row) =>
    make(
      "tr",
      { class: `is-${row.state}` },
      make("th", { scope: "row" }, named(row.reminder), make("small", {}, row.words)),
      make("td", {}, say(`state_${row.state}`), why(row)),
      make("td", {}, make("time", { datetime: row.due }, dayAndHour(row.due))),
    ),
  );
}

function why(row) {
  if (DONE.includes(row.state)) return null;
  const reason = [named(row.reason), row.why].filter(Boolean).join(", ");
  const tries = row.attempts > 1 ? say("attempts", { n: row.attempts }) : "";
  const words = [reason, tries].filter(Boolean).join("; ");
  return words ? make("small", {}, words) : null;
}

const DONE = ["sent", "delivered"]; // earlier errors no longer matter

function turns(list) {
  tell(find("where-no-wire"), list.length ? "" : say("no_wire"));
  tell(find("where-wire-count"), list.length ? `(${list.length})` : "");
  fill(find("where-wire"), list, (turn) => {
    const answer = turn.status ? `${turn.status}, ${turn.ms} ms` : say("no_answer");
    const [path] = turn.path.split("?");
    const parameters = Object.entries(turn.params).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
    return make(
      "li",
      {},
      make(
        "details",
        {},
        make(
          "summary",
          {},
          make("code", {}, `POST ${path}`),
          gist(turn.params),
          ` ${answer}`,
          turn.again ? make("em", {}, ` ${say("delivered_again")}`) : null,
        ),
        path === turn.path ? null : make("p", {}, make("code", {}, turn.path)),
        make("h4", {}, say("answered_with")),
        make("pre", { tabindex: "0" }, turn.answer || " "),
        make("h4", {}, say("parameters")),
        make("dl", { class: "parameters" }, ...parameters),
      ),
    );
  });
}

/** Return an element with a webhook's main parameter; null if it has none. */
function gist(params) {
  const found = ["Body", "Digits", "SpeechResult", "MessageStatus", "DialCallStatus", "RecordingSid"].find((name) => params[name]);
  const words = found ? params[found] : "";
  return words ? make("span", { class: "gist" }, ` ${words.slice(0, 40)}${words.length > 40 ? "…" : ""}`) : null;
}
