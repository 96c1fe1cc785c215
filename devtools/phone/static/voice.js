// The voice of a call: reads prompts aloud in their language, and transcribes speech if the browser can.

import { say } from "./words.js";

const synthesis = window.speechSynthesis;
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;

let aloud = true;
const waiting = [];
let speaking = null;

/** Return the voice for a language: of that country, else of the language; null for the default. */
function voiceFor(locale) {
  const voices = synthesis.getVoices();
  const plain = (name) => name.replace("_", "-").toLowerCase();
  const wanted = plain(locale);
  return (
    voices.find((voice) => plain(voice.lang) === wanted) ??
    voices.find((voice) => plain(voice.lang).split("-")[0] === wanted.split("-")[0]) ??
    null
  );
}

function next() {
  const said = waiting.shift();
  speaking = said ?? null;
  if (!said) return;
  try {
    const utterance = new SpeechSynthesisUtterance(said.text);
    utterance.lang = said.locale;
    const voice = voiceFor(said.locale);
    if (voice) utterance.voice = voice;
    utterance.addEventListener("start", () => said.element.classList.add("aloud"));
    for (const end of ["end", "error"]) {
      utterance.addEventListener(end, () => {
        said.element.classList.remove("aloud");
        if (speaking === said) next();
      });
    }
    synthesis.speak(utterance);
  } catch {
    next(); // without a voice there are still the captions
  }
}

/** Queue a text to be read aloud. `owner` is the call; `element` is marked while it is read. */
export function read(owner, text, locale, element) {
  if (!synthesis || !aloud || !text.trim()) return;
  for (const sentence of sentences(text)) waiting.push({ owner, text: sentence, locale, element });
  if (!speaking) next();
}

/** Split into sentences, because some browsers stop in the middle of a long text. */
function sentences(text) {
  return text.match(/[^.!?]+[.!?]*\s*/g) ?? [text];
}

/** Stop reading this call's prompts. */
export function hush(owner) {
  const mine = speaking?.owner === owner;
  for (let at = waiting.length - 1; at >= 0; at -= 1) if (waiting[at].owner === owner) waiting.splice(at, 1);
  if (!mine) return;
  speaking.element.classList.remove("aloud");
  speaking = null;
  try {
    synthesis.cancel();
  } catch {
    return;
  }
  next();
}

/** Turn the voice on or off. */
export function turn(on) {
  aloud = on;
  if (on) return;
  waiting.length = 0;
  if (speaking) hush(speaking.owner);
}

/** Return whether this browser supports speech recognition. */
export const canHear = () => Boolean(Recognition);

/**
 * Listen once and return a function that stops it. `heard` gets the transcript; `ended` is called at the end
 * with the reason if there was none, or "".
 */
export function hear(locale, heard, ended) {
  const recognition = new Recognition();
  recognition.lang = locale;
  recognition.interimResults = false;
  let why = "";
  recognition.addEventListener("result", (event) => heard(event.results[0][0].transcript));
  recognition.addEventListener("error", (event) => {
    why = say("mic_failed", { why: event.error });
  });
  recognition.addEventListener("end", () => ended(why));
  try {
    recognition.start();
  } catch (error) {
    ended(say("mic_failed", { why: error.name }));
  }
  return () => recognition.abort();
}
