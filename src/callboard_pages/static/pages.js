// Makes pages live and usable by keys. Everything works without it: links are links and forms are forms.

/** Fetches this page again and puts the regions that changed in place; what people opened or chose there stays. */
export async function refresh(topics) {
  const regions = [...document.querySelectorAll("[data-live]")].filter(
    (region) => !topics || topics.has("*") || region.dataset.live.split(" ").some((topic) => topics.has(topic)),
  );
  if (!regions.length) return;
  let answer;
  try {
    answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
  } catch {
    document.body.classList.add("offline");
    return;
  }
  if (answer.type === "opaqueredirect") return location.reload(); // signed out meanwhile
  document.body.classList.toggle("offline", !answer.ok);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.body.dataset.liveState = fresh.body.dataset.liveState ?? "";
  for (const region of regions) {
    const next = fresh.getElementById(region.id);
    if (next && next.innerHTML !== region.dataset.shown && !region.contains(busyField())) replace(region, next);
  }
}

/** A field that somebody is typing in, which must not vanish under their hands. */
function busyField() {
  const field = document.activeElement;
  return field?.matches("input:not([type=checkbox]), textarea, select") ? field : null;
}

function replace(region, next) {
  const open = new Set([...region.querySelectorAll("details[open][id]")].map((each) => each.id));
  const checked = new Set([...region.querySelectorAll("input[type=checkbox]:checked[id]")].map((each) => each.id));
  const focused = document.activeElement?.id || document.activeElement?.getAttribute?.("href");
  const chosen = region.querySelector("[aria-selected=true]")?.dataset.row;
  const held = region.contains(document.activeElement);
  region.dataset.shown = next.innerHTML;
  region.replaceChildren(...next.childNodes);
  for (const each of region.querySelectorAll("details[id]")) if (open.has(each.id)) each.open = true;
  for (const each of region.querySelectorAll("input[type=checkbox][id]")) if (checked.has(each.id)) each.checked = true;
  if (chosen) region.querySelector(`[data-row="${CSS.escape(chosen)}"]`)?.setAttribute("aria-selected", "true");
  if (held && focused) {
    const again = document.getElementById(focused) ?? region.querySelector(`[href="${CSS.escape(focused)}"]`);
    again?.focus();
  }
  region.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
}

/** Listens while the page is seen; several events within 150 ms make one fetch. */
function listen(address) {
  let source = null;
  let waiting = null;
  let topics = new Set();
  const later = (topic) => {
    topics.add(topic);
    waiting ??= setTimeout(() => {
      const now = topics;
      waiting = null;
      topics = new Set();
      refresh(now);
    }, 150);
  };
  const start = () => {
    if (source || document.hidden) return;
    const state = document.body.dataset.liveState;
    source = new EventSource(state ? `${address}?since=${encodeURIComponent(state)}` : address);
    source.addEventListener("changed", (event) => later(event.data));
    let lost = false;
    source.onerror = () => {
      lost = true;
      document.body.classList.add("offline");
      // Refused, such as after signing out elsewhere: browsers try again only after a lost connection.
      if (source?.readyState === EventSource.CLOSED) { stop(); setTimeout(() => refresh().then(start), 2000); }
    };
    source.onopen = () => { document.body.classList.remove("offline"); if (lost) refresh(); lost = false; };
  };
  const stop = () => { source?.close(); source = null; };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return stop();
    start();
    refresh().then(again);
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
}

/** Rewrites the ages beside times, in the words of the server. */
function tick() {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[datetime]")) {
    const age = time.querySelector(".age");
    if (age) age.textContent = words((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
}

function words(seconds) {
  const long = Math.abs(seconds);
  if (long < 1) return "now";
  const [size, unit] = long < 60 ? [1, "s"] : long < 3600 ? [60, "min"] : long < 172800 ? [3600, "h"] : [86400, "d"];
  const text = `${long < 10 ? long.toFixed(1) : Math.floor(long / size)} ${unit}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** Moves the choice among rows by `step`. */
function choose(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  rows[at]?.removeAttribute("aria-selected");
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus({ preventScroll: true });
}

let asking = null;

/** Fetches parts again that say they are not complete yet: an element with data-again, in so many milliseconds. */
function again() {
  const more = document.querySelector("[data-live] [data-again]");
  if (!more || asking || document.hidden) return;
  asking = setTimeout(async () => {
    await refresh(new Set(more.closest("[data-live]").dataset.live.split(" ")));
    asking = null;
    again();
  }, Number(more.dataset.again));
}

let going = false;
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog, video")) return;
  const link = going && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  going = event.key === "g";
  if (link) link.click();
  else if (event.key === "/") document.querySelector("[data-search]")?.focus();
  else if (event.key === "j") choose(1);
  else if (event.key === "k") choose(-1);
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else return;
  event.preventDefault();
});

addEventListener("click", (event) => {
  const opens = event.target.closest?.("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens)?.showModal();
});

/** Shows the buttons that copy, which can do nothing without this script. */
function offerCopies() {
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
}

addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    // Only pages of this machine or of https may write to the clipboard; others select the text to copy.
    getSelection().selectAllChildren(text);
    button.textContent = "Selected: press Ctrl+C";
  }
});

// A second click on a button that was pressed must not send its form twice.
addEventListener("submit", (event) => {
  if (event.target.method === "dialog" || event.defaultPrevented) return;
  if (event.target.dataset.sent) return event.preventDefault();
  if (event.target.method === "post") event.target.dataset.sent = "true";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

for (const region of document.querySelectorAll("[data-live]")) region.dataset.shown = region.innerHTML;
if (document.body.dataset.liveAddress) listen(document.body.dataset.liveAddress);
setInterval(tick, 15000);
for (const resume of [again, offerCopies]) {
  addEventListener("refreshed", resume);
  resume();
}
