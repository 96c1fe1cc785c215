"""Calls read aloud in their language, and speech recognition, if the browser can."""

import re

from tests.browser.conftest import Open
from tests.waiting import wait_until

LISTENING_VOICE = """
window.heard = [];
window.stopped = 0;
class Utterance extends EventTarget {
  constructor(text) { super(); this.text = text; }
}
window.SpeechSynthesisUtterance = Utterance;
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [
    { lang: "en-GB", name: "British" }, { lang: "es_US", name: "Paulina" }, { lang: "en-US", name: "Samantha" },
  ],
  speak: (said) => {
    window.heard.push([said.lang, said.voice?.name, said.text.trim()]);
    setTimeout(() => { said.dispatchEvent(new Event("start")); window.now = said; }, 0);
  },
  cancel: () => { window.stopped += 1; },
}});
"""
"""A browser's voice that notes what it is given, and does not come to the end of a sentence until `finish`."""

FINISH = "window.now?.dispatchEvent(new Event('end'))"

EAR = """
window.SpeechRecognition = class extends EventTarget {
  start() {
    window.listens = this.lang;
    setTimeout(() => {
      const result = new Event("result");
      result.results = [[{ transcript: "kindergarten" }]];
      this.dispatchEvent(result);
      this.dispatchEvent(new Event("end"));
    }, 50);
  }
  abort() {}
};
"""

DEAF = """
window.SpeechRecognition = class extends EventTarget {
  start() {
    setTimeout(() => {
      const failed = new Event("error");
      failed.error = "not-allowed";
      this.dispatchEvent(failed);
      this.dispatchEvent(new Event("end"));
    }, 20);
  }
  abort() {}
};
"""


MUTE = """
for (const name of ["speechSynthesis", "SpeechRecognition", "webkitSpeechRecognition"]) {
  delete window[name];
  delete Window.prototype[name];
}
"""


def test_a_call_is_read_aloud_in_its_language(opened: Open) -> None:
    tab = opened(script=LISTENING_VOICE)
    phone = tab.phone(2)
    words = phone.call()
    wait_until(lambda: len(tab.page.evaluate("window.heard")) == 1)
    language, voice, sentence = tab.page.evaluate("window.heard[0]")
    assert ("es-US", "Paulina") == (language, voice)
    (key,) = re.findall(r"oprima (\d)", sentence)
    tab.page.evaluate(FINISH)
    wait_until(lambda: len(tab.page.evaluate("window.heard")) == 2)
    language, voice, sentence = tab.page.evaluate("window.heard[1]")
    assert ("en-US", "Samantha") == (language, voice)
    assert sentence in words
    assert re.fullmatch(r"[^.!?]+[.!?]", sentence)
    wait_until(lambda: phone.find(".caption.aloud").count() == 1)
    before = len(tab.page.evaluate("window.heard"))
    phone.press(key)
    wait_until(lambda: len(tab.page.evaluate("window.heard")) > before)
    wait_until(lambda: tab.page.evaluate("window.heard.at(-1)")[:2] == ["es-US", "Paulina"])


def test_a_key_interrupts_what_is_read(opened: Open) -> None:
    tab = opened(script=LISTENING_VOICE)
    phone = tab.phone(2)
    phone.call()
    wait_until(lambda: len(tab.page.evaluate("window.heard")) == 1)
    phone.press("1")
    assert tab.page.evaluate("window.stopped") >= 1
    wait_until(lambda: len(tab.page.evaluate("window.heard")) == 2)
    assert tab.page.evaluate("window.heard[1][2]") in " ".join(phone.captions()[-2:])


def test_sound_off_is_silent(opened: Open) -> None:
    tab = opened(script=LISTENING_VOICE)
    tab.page.locator("#sound").click()
    assert "false" == tab.page.locator("#sound").get_attribute("aria-pressed")
    assert tab.phone(2).call()
    assert [] == tab.page.evaluate("window.heard")


def test_a_page_that_is_opened_again_does_not_read_it_all_once_more(opened: Open) -> None:
    tab = opened(script=LISTENING_VOICE)
    phone = tab.phone(2)
    phone.call()
    tab.page.reload()
    wait_until(lambda: len(phone.captions()) > 2)
    assert [] == tab.page.evaluate("window.heard")
    phone.press("1")
    wait_until(lambda: len(tab.page.evaluate("window.heard")) == 1)


def test_speech_becomes_words(opened: Open) -> None:
    tab = opened(script=EAR)
    phone = tab.phone(2)
    phone.call()
    phone.find(".mic").click()
    wait_until(lambda: "You: kindergarten" in phone.captions())
    assert "en-US" == tab.page.evaluate("window.listens")


def test_a_blocked_microphone_is_reported(opened: Open) -> None:
    tab = opened(script=DEAF)
    phone = tab.phone(2)
    phone.call()
    phone.find(".mic").click()
    wait_until(lambda: "not-allowed" in phone.state() and "Type instead" in phone.state())
    assert "pressed 1" in phone.press("1") or "pressed 1" in " ".join(phone.captions())


def test_a_browser_without_voice_or_ear_still_calls(opened: Open) -> None:
    tab = opened(script=MUTE)
    phone = tab.phone(2)
    assert tab.page.locator("#sound").is_hidden()
    phone.call()
    phone.find(".mic").click()
    wait_until(lambda: "no speech recognition" in phone.state())
    assert phone.press("1")


def test_a_call_on_hold_is_silence(opened: Open) -> None:
    tab = opened()
    phone = tab.phone(2)
    phone.call()
    tab.page.clock.install()
    shown = len(phone.captions())
    phone.find(".hold").click()
    tab.page.clock.fast_forward(9_000)
    assert shown == len(phone.captions())
    tab.page.clock.fast_forward(2_000)
    wait_until(lambda: len(phone.captions()) > shown + 1)
    assert "You: silence" in phone.captions()
    assert phone.find(".hold").get_attribute("aria-pressed") == "true"
