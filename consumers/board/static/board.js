// Live updates. The pages read the same without this file: it only asks the server for the page again when
// something changed, and puts what is new in place without moving the reader.
"use strict";

// A picture that can't be had leaves nothing behind. All of them load lazily, so none has failed before this runs.
document.addEventListener("error", (event) => {
  event.target.closest?.(".picture")?.remove();
}, true);

(() => {
  const main = document.getElementById("main");
  const words = document.body.dataset;
  const page = main.dataset.page;
  if (!page || !window.EventSource) return;

  const SETTLE_MS = 800; // gather a burst of events into one request
  const NEW_MS = 6000; // how long something new stays marked
  const announcer = document.getElementById("announcer");
  const bar = document.getElementById("live-bar");
  const link = document.getElementById("live-link");
  const unseen = new Set();
  let timer = 0;
  let running = false;
  let again = false;

  const text = (id) => document.getElementById(id)?.textContent.trim() ?? "";

  async function fetchMain(address) {
    const answer = await fetch(address, { headers: { "X-Fragment": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { fresh: parsed.getElementById("main"), address: answer.url };
  }

  // What the reader looks at stays where it is, also when something above it grows.
  function keepingPlace(change) {
    const anchor = scrollY > 0 ? placeOfReader() : null;
    const top = anchor?.getBoundingClientRect().top;
    change();
    const now = anchor && document.getElementById(anchor.id);
    if (now) scrollBy({ top: now.getBoundingClientRect().top - top, behavior: "instant" });
  }

  // An item of a list if one is in view, else a section; what stands at the side only if nothing else does.
  function placeOfReader() {
    const inView = [...main.querySelectorAll("[data-anchor][id]")].filter((each) => {
      const box = each.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight;
    });
    const items = inView.filter((each) => each.tagName === "LI");
    return items.find((each) => each.getBoundingClientRect().top >= 0) ?? items[0] ??
      inView.find((each) => !each.closest("aside")) ?? inView[0];
  }

  // Replace one part; the focus and what was folded open stay.
  function replace(old, fresh) {
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const open = [...old.querySelectorAll("details[open][id]")].map((each) => each.id);
    const known = new Set([...old.querySelectorAll("[id]")].map((each) => each.id));
    const next = document.importNode(fresh, true);
    // A card keeps its size while the order on the page stays as it is.
    next.querySelector(".card")?.classList.toggle("card-lead", Boolean(old.querySelector(".card-lead")));
    old.replaceWith(next);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (active) refocus(next, active);
    if (old.id === "articles") markNew(next, known);
  }

  function refocus(next, active) {
    const href = active.getAttribute("href");
    const candidates = [...next.querySelectorAll("a, summary, [tabindex]")];
    const same = candidates.find((each) => (active.id && each.id === active.id) || (href && each.getAttribute("href") === href)) ??
      candidates.find((each) => each.tagName === active.tagName && each.textContent === active.textContent);
    same?.focus({ preventScroll: true });
  }

  function markNew(section, known) {
    for (const item of section.querySelectorAll("li[id]")) {
      if (known.has(item.id)) continue;
      item.classList.add("is-new");
      setTimeout(() => item.classList.remove("is-new"), NEW_MS);
    }
  }

  // Without the marks that this file, the reader or the order on the page has put on it.
  const plain = (part) => part.outerHTML.replaceAll(/ open=""| class="is-new"| class=""| card-lead/g, "");
  const differs = (old, fresh) => plain(old) !== plain(fresh);

  // Parts of the page by id: changed ones are replaced; on a story new ones come in and gone ones leave.
  function swap(fresh) {
    const news = new Map([...fresh.querySelectorAll("[data-live]")].map((each) => [each.id, each]));
    keepingPlace(() => {
      for (const old of main.querySelectorAll("[data-live]")) {
        const next = news.get(old.id);
        if (next && differs(old, next)) replace(old, next);
        if (!next && page === "story") old.remove();
      }
      if (page === "story") for (const part of news.values()) insertMissing(part);
    });
    return [...news.keys()].filter((id) => id.startsWith("story-") && !document.getElementById(id));
  }

  function insertMissing(part) {
    if (document.getElementById(part.id)) return;
    const before = part.previousElementSibling && document.getElementById(part.previousElementSibling.id);
    const node = document.importNode(part, true);
    if (before) before.after(node);
    else if (part.parentElement.className) main.querySelector("." + part.parentElement.classList[0])?.prepend(node);
  }

  async function refreshStory() {
    const before = text("article-total");
    const { fresh, address } = await fetchMain(location.href.split("#")[0]);
    const merged = new URL(address).pathname !== location.pathname;
    swap(fresh);
    main.dataset.story = fresh.dataset.story;
    main.dataset.revision = fresh.dataset.revision;
    if (merged) {
      history.replaceState(null, "", address);
      announcer.textContent = words.merged;
      connect();
    } else if (text("article-total") !== before) {
      announcer.textContent = words.updated.replace("{articles}", text("article-total"));
    }
    const heading = document.querySelector("h1")?.textContent;
    if (heading) document.title = `${heading} – Groundswell`;
  }

  async function refreshList() {
    const { fresh } = await fetchMain(location.href.split("#")[0]);
    const empty = !document.getElementById("stories");
    for (const id of swap(fresh)) unseen.add(id);
    if (empty && fresh.querySelector("#stories")) {
      location.reload();
      return;
    }
    if (!unseen.size) return;
    const count = unseen.size === 1 ? words.movedOne : words.movedMany.replace("{n}", unseen.size);
    link.textContent = `${count} – ${words.show}`;
    link.href = location.pathname + location.search;
    if (bar.hidden) announcer.textContent = `${count}. ${words.hint}`;
    bar.hidden = false;
  }

  async function refresh() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await (page === "story" ? refreshStory() : refreshList());
    } catch {
      // The server is away or restarts; the stream comes back and brings the next change.
    } finally {
      running = false;
    }
    if (again) {
      again = false;
      schedule();
    }
  }

  function schedule() {
    clearTimeout(timer);
    if (document.hidden) return; // caught up when the reader comes back
    timer = setTimeout(refresh, SETTLE_MS * (1 + Math.random() / 2));
  }

  let source = null;
  function connect() {
    source?.close();
    const only = page === "story" ? `?story_id=${encodeURIComponent(main.dataset.story)}` : "";
    source = new EventSource(`/api/events${only}`);
    for (const name of ["story", "merged", "removed", "reload"]) source.addEventListener(name, schedule);
    let opened = false;
    source.addEventListener("open", () => {
      if (opened) schedule(); // changes may have been missed in between
      opened = true;
    });
  }

  // Tabs and sorting without a jump; the links work without this too.
  async function follow(event) {
    const target = event.target.closest("a[data-swap]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const address = new URL(target.href);
    history.replaceState(null, "", address.pathname + address.search);
    try {
      const { fresh } = await fetchMain(address.href.split("#")[0]);
      swap(fresh);
      announcer.textContent = words.listed.replace("{n}", fresh.querySelectorAll(".articles > li").length);
    } catch {
      location.assign(address);
    }
  }

  document.addEventListener("visibilitychange", () => document.hidden || schedule());
  main.addEventListener("click", follow);
  connect();
})();
