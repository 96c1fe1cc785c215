"""`make animation`: plays a text conversation on the phone page and makes docs/conversation.svg, with a picture
for each moment. It runs twice and stays on the last picture; with reduced motion it shows the outcome only.
"""

import base64
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page

from tests.browser.screen import OnPage, come_to_daytime
from tests.browser.town import needed_browser, running_service
from tests.waiting import wait_until
from tests.wishes import TEACHING, wished, written

ANIMATION = Path(__file__).resolve().parents[2] / "docs" / "conversation.svg"
MOST_BYTES = 600_000

WIDTH, HEIGHT, SCALE = 400, 560, 1.5
PHONE = "+12025550123,mobile,text"
"""A number that no telephone has: the animation is for everybody to see."""

QUICK, USUAL, LONG = 1.2, 2.4, 5.0
"""Seconds that a picture stays."""

REMINDER_SECONDS = 30.0
RUNS = 2
QUALITY = 0.7

TITLE = (
    "A parent texts: does my kid need a 504 or an iep? Seven questions later the line says what to ask the school for, "
    "and texts the next step on the days when it matters."
)

AS_WEBP = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality);
}"""
"""A screenshot as a smaller picture, by the browser itself."""


@dataclass(frozen=True)
class Moment:
    """A picture as a data URL, and how many seconds it stays."""

    picture: str
    seconds: float


@dataclass
class Film:
    """The moments taken so far. `still` is the one for reduced motion."""

    page: Page
    part: Locator
    moments: list[Moment] = field(default_factory=list)
    still: int = 0

    def take(self, seconds: float) -> None:
        """Take a picture of the conversation as it stands, scrolled to its end."""
        self.page.wait_for_timeout(300)  # ticks and scrolling
        self.part.locator(".thread").evaluate("thread => { thread.scrollTop = thread.scrollHeight }")
        self.page.evaluate("document.activeElement.blur()")
        png = base64.b64encode(self.part.screenshot()).decode()
        self.moments.append(Moment(self.page.evaluate(AS_WEBP, [png, QUALITY]), seconds))


def main() -> int:
    """Make the animation; the exit code."""
    with (
        needed_browser() as browser,
        tempfile.TemporaryDirectory() as folder,
        running_service(Path(folder)) as address,
    ):
        drawn = film(browser, address)
    if len(drawn.encode()) > MOST_BYTES:
        print(f"The animation has {len(drawn):,} bytes, and may have {MOST_BYTES:,}", file=sys.stderr)
        return 1
    ANIMATION.write_text(drawn, encoding="utf-8")
    print(f"{ANIMATION} is made: {len(drawn) // 1000} kB")
    return 0


def film(browser: Browser, address: str) -> str:
    """Play the conversation and return its animation."""
    context = browser.new_context(
        viewport={"width": 760, "height": 900},
        device_scale_factor=SCALE,
        reduced_motion="reduce",
        bypass_csp=True,  # for a style of our own and pictures of data
    )
    page = context.new_page()
    page.goto(f"{address}?{urlencode([('lang', 'en'), ('phone', PHONE)])}")
    page.add_style_tag(
        content=f".phone .screen.text {{ width: {WIDTH}px; height: {HEIGHT}px; background: Canvas }}"
        ".sum, .meta, .opted-out { display: none !important }"
    )
    phone = OnPage(page, page.locator(".phone").first)
    film = Film(page, phone.find(".screen.text"))
    come_to_daytime(page)
    said = phone.text("does my kid need a 504 or an iep??")
    film.take(LONG)
    while "worth asking for" not in said:
        said = phone.text(_answer(said))
        film.take(QUICK if len(film.moments) > 2 else USUAL)
    film.moments[-1] = Moment(film.moments[-1].picture, LONG)
    film.still = len(film.moments) - 1
    said = phone.walk_by_text(TEACHING, r"thank you")
    wait_until(lambda: "Next step" in phone.bubbles()[-1], REMINDER_SECONDS)
    film.take(LONG)
    while "Did you send" not in phone.bubbles()[-1]:
        before = len(phone.bubbles())
        page.locator("#clock-next").click()
        wait_until(lambda before=before: len(phone.bubbles()) > before, REMINDER_SECONDS)  # type: ignore[misc]  # a default binds it
        film.take(USUAL)
    film.moments[-1] = Moment(film.moments[-1].picture, LONG)
    return drawn(film.moments, film.still)


def _answer(said: str) -> str:
    choices = written(said)
    return choices[wished(TEACHING, said, choices)]


def drawn(moments: Sequence[Moment], still: int) -> str:
    """Return an SVG that shows the moments one after another."""
    whole = sum(moment.seconds for moment in moments)
    rules, pictures, at = [], [], 0.0
    for n, moment in enumerate(moments):
        begins, at = at / whole * 100, at + moment.seconds
        ends = at / whole * 100
        last = n == len(moments) - 1
        hidden = "" if n == 0 else "0% { opacity: 0 } "
        after = "100% { opacity: 1 }" if last else f"{ends:.2f}%, 100% {{ opacity: 0 }}"
        rules.append(f"@keyframes m{n} {{ {hidden}{begins:.2f}% {{ opacity: 1 }} {after} }}")
        pictures.append(
            f'<image id="m{n}" width="{WIDTH}" height="{HEIGHT}" href="{moment.picture}" '
            f'style="animation-name: m{n}"/>'
        )
    style = f"""
image {{ opacity: 0; animation: {whole:.1f}s step-end {RUNS} both }}
@media (prefers-reduced-motion: reduce) {{
  image {{ animation: none }}
  #m{still} {{ opacity: 1 }}
}}
"""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-labelledby="title">\n<title id="title">{TITLE}</title>\n<style>{style}'
        + "\n".join(rules)
        + "\n</style>\n"
        + "\n".join(pictures)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
