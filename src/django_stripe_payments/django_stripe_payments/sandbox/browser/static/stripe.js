/*
 * The sandbox's stand-in for Stripe.js: the calls that a checkout needs, with Stripe's names and
 * shapes, and no network beyond the sandbox.
 *
 * As with Stripe's own script, card data never enters the site's page. The fields live in a frame
 * from the sandbox's origin (element.html), requests are made by frames (controller.html when no
 * fields are involved), and 3-D Secure is a frame over the page (challenge.html). A page therefore
 * needs script-src and frame-src for the sandbox's origin, and nothing 'unsafe-inline': sizes are
 * set through the CSSOM.
 *
 * One file, because a page loads Stripe.js as one script and expects `Stripe` right after.
 */
(() => {
  "use strict";

  const HOME = new URL(".", document.currentScript.src);
  const FRAME_TIMEOUT_MS = 15_000;
  const ELEMENT_TYPES = ["payment", "card"];
  const ELEMENT_TITLE = "Secure payment input frame";
  const CHALLENGE_TITLE = "3-D Secure authentication";
  // The API's words for these are for developers; Stripe.js says it to the customer.
  const NOT_AUTHENTICATED = "We are unable to authenticate your payment method. "
    + "Please choose a different payment method and try again.";
  const KINDS = {
    pi: { resource: "payment_intents", result: "paymentIntent", field: "payment_intent" },
    seti: { resource: "setup_intents", result: "setupIntent", field: "setup_intent" },
  };

  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  /** A frame of the sandbox. Talks through a MessagePort that only that frame was handed. */
  class Frame {
    #pending = new Map();
    #lastId = 0;
    #port = null;
    #ready = Promise.withResolvers();

    constructor(page, title, onEvent = () => {}) {
      this.onEvent = onEvent;
      this.iframe = document.createElement("iframe");
      this.iframe.title = title;
      this.iframe.src = new URL(page, HOME).href;
      // Frame and page must agree on the scheme, or the browser paints an opaque canvas.
      Object.assign(this.iframe.style, { border: "0", colorScheme: "light" });
      this.iframe.addEventListener("load", () => this.#connect());
      this.#ready.promise.catch(() => {});
      this.timer = setTimeout(() => this.#fail(), FRAME_TIMEOUT_MS);
    }

    async call(method, params = {}) {
      await this.#ready.promise;
      const id = ++this.#lastId;
      const { promise, resolve } = Promise.withResolvers();
      this.#pending.set(id, resolve);
      this.#port.postMessage({ id, method, params });
      return promise;
    }

    remove() {
      clearTimeout(this.timer);
      this.#port?.close();
      this.iframe.remove();
    }

    #connect() {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => this.#receive(data);
      this.#port = port1;
      this.iframe.contentWindow.postMessage({ sandbox: "connect" }, HOME.origin, [port2]);
    }

    #receive({ id, result, event, detail }) {
      if (event === "connected") {
        clearTimeout(this.timer);
        this.#ready.resolve();
      } else if (event) {
        this.onEvent(event, detail);
      } else {
        this.#pending.get(id)?.(result);
        this.#pending.delete(id);
      }
    }

    #fail() {
      const message = "The payment form could not be loaded.";
      const error = { type: "api_connection_error", message };
      this.#ready.reject(error);
      this.onEvent("loaderror", { error });
    }
  }

  /** One mounted set of card fields: `elements.create("payment")` or `("card")`. */
  class Element {
    #handlers = new Map();
    #host = null;
    frame = null;

    constructor(type, group, options) {
      this.type = type;
      this.group = group;
      this.options = options;
    }

    mount(target) {
      const host = typeof target === "string" ? document.querySelector(target) : target;
      if (!host) {
        throw new IntegrationError(`No element to mount on matches ${target}.`);
      }
      this.unmount();
      this.#host = host;
      host.classList.add("StripeElement");
      this.frame = new Frame("element.html", ELEMENT_TITLE, (...event) => this.#onEvent(...event));
      Object.assign(this.frame.iframe.style, { display: "block", width: "100%", height: "0" });
      host.append(this.frame.iframe);
      this.#emit("loaderstart");
      this.render();
    }

    unmount() {
      this.frame?.remove();
      this.frame = null;
      this.#host?.classList.remove("StripeElement", ...["focus", "empty", "complete", "invalid"]
        .map((state) => `StripeElement--${state}`));
    }

    destroy() {
      this.unmount();
      this.group.forget(this);
    }

    update(options) {
      this.options = { ...this.options, ...options };
      this.render();
      return this;
    }

    render() {
      const { type, options, group } = this;
      const { appearance } = group.options;
      const plain = structuredClone({ type, appearance, style: options.style ?? {},
        disabled: Boolean(options.disabled ?? options.readOnly) });
      this.frame?.call("render", plain).catch(() => {});
    }

    focus() { this.frame?.call("focus").catch(() => {}); }
    blur() { this.frame?.call("blur").catch(() => {}); }
    clear() { this.frame?.call("clear").catch(() => {}); }

    on(name, handler) {
      this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
      return this;
    }

    once(name, handler) {
      const onlyOnce = (event) => {
        this.off(name, onlyOnce);
        handler(event);
      };
      return this.on(name, onlyOnce);
    }

    off(name, handler) {
      const left = (this.#handlers.get(name) ?? []).filter((each) => handler && each !== handler);
      this.#handlers.set(name, left);
      return this;
    }

    #emit(name, detail = {}) {
      const event = { elementType: this.type, ...detail };
      for (const handler of this.#handlers.get(name) ?? []) {
        handler(event);
      }
    }

    #onEvent(name, detail = {}) {
      if (!this.frame) {
        return; // Unmounted while the frame was still talking.
      }
      if (name === "resize") {
        this.frame.iframe.style.height = `${detail.height}px`;
      } else if (name === "enter") {
        this.#host.closest("form")?.requestSubmit();
      } else {
        this.#showState(name, detail);
        this.#emit(name, detail);
      }
    }

    #showState(name, { empty, complete, error }) {
      const set = (state, on) => this.#host.classList.toggle(`StripeElement--${state}`, on);
      if (name === "focus" || name === "blur") {
        set("focus", name === "focus");
      } else if (name === "change") {
        set("empty", empty);
        set("complete", complete);
        set("invalid", Boolean(error));
      }
    }
  }

  /** What `stripe.elements()` returns: the elements that belong to one payment. */
  class Elements {
    #elements = new Map();

    constructor(options) {
      this.options = options;
    }

    create(type, options = {}) {
      if (!ELEMENT_TYPES.includes(type)) {
        throw new IntegrationError(`The sandbox has no "${type}" element, only: ${ELEMENT_TYPES}.`);
      }
      if (this.#elements.has(type)) {
        throw new IntegrationError(`Can only create one Element of type ${type}.`);
      }
      const element = new Element(type, this, options);
      this.#elements.set(type, element);
      return element;
    }

    getElement(type) {
      return this.#elements.get(type) ?? null;
    }

    async update(options) {
      this.options = { ...this.options, ...options };
      this.#elements.forEach((element) => element.render());
    }

    async fetchUpdates() {
      return {};
    }

    async submit() {
      return mountedFrame(this.getElement("payment")).call("submit");
    }

    forget(element) {
      this.#elements.delete(element.type);
    }
  }

  /** What `Stripe(key)` returns. Results are `{paymentIntent}` / `{setupIntent}` or `{error}`. */
  class StripeSandbox {
    #key;
    #controller = null;

    constructor(key) {
      this.#key = key;
    }

    elements(options = {}) {
      return new Elements(options);
    }

    async confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      return this.#confirmElements({ elements, clientSecret, confirmParams, redirect });
    }

    async confirmSetup({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      return this.#confirmElements({ elements, clientSecret, confirmParams, redirect });
    }

    async confirmCardPayment(clientSecret, data = {}, { handleActions = true } = {}) {
      return this.#confirmCard(clientSecret, data, handleActions);
    }

    async confirmCardSetup(clientSecret, data = {}, { handleActions = true } = {}) {
      return this.#confirmCard(clientSecret, data, handleActions);
    }

    async handleNextAction({ clientSecret }) {
      return this.#followActions(clientSecret, await this.#retrieve(clientSecret));
    }

    async handleCardAction(clientSecret) {
      return this.handleNextAction({ clientSecret });
    }

    async retrievePaymentIntent(clientSecret) {
      return asResult(clientSecret, await this.#retrieve(clientSecret));
    }

    async retrieveSetupIntent(clientSecret) {
      return asResult(clientSecret, await this.#retrieve(clientSecret));
    }

    async #confirmElements({ elements, clientSecret, confirmParams, redirect }) {
      const returnUrl = absoluteUrl(confirmParams.return_url, redirect);
      const secret = clientSecret ?? elements?.options.clientSecret;
      const answer = await this.#confirm(secret, {
        frame: elements && mountedFrame(elements.getElement("payment")),
        paymentMethod: confirmParams.payment_method,
        billingDetails: confirmParams.payment_method_data?.billing_details,
        setupFutureUsage: confirmParams.setup_future_usage,
        returnUrl,
      });
      const result = await this.#followActions(secret, answer);
      return redirect === "always" && !result.error ? leaveFor(returnUrl, result) : result;
    }

    async #confirmCard(clientSecret, { payment_method: method, return_url: returnUrl }, handle) {
      const fields = method && typeof method === "object" ? method : null;
      const answer = await this.#confirm(clientSecret, {
        frame: fields && mountedFrame(fields.card),
        paymentMethod: fields ? undefined : method,
        billingDetails: fields?.billing_details,
        returnUrl,
      });
      return handle ? this.#followActions(clientSecret, answer) : asResult(clientSecret, answer);
    }

    #confirm(clientSecret, { frame, ...params }) {
      const request = { key: this.#key, ...target(clientSecret), ...params };
      return this.#ask(frame || this.#controllerFrame(), "confirm", request);
    }

    #retrieve(clientSecret) {
      const request = { key: this.#key, ...target(clientSecret) };
      return this.#ask(this.#controllerFrame(), "retrieve", request);
    }

    async #ask(frame, method, request) {
      try {
        return await frame.call(method, request);
      } catch (error) {
        return { error };
      }
    }

    async #followActions(clientSecret, answer) {
      if (answer.intent?.status !== "requires_action") {
        return asResult(clientSecret, answer);
      }
      const answered = await showChallenge({ key: this.#key, ...target(clientSecret) },
        answer.intent);
      return asResult(clientSecret, answered);
    }

    #controllerFrame() {
      if (!this.#controller) {
        this.#controller = new Frame("controller.html", "Secure payment requests");
        Object.assign(this.#controller.iframe, { ariaHidden: "true", tabIndex: -1 });
        Object.assign(this.#controller.iframe.style,
          { position: "absolute", width: "1px", height: "1px", opacity: "0", pointerEvents: "none" });
        document.body.append(this.#controller.iframe);
      }
      return this.#controller;
    }
  }

  /** Opens the bank's question over the page; resolves to the answered intent or an error. */
  async function showChallenge(request, { amount, currency }) {
    const dialog = document.createElement("dialog");
    const frame = new Frame("challenge.html", CHALLENGE_TITLE);
    const before = document.activeElement;
    const all = { width: "100%", height: "100%" };
    Object.assign(frame.iframe.style, all, { display: "block" });
    Object.assign(dialog.style, all, { maxWidth: "none", maxHeight: "none", margin: "0",
      padding: "0", border: "0", background: "transparent", overflow: "hidden" });
    dialog.setAttribute("aria-label", CHALLENGE_TITLE);
    // The question must be answered: Escape (and an insistent second one) leaves it open.
    dialog.setAttribute("closedby", "none");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.append(frame.iframe);
    document.body.append(dialog);
    dialog.showModal();
    try {
      return await frame.call("ask", { ...request, amount, currency });
    } catch (error) {
      return { error };
    } finally {
      frame.remove();
      dialog.remove();
      before?.focus?.();
    }
  }

  function kindOf(clientSecret) {
    const kind = KINDS[String(clientSecret).split("_")[0]];
    if (!kind || !clientSecret.includes("_secret_")) {
      throw new IntegrationError("A client secret of the form ${id}_secret_${secret} is needed.");
    }
    return kind;
  }

  function target(clientSecret) {
    const { resource } = kindOf(clientSecret);
    return { resource, clientSecret };
  }

  /** The promised result of an answer; an intent that went back to the start is an error. */
  function asResult(clientSecret, { intent, error }) {
    const { result, field } = kindOf(clientSecret);
    const failure = error ?? (intent.status === "requires_payment_method"
      && (intent.last_payment_error ?? intent.last_setup_error));
    if (!failure) {
      return { [result]: intent };
    }
    const message = failure.code?.endsWith("_authentication_failure")
      ? NOT_AUTHENTICATED : failure.message;
    return { error: { ...failure, message, ...(intent && { [field]: intent }) } };
  }

  function leaveFor(returnUrl, result) {
    const [field, intent] = result.paymentIntent
      ? ["payment_intent", result.paymentIntent] : ["setup_intent", result.setupIntent];
    const url = new URL(returnUrl);
    url.searchParams.set(field, intent.id);
    url.searchParams.set(`${field}_client_secret`, intent.client_secret);
    url.searchParams.set("redirect_status", intent.status === "processing" ? "pending" : "succeeded");
    window.location.assign(url);
    return new Promise(() => {}); // The page is on its way out: nothing more to tell it.
  }

  function absoluteUrl(url, redirect) {
    if (redirect !== "always" && url === undefined) {
      return undefined;
    }
    if (!URL.canParse(url)) {
      throw new IntegrationError("confirmParams.return_url must be an absolute URL.");
    }
    return url;
  }

  function mountedFrame(element) {
    if (!element?.frame) {
      throw new IntegrationError("Create and mount the Element before confirming.");
    }
    return element.frame;
  }

  window.Stripe = (key) => {
    if (!/^pk_test_/.test(key ?? "")) {
      throw new IntegrationError("The sandbox takes publishable test keys only (pk_test_…).");
    }
    return new StripeSandbox(key);
  };
  window.Stripe.version = "sandbox";
})();
