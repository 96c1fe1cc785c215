// Shows the service's clock and moves it forward.

import { post } from "./ask.js";
import { show, tell } from "./dom.js";
import { dayAndHour, say, useZone, wholeDate } from "./words.js";

const section = document.getElementById("clock");
const shows = document.getElementById("clock-shows");
const said = document.getElementById("clock-said");
const buttons = [...section.querySelectorAll("button")];

let moved = 0;

const now = () => Date.now() + moved * 1000;

function tick() {
  const moment = now();
  tell(shows, wholeDate(moment));
  shows.dateTime = new Date(moment).toISOString().slice(0, 16);
}

/** Show the clock's state from the simulator. */
export function update(state) {
  moved = state.moved_seconds;
  useZone(state.zone);
  show(section, state.can_move);
  tick();
}

async function move(path, given, done) {
  buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
  tell(said, "");
  try {
    tell(said, done(await post(path, given)));
  } catch (refused) {
    tell(said, refused.message);
  } finally {
    buttons.forEach((button) => button.removeAttribute("aria-disabled"));
  }
}

/** Connect the buttons. `numbers` returns the phones of this page, for "to the next text". */
export function start(numbers) {
  setInterval(tick, 1000);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled")) return;
      const seconds = Number(button.dataset.seconds);
      if (seconds) {
        const moment = now() + seconds * 1000; // before the request: its event may come before its answer
        move("/clock", { seconds }, () => say("moved", { when: dayAndHour(moment) }));
      } else {
        move("/clock/next", { numbers: numbers() }, (reply) => (reply.moved ? say("moved", { when: dayAndHour(now()) }) : say("no_next")));
      }
    });
  }
}
