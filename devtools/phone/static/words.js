// The page's text in its language, with numbers and times in that language's format.

const words = JSON.parse(document.getElementById("words").textContent);

export const language = document.documentElement.lang;

const locale = `${language}-US`; // US formats for days and hours

/** Return the text with this key, with {names} filled in. */
export function say(key, blanks = {}) {
  const found = words[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (all, name) => (name in blanks ? String(blanks[name]) : all));
}

/** Return whether there is a text with this key. */
export const has = (key) => key in words;

/** Return the singular or plural text of a key, such as "1 segment" or "3 segments". */
export const counted = (key, n, blanks = {}) => say(`${key}_${n === 1 ? "one" : "many"}`, { n, ...blanks });

/** Return a flow name as text: "kind_of_help" becomes "kind of help". */
export const named = (name) => name.replaceAll("_", " ");

/** Return the approximate cost, such as 2.3¢ or $1.13. */
export function cost(cents) {
  const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: cents < 10 ? 1 : 0 });
  return `${figure.format(cents)}¢`;
}

let zone = "UTC";

/** Set the time zone of the service, used for all times. */
export function useZone(name) {
  zone = name;
}

const formats = new Map();

function written(moment, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }));
  return formats.get(key).format(new Date(moment));
}

const CLOCK = { hour: "numeric", minute: "2-digit" };
const DAY = { weekday: "short", month: "short", day: "numeric" };

export const hour = (moment) => written(moment, CLOCK);
export const day = (moment) => written(moment, DAY);
export const dayAndHour = (moment) => written(moment, { ...DAY, ...CLOCK });
export const wholeDate = (moment) => written(moment, { ...DAY, year: "numeric", ...CLOCK, timeZoneName: "short" });
