/* The bell: polls the unread count and opens the dropdown. Without this file it is a plain link.
   Everything from the server is shown with textContent. */
(function () {
  "use strict";

  const MAX_PAUSE = 5 * 60 * 1000; // longest wait between polls after errors, in ms

  class Bell {
    constructor(root) {
      this.root = root;
      this.toggle = root.querySelector("[data-din-toggle]");
      this.badge = root.querySelector("[data-din-badge]");
      this.panel = root.querySelector("[data-din-panel]");
      this.list = root.querySelector("[data-din-items]");
      this.note = root.querySelector("[data-din-note]");
      this.live = root.querySelector("[data-din-live]");
      this.markAll = root.querySelector("[data-din-mark-all]");
      this.interval = Math.max(1, Number(root.dataset.pollSeconds) || 30) * 1000;
      this.count = Number(root.dataset.count) || 0;
      this.etag = null;
      this.failures = 0;
      this.timer = null;
      this.lastPoll = Date.now();
      this.stopped = false;
      this.becomeButton();
      this.listen();
      this.schedule();
    }

    becomeButton() {
      this.panel.id = this.panel.id || "din-panel-" + Math.random().toString(36).slice(2);
      this.toggle.setAttribute("role", "button");
      this.toggle.setAttribute("aria-expanded", "false");
      this.toggle.setAttribute("aria-controls", this.panel.id);
    }

    listen() {
      this.toggle.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // opens a new tab, like any link
        event.preventDefault();
        this.isOpen() ? this.close() : this.open();
      });
      this.toggle.addEventListener("keydown", (event) => {
        if (event.key === " ") {
          event.preventDefault();
          this.toggle.click();
        }
      });
      this.root.addEventListener("keydown", (event) => this.onKey(event));
      this.root.addEventListener("focusout", (event) => {
        if (event.relatedTarget && !this.root.contains(event.relatedTarget)) this.close();
      });
      document.addEventListener("click", (event) => {
        if (!this.root.contains(event.target)) this.close();
      });
      this.markAll.addEventListener("submit", (event) => {
        event.preventDefault();
        this.markAllRead();
      });
      document.addEventListener("visibilitychange", () => {
        if (!document.hidden && Date.now() - this.lastPoll >= this.interval) this.poll();
        else this.schedule();
      });
      // A page restored by the back button shows the count from when it was left.
      window.addEventListener("pageshow", (event) => event.persisted && this.poll());
      if ("BroadcastChannel" in window) {
        this.channel = new BroadcastChannel("din:" + this.root.dataset.countUrl);
        this.channel.onmessage = (event) => this.showCount(event.data, true);
      }
    }

    /* Polling: at each interval while the page is visible, with exponential backoff on errors. */

    schedule() {
      clearTimeout(this.timer);
      if (this.stopped || document.hidden) return;
      const pause = Math.min(this.interval * 2 ** this.failures, Math.max(this.interval, MAX_PAUSE));
      this.timer = setTimeout(() => this.poll(), pause * (0.9 + Math.random() * 0.2));
    }

    async poll() {
      this.lastPoll = Date.now();
      try {
        const headers = { Accept: "application/json" };
        if (this.etag) headers["If-None-Match"] = this.etag;
        const response = await fetch(this.root.dataset.countUrl, { headers, credentials: "same-origin", cache: "no-store" });
        if (response.status === 401 || response.status === 403) {
          this.stopped = true; // logged out: stop until the next page
        } else if (response.status !== 304) {
          if (!response.ok) throw new Error("status " + response.status);
          this.etag = response.headers.get("ETag");
          this.showCount(await response.json());
        }
        this.failures = 0;
      } catch (error) {
        this.failures += 1;
      }
      this.schedule();
    }

    showCount(data, fromOtherTab) {
      const grew = data.count > this.count;
      this.count = data.count;
      this.badge.textContent = data.display;
      this.badge.hidden = !data.count || Boolean(data.quiet); // quiet: the visitor's quiet hours
      this.toggle.setAttribute("aria-label", data.label);
      if (grew && !fromOtherTab && !data.quiet) this.live.textContent = this.root.dataset.textNew + " " + data.label;
      if (fromOtherTab) this.etag = null;
      else if (this.channel) this.channel.postMessage(data);
      this.root.dispatchEvent(new CustomEvent("din:count", { bubbles: true, detail: data }));
    }

    /* The dropdown. */

    isOpen() {
      return !this.panel.hidden;
    }

    async open() {
      const { left, right } = this.root.getBoundingClientRect();
      this.panel.classList.toggle("din-panel--from-left", (left + right) / 2 < window.innerWidth / 2);
      this.panel.hidden = false;
      this.toggle.setAttribute("aria-expanded", "true");
      this.panel.setAttribute("aria-busy", "true");
      try {
        const data = await this.getJson(this.root.dataset.recentUrl);
        this.show(data);
      } catch (error) {
        this.list.replaceChildren();
        this.say(this.root.dataset.textError);
      }
      this.panel.removeAttribute("aria-busy");
    }

    close() {
      if (!this.isOpen()) return;
      this.panel.hidden = true;
      this.toggle.setAttribute("aria-expanded", "false");
    }

    show(data) {
      const items = data.notifications;
      const focused = this.list.contains(document.activeElement) ? document.activeElement.href : null;
      this.list.replaceChildren(...items.map((item) => this.element(item)));
      if (focused) [...this.list.querySelectorAll("a")].find((link) => link.href === focused)?.focus();
      this.say(items.length ? "" : this.root.dataset.textEmpty);
      this.markAll.elements.up_to.value = data.marker;
      this.markAll.hidden = !data.marker;
      this.showCount({ count: data.unread_count, display: data.unread_display, label: data.unread_label, quiet: data.quiet });
    }

    element(item) {
      const row = document.createElement("li");
      const link = document.createElement("a");
      link.className = "din-panel__item" + (item.is_read ? "" : " din-panel__item--unread");
      link.href = item.url; // marks it read and redirects to its action URL
      if (!item.is_read) link.append(text("span", "din-hidden-text", this.root.dataset.textUnread + " "));
      if (item.is_pinned) link.append(text("span", "din-panel__item-pin", this.root.dataset.textPinned));
      link.append(text("span", "din-panel__item-title", item.title));
      if (item.message) link.append(text("span", "din-panel__item-text", item.message));
      const time = text("time", "din-panel__item-time", ago(item.created_at));
      time.dateTime = item.created_at;
      link.append(time);
      row.append(link);
      return row;
    }

    say(message) {
      this.note.textContent = message;
      this.note.hidden = !message;
    }

    async markAllRead() {
      const body = new URLSearchParams(new FormData(this.markAll));
      try {
        const response = await fetch(this.markAll.action, {
          method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" },
        });
        if (!response.ok) throw new Error("status " + response.status);
        this.live.textContent = (await response.json()).message;
        this.show(await this.getJson(this.root.dataset.recentUrl));
        this.toggle.focus();
      } catch (error) {
        this.say(this.root.dataset.textError);
      }
    }

    async getJson(url) {
      const response = await fetch(url, {
        headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store",
      });
      if (!response.ok) throw new Error("status " + response.status);
      return response.json();
    }

    onKey(event) {
      if (!this.isOpen()) return;
      if (event.key === "Escape") {
        this.close();
        this.toggle.focus();
        return;
      }
      const links = [...this.list.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
      if (to === undefined || !links.length || (at < 0 && event.key !== "ArrowDown")) return;
      event.preventDefault();
      if (to < 0) this.toggle.focus();
      else links[Math.min(to, links.length - 1)].focus();
    }
  }

  function text(tag, className, content) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = content;
    return element;
  }

  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

  function ago(iso) {
    const seconds = (new Date(iso) - Date.now()) / 1000;
    const format = new Intl.RelativeTimeFormat(document.documentElement.lang || undefined, { numeric: "auto" });
    for (const [unit, size] of UNITS) {
      if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
    }
    return format.format(0, "second");
  }

  /* The box above the list that selects all of its rows. Without this file it stays hidden. */
  function selectAll(form) {
    const box = form.querySelector("[data-din-all] input");
    const rows = [...form.querySelectorAll("[name=ids]")];
    if (!box || !rows.length) return;
    const update = () => {
      const checked = rows.filter((row) => row.checked).length;
      box.checked = checked === rows.length;
      box.indeterminate = checked > 0 && !box.checked;
    };
    box.addEventListener("change", () => rows.forEach((row) => { row.checked = box.checked; }));
    form.addEventListener("change", (event) => event.target !== box && update());
    update();
    box.closest("[data-din-all]").hidden = false;
  }

  function start() {
    document.querySelectorAll("[data-din-bulk]").forEach(selectAll);
    for (const root of document.querySelectorAll("[data-din-bell]:not([data-din-ready])")) {
      root.dataset.dinReady = "";
      new Bell(root);
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
