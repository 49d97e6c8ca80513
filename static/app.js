// What makes pages nicer; every one works without it.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  document.cookie = `memory_ui_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

// Times in words go on counting, in the same words as memory_ui/words.py.

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"} ago`;
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

function since(moment, now) {
  const seconds = Math.max(0, Math.floor((now - moment) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} seconds ago`;
  if (seconds < 3600) return count(Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return count(Math.floor(seconds / 3600), "hour");
  const days = Math.round((midnight(now) - midnight(moment)) / 86400000);
  if (days <= 1) return "yesterday";
  return days < 30 ? count(days, "day") : null;
}

function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function until(moment, now) {
  const seconds = Math.floor((moment - now) / 1000);
  if (seconds < 2) return "any moment now";
  return seconds < 120 ? `in ${seconds} seconds` : `in ${Math.floor(seconds / 60)} minutes`;
}

function tell() {
  const now = new Date();
  for (const time of document.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    let words = null;
    if (time.dataset.time === "ago") words = since(moment, now);
    if (time.dataset.time === "soon") words = until(moment, now);
    if (time.dataset.time === "elapsed") words = duration(Math.max(0, Math.floor((now - moment) / 1000)));
    if (words !== null && time.textContent !== words) time.textContent = words;
  }
}
setInterval(tell, 1000);

// "/" goes to the search, as in other consoles.

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = [...document.querySelectorAll("[data-search]")].find((field) => field.checkVisibility());
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", async (event) => {
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
  if (event.target.closest("[data-print]")) return window.print();
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const name = button.dataset.name ??= button.textContent;
  let word = "copied";
  try {
    await navigator.clipboard.writeText(from ? from.textContent : button.dataset.copy);
  } catch {
    word = "cannot copy here";
  }
  button.textContent = word;
  setTimeout(() => { button.textContent = name; }, 1500);
});

// A form is sent once per press. The server would recognise the second one; this spares the wait. Not those marked
// data-again: they answer with a file, so the page stays, and they may be wanted again.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || "again" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  tell();
});

// A page that cannot reach the server says so: of what it asks for by itself, that it goes on trying; of what somebody
// sent, that nobody tries again but they. Forms marked data-once go to where the same is recognised when it comes twice.

const lost = document.getElementById("lost");
let unsent = null;

function say(text, again) {
  if (!lost) return;
  lost.hidden = !text;
  if (!text) return lost.replaceChildren();
  const button = again && document.createElement("button");
  if (button) Object.assign(button, { type: "button", textContent: "Send it again", onclick: again });
  lost.replaceChildren(text, ...(button ? [" ", button] : []));
}
// A page that its reader must leave for something else first, as to sign in, waits while something is typed on it.
function typing() {
  if (document.querySelector("#main [data-editing]")) return true; // also a form that came back with what was typed
  const fields = document.querySelectorAll("#main textarea, #main input:not([type=hidden], [type=checkbox], [type=radio])");
  return [...fields].some((field) => field.value !== field.defaultValue);
}
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig: { verb } } = event.detail;
  const away = xhr.getResponseHeader("HX-Redirect");
  if (!away || verb !== "get" || !typing()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (lost?.querySelector("a")) return;
  const signedOut = away.startsWith("/accounts/login/");
  const link = Object.assign(document.createElement("a"), { href: away, target: "_blank", textContent: `${signedOut ? "Sign in" : "Go on"} (another tab)` });
  say(signedOut ? "You are signed out." : "This page asks for something first.");
  lost.append(" What you typed is still here. ", link);
});
document.addEventListener("fresh-token", ({ detail }) => {
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = detail.value;
});
function sendAgain() {
  const { elt, event, submitter } = unsent;
  if (!elt.isConnected) return say("");
  say("Sending it again…");
  if (elt.matches("form")) elt.requestSubmit(submitter?.isConnected ? submitter : null);
  else htmx.trigger(elt, event);
}
function notAnswered(event, words, sent) {
  const { elt, requestConfig: { verb, triggeringEvent } } = event.detail;
  const waits = unsent?.elt.isConnected;
  if (verb === "get") return waits || say(words);
  if ("again" in elt.dataset) return waits || say("What you typed could not be checked. It is checked again as you go on.");
  unsent = { elt, event: triggeringEvent?.type ?? "click", submitter: triggeringEvent?.submitter };
  const toast = elt.closest("[data-toast]");
  if (toast) toast.dataset.until = Number.MAX_SAFE_INTEGER;
  const typed = [...elt.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value);
  const once = navigator.onLine && "once" in elt.dataset ? " Sent again, it is done only once." : "";
  say(`${sent} Nothing is sent again by itself.${typed ? " What you typed is still here." : ""}${once}`, elt.isConnected && sendAgain);
}
document.addEventListener("htmx:sendError", (event) => notAnswered(
  event,
  "No connection to memory_ui. What you see may be old; trying again.",
  navigator.onLine ? "The connection broke, so it is not known whether this arrived." : "This was not sent: there is no connection.",
));
document.addEventListener("htmx:timeout", (event) => notAnswered(
  event,
  "memory_ui answers slowly. Trying again.",
  "memory_ui did not answer, so it is not known whether this arrived.",
));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (event.detail.requestConfig.verb === "get" && unsent?.elt.isConnected) return;
  unsent = null;
  if (event.detail.requestConfig.verb === "get" && status >= 500) say("memory_ui had a problem. What you see may be old; trying again.");
  else if (status === 403) say("You may not do this. Reload the page to see why.");
  else say("That did not work. Reload the page and try again.");
});
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status >= 400) return;
  // What is polled meanwhile says nothing of what was to be sent.
  if (unsent?.elt.isConnected && event.detail.elt !== unsent.elt) return;
  unsent = null;
  say("");
});

// Toasts: what was done goes away after a while, not under the pointer or the focus; what went wrong stays until closed.

const toasts = document.getElementById("toasts");
const MOST_TOASTS = 3;

function closeToast(toast) {
  const inside = toast.contains(document.activeElement);
  toast.remove();
  if (inside) (toasts.querySelector("[data-close]") ?? document.getElementById("main")).focus();
}
function minded(toast) {
  return toast.matches(":hover, :focus-within");
}
function takeUpToasts() {
  // That something was not sent is no news once there is other.
  for (const old of toasts?.querySelectorAll("[data-toast=unsent]:not(:last-child)") ?? []) old.remove();
  for (const toast of toasts?.querySelectorAll("[data-toast]:not([data-until])") ?? []) {
    toast.dataset.until = Date.now() + (toast.querySelector("form") ? 20000 : 12000);
  }
  for (const old of [...(toasts?.children ?? [])].slice(0, -MOST_TOASTS)) if (!minded(old)) old.remove();
}
setInterval(() => {
  for (const toast of toasts?.querySelectorAll("[data-toast]:not(.warning, .error)") ?? []) {
    if (minded(toast)) toast.dataset.until = Math.max(toast.dataset.until, Date.now() + 5000);
    else if (Date.now() > toast.dataset.until) closeToast(toast);
  }
}, 1000);
document.addEventListener("click", (event) => {
  const toast = event.target.closest("[data-close]")?.closest("[data-toast]");
  if (toast) closeToast(toast);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector(".menu[open]")) return;
  const toast = toasts?.lastElementChild;
  if (toast) closeToast(toast);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const toast = event.detail.elt.closest("[data-toast]");
  if (toast && event.detail.successful) closeToast(toast);
});
document.addEventListener("htmx:oobAfterSwap", takeUpToasts);
document.addEventListener("DOMContentLoaded", () => {
  takeUpToasts();
  // Readers of the screen are told what is added to a place they know, not what came with the page.
  if (toasts?.children.length) setTimeout(() => toasts.append(...toasts.children), 300);
});

// Characters are counted as Letta counts them: code points, with one for each line end.

function recount(field) {
  const counter = document.querySelector(`[data-counter="${CSS.escape(field.id)}"]`);
  if (!counter) return;
  const limit = Number(document.getElementById(counter.dataset.limit)?.value) || 0;
  const size = [...field.value].length;
  const room = limit ? ` of ${limit.toLocaleString("en")}` : "";
  const over = limit && size > limit ? `, ${(size - limit).toLocaleString("en")} over the limit` : "";
  counter.textContent = `${size.toLocaleString("en")}${room} character${(limit || size) === 1 ? "" : "s"}${over}`;
  // As the meter of the card, in whole characters.
  const red = limit > 0 && size >= Math.floor(limit * 95 / 100);
  counter.classList.toggle("red", red);
  counter.classList.toggle("amber", !red && limit > 0 && size >= Math.floor(limit * 80 / 100));
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-count]")) recount(event.target);
  for (const counter of document.querySelectorAll(`[data-limit="${CSS.escape(event.target.id)}"]`)) {
    recount(document.getElementById(counter.dataset.counter));
  }
});

// Whoever opened a form in place goes on in it, at what is wrong with it, or at the card that takes its place again.

document.addEventListener("htmx:afterSettle", (event) => {
  const how = event.detail.requestConfig?.triggeringEvent?.type;
  const card = event.target;
  if (!["click", "submit"].includes(how) || !card.matches?.(".card")) return;
  const wrong = card.querySelector("[aria-invalid=true]");
  if (wrong) return wrong.focus();
  if (document.activeElement !== document.body) return;
  const form = card.querySelector("[data-editing]");
  const said = form?.querySelector(".note.error, .merge") && card.querySelector("h2");
  if (said) said.tabIndex = -1;
  (said ?? form?.querySelector("textarea") ?? card.querySelector("footer [hx-get]"))?.focus();
});

// Letta is asked for pages that somebody sees. One that comes back into sight asks at once.

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.id === "freshness") event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  const freshness = document.getElementById("freshness");
  if (freshness && !document.hidden) htmx.trigger(freshness, "in-sight");
});

// Of several ways to say whom, the chosen one lies open.

document.addEventListener("change", ({ target }) => {
  if (target.name !== "whom") return;
  for (const way of target.form?.querySelectorAll("details[data-for]") ?? []) way.open = way.dataset.for === target.value;
});

// What somebody opened in a part of a page stays open when the part is drawn anew.

let opened = [];
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  opened = [...detail.target.querySelectorAll("details[id][open]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened.splice(0)) document.getElementById(id)?.setAttribute("open", "");
});
