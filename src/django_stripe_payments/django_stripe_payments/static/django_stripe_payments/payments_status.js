/**
 * The result page: polls the state of the payment, with growing delays, until it is final.
 * Pauses while the page is hidden. Without this script the page reloads itself.
 */
(() => {
  "use strict";

  const FIRST_DELAY_MS = 1_000;
  const LONGEST_DELAY_MS = 20_000;
  const GROWTH = 1.5;

  class PaymentStatus {
    constructor(root) {
      this.root = root;
      this.title = root.querySelector("[data-title]");
      this.message = root.querySelector("[data-message]");
      this.retry = root.querySelector("[data-retry-link]");
      this.instructions = root.querySelector("[data-instructions-link]");
      this.delay = FIRST_DELAY_MS;
      this.timer = null;
      document.addEventListener("visibilitychange", () => this.onVisibilityChange());
      this.schedule();
    }

    get isFinal() {
      return this.root.dataset.final === "true";
    }

    schedule() {
      clearTimeout(this.timer);
      if (!this.isFinal && !document.hidden) {
        this.timer = setTimeout(() => this.poll(), this.delay);
        this.delay = Math.min(this.delay * GROWTH, LONGEST_DELAY_MS);
      }
    }

    onVisibilityChange() {
      this.delay = FIRST_DELAY_MS;
      this.schedule();
    }

    async poll() {
      try {
        const response = await fetch(this.root.dataset.pollUrl, {
          headers: { Accept: "application/json" },
          credentials: "same-origin",
          cache: "no-store",
        });
        if (response.ok) {
          this.show(await response.json());
        }
      } catch {
        // Offline for a moment: the next poll may succeed.
      }
      this.schedule();
    }

    /** A template of the site's own may lack a link. */
    link(element, url) {
      if (element) {
        element.hidden = !url;
        if (url) {
          element.href = url;
        }
      }
    }

    /** Writes only what changed, so that a screen reader announces only changes. */
    show({
      title, message, tone, is_final: isFinal, retry_url: retryUrl, instructions_url: instructionsUrl,
    }) {
      if (title !== this.title.textContent) {
        document.title = document.title.replace(this.title.textContent, title);
        this.title.textContent = title;
      }
      if (message !== this.message.textContent) {
        this.message.textContent = message;
      }
      this.root.dataset.tone = tone;
      this.root.dataset.final = String(isFinal);
      this.root.setAttribute("aria-busy", String(!isFinal));
      this.link(this.retry, retryUrl);
      this.link(this.instructions, instructionsUrl);
    }
  }

  const root = document.querySelector("[data-payment-status]");
  if (root) {
    new PaymentStatus(root);
  }
})();
