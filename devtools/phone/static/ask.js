// Asks the simulator to do something, and hears from it what changes.

import { say } from "./words.js";

/** The simulator said no, or did not answer. The message is for the person. */
export class Refused extends Error {}

async function ask(method, path, given) {
  let answer;
  try {
    answer = await fetch(`/phone${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
  } catch {
    throw new Refused(say("lost_line"));
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(why(told, answer));
  return told;
}

/** Why the simulator said no, in the page's language where it has words for it. */
export function why(told, answer) {
  return told.word ? say(`error_${told.word}`) : say("failed", { why: told.error ?? answer.status });
}

export const post = (path, given = {}) => ask("POST", path, given);
export const put = (path, given = {}) => ask("PUT", path, given);

/** The address of something about a phone. */
export const ofPhone = (number, ...rest) => ["/phones", encodeURIComponent(number), ...rest].join("/");

/** Hears what changes on these phones, until `close` is called. `heard` has a function for each kind of event. */
export function listen(numbers, language, heard) {
  const query = new URLSearchParams([["lang", language], ...numbers.map((number) => ["number", number])]);
  const source = new EventSource(`/phone/live?${query}`);
  for (const kind of ["clock", "phone", "where", "wire"]) {
    source.addEventListener(kind, (event) => heard[kind](JSON.parse(event.data)));
  }
  source.addEventListener("open", () => heard.connected());
  source.addEventListener("error", () => heard.lost());
  return () => source.close();
}
