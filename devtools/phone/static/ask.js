// Client of the simulator: sends requests, and receives live events.

import { say } from "./words.js";

/** The simulator refused or did not answer. The message is shown to the user. */
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
  const reply = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(why(reply, answer));
  return reply;
}

/** Return why the simulator refused, in the page's language if it has a text for it. */
export function why(reply, answer) {
  return reply.word ? say(`error_${reply.word}`) : say("failed", { why: reply.error ?? answer.status });
}

export const post = (path, given = {}) => ask("POST", path, given);
export const put = (path, given = {}) => ask("PUT", path, given);

/** Return the URL of a phone's resource. */
export const ofPhone = (number, ...rest) => ["/phones", encodeURIComponent(number), ...rest].join("/");

/** Receive events of these phones until `close` is called. `heard` has a handler for each kind of event. */
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
