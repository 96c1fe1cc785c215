// Creates elements. Text is only inserted as text nodes, so user input is never parsed as HTML.

/** Return an element with attributes and children. An attribute that is null or false is omitted. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Set an element's text if it differs, so that a screen reader does not repeat it. */
export function tell(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Show or hide the element. */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

const drawn = new WeakMap();

/** Render `items` with `draw` as the children of a list. The child of an unchanged item is reused. */
export function fill(list, items, draw) {
  const before = drawn.get(list) ?? new Map();
  const now = new Map();
  for (const item of items) {
    const written = JSON.stringify(item);
    let key = written;
    for (let copy = 2; now.has(key); copy += 1) key = `${copy} ${written}`;
    now.set(key, before.get(key) ?? draw(item));
  }
  drawn.set(list, now);
  const children = [...now.values()];
  const same = children.length === list.children.length && children.every((child, at) => child === list.children[at]);
  if (!same) list.replaceChildren(...children);
}

/** Scroll to the end, unless the user has scrolled up. */
export function follow(box, change) {
  const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
  change();
  if (wasAtEnd) box.scrollTop = box.scrollHeight;
}

const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]|\b(?:[a-z0-9-]+\.)+(?:org|gov|com|edu|net)(?:\/[\w/-]*\w)?/gi;

/** Return text as nodes, with URLs as links that open in a new tab. */
export function linked(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    nodes.push(document.createTextNode(text.slice(at, found.index)));
    const address = /^https?:/i.test(found[0]) ? found[0] : `https://${found[0]}`;
    const link = make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, found[0]);
    nodes.push(link);
    at = found.index + found[0].length;
  }
  nodes.push(document.createTextNode(text.slice(at)));
  return nodes.filter((node) => node.textContent);
}
