/**
 * Shared by the pages that use Stripe: loading Stripe.js, its appearance, requests to the site, and
 * the states of a form. Load it before the script of the page.
 *
 * Plain scripts under one global name instead of modules: hashed static files then work without
 * rewritten import paths.
 */
(() => {
  "use strict";

  let loading = null;

  /** Loads Stripe.js once; a call after a failure tries again. Resolves to `Stripe`. */
  function loadStripe(url) {
    if (window.Stripe) {
      return Promise.resolve(window.Stripe);
    }
    loading ??= addScript(url).catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  }

  function addScript(url) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.addEventListener("load", () => (window.Stripe
        ? resolve(window.Stripe) : reject(new Error(`${url} is not Stripe.js`))));
      script.addEventListener("error", () => {
        script.remove();
        reject(new Error(`${url} did not load`));
      });
      document.head.append(script);
    });
  }

  /**
   * The page's colors for Stripe's frame, which has no access to the page's style sheet.
   * A real element resolves them, because they may be written as `light-dark()`.
   */
  function appearanceOf(root) {
    const probe = document.createElement("span");
    probe.hidden = true;
    root.append(probe);
    const color = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const { fontFamily } = getComputedStyle(root);
    const variables = {
      fontFamily,
      borderRadius: getComputedStyle(root).getPropertyValue("--dsp-radius-small").trim(),
      colorPrimary: color("--dsp-accent"),
      colorBackground: color("--dsp-field"),
      colorText: color("--dsp-text"),
      colorTextSecondary: color("--dsp-text-quiet"),
      colorTextPlaceholder: color("--dsp-text-quiet"),
      colorDanger: color("--dsp-problem"),
    };
    probe.remove();
    return { theme: "stripe", variables };
  }

  /** Calls back when the color scheme may have changed, by the system or by the page. */
  function onSchemeChange(callback) {
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
    new MutationObserver(callback).observe(document.documentElement, { attributes: true });
  }

  /** A refusal by the site; its message is for the customer. `status` is the HTTP status. */
  class Refused extends Error {
    constructor(message, status) {
      super(message);
      this.status = status;
    }

    /** Whether the same request may succeed later. */
    get isTemporary() {
      return this.status >= 500 || this.status === 429 || this.status === 408;
    }
  }

  /**
   * POSTs JSON to the site and returns the JSON of the answer.
   * Rejects with Refused, or with TypeError when the site cannot be reached.
   */
  async function postJson(url, data, csrf) {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        ...csrf,
      },
      body: JSON.stringify(data),
    });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const body = isJson ? await response.json() : {};
    if (!response.ok || !isJson) {
      throw new Refused(body.error?.message ?? "", response.status);
    }
    return body;
  }

  /**
   * A form that submits to Stripe. Pages implement `prepare()`, which ends with
   * `setState("ready")`, and `send()`, which returns the problem if there is one.
   *
   * `data-state` is one of: loading, ready, submitting, unavailable, done.
   */
  class StripeForm {
    constructor(form, config) {
      this.form = form;
      this.config = config;
      this.messages = config.messages;
      this.button = form.querySelector("[data-submit]");
      this.status = form.querySelector("[data-status]");
      this.problem = form.querySelector("[data-problem]");
      this.retry = form.querySelector("[data-retry]");
      form.addEventListener("submit", (event) => this.onSubmit(event));
      this.retry.addEventListener("click", () => this.start());
      onSchemeChange(() => this.elements?.update({ appearance: appearanceOf(form) }));
      // The browser's Back button may restore the page in the middle of a submit.
      window.addEventListener("pageshow", ({ persisted }) => persisted && window.location.reload());
    }

    get state() {
      return this.form.dataset.state;
    }

    /** Prepares the form, at first and for each retry. */
    async start() {
      this.setState("loading", this.messages.loading);
      this.showProblem("");
      try {
        await this.prepare();
      } catch (error) {
        this.giveUp(error);
      }
    }

    /**
     * Calls the site. The CSRF token comes from the form, so that the script need not read the
     * cookie, which may be HttpOnly or missing; the page names the header (CSRF_HEADER_NAME).
     */
    post(url, data) {
      const token = this.form.elements.csrfmiddlewaretoken.value;
      return postJson(url, data, { [this.config.csrfHeader]: token });
    }

    async loadStripe() {
      const Stripe = await loadStripe(this.form.dataset.stripeJs);
      this.stripe ??= Stripe(this.config.publicKey, { locale: document.documentElement.lang || "auto" });
    }

    /** Shows Stripe's fields; the form is ready once they are. */
    mountFields(clientSecret) {
      this.elements?.getElement("payment")?.destroy();
      this.elements = this.stripe.elements({ clientSecret, appearance: appearanceOf(this.form) });
      const element = this.elements.create("payment", { layout: "tabs" });
      element.on("ready", () => this.state === "loading" && this.setState("ready"));
      element.on("loaderror", ({ error }) => this.giveUp(error));
      element.on("change", () => this.showProblem(""));
      element.mount(this.form.querySelector("[data-element]"));
    }

    async onSubmit(event) {
      event.preventDefault();
      if (this.state !== "ready") {
        return;
      }
      this.setState("submitting", this.messages.submitting);
      this.showProblem("");
      const problem = await this.send().catch((error) => {
        if (error instanceof Refused && error.message) {
          return error;
        }
        console.error(error);
        return { message: this.messages.network };
      });
      if (problem && this.state !== "done") {
        this.setState("ready");
        // Stripe shows a problem with a field beside the field, and focuses it.
        if (problem.type !== "validation_error") {
          this.showProblem(this.explain(problem));
          this.problem.focus();
        }
      }
    }

    /** The message for the customer. Stripe's own are English, or for developers. */
    explain({ type, code, decline_code: declineCode, message }) {
      const { declines } = this.config;
      if (type) {
        return declines[declineCode] ?? declines[code]
          ?? (type === "card_error" ? declines.card_declined : this.messages.unknown);
      }
      return message || this.messages.unknown;
    }

    leaveFor(url) {
      this.setState("done", this.messages.submitting);
      window.location.assign(url);
    }

    giveUp(error) {
      if (this.state === "done") {
        return;
      }
      const isRefused = error instanceof Refused;
      this.setState("unavailable");
      this.retry.hidden = isRefused && !error.isTemporary;
      this.showProblem((isRefused && error.message) || this.messages.scriptFailed);
    }

    setState(state, message = "") {
      const isBusy = state !== "ready" && state !== "unavailable";
      this.form.dataset.state = state;
      this.form.setAttribute("aria-busy", String(isBusy));
      this.button.disabled = state !== "ready";
      this.retry.hidden = state !== "unavailable";
      this.status.textContent = message;
    }

    showProblem(message) {
      this.problem.textContent = message;
      this.problem.hidden = !message;
    }
  }

  function readConfig() {
    return JSON.parse(document.getElementById("stripe-payments-config").textContent);
  }

  window.djangoStripePayments = { Refused, StripeForm, readConfig };
})();
