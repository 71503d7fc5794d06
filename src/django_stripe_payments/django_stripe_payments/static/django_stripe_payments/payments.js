/**
 * The checkout: asks the site for a payment, shows Stripe's fields, confirms, and moves on.
 * Whether money moved is never decided here: the page that follows asks the server.
 */
(() => {
  "use strict";

  const { StripeForm, postJson, readConfig } = window.djangoStripePayments;

  /** Nothing that the customer could do here is left. */
  const SETTLED = ["succeeded", "processing", "requires_capture", "canceled"];

  class Checkout extends StripeForm {
    intent = null;

    constructor(form, config) {
      super(form, config);
      form.addEventListener("change", () => this.showFields());
      this.showFields();
    }

    async prepare() {
      await Promise.all([this.loadStripe(), this.begin()]);
      if (SETTLED.includes(this.intent.status)) {
        this.leaveFor(this.returnUrl);
      } else {
        this.mountFields(this.intent.client_secret);
      }
    }

    /** Starts the payment, once: a retry goes on with the one that is there. */
    async begin() {
      const { createIntentUrl, paymentId, paymentType, metadata } = this.config;
      const wanted = paymentId ? { payment_id: paymentId } : { payment_type: paymentType, metadata };
      this.intent ??= await postJson(createIntentUrl, wanted, this.form);
      // A reload, or the way back to this page, then goes on with this payment as well.
      const url = new URL(window.location);
      // A guest's token stays: without it the address opens nothing.
      const token = url.searchParams.get("token");
      url.search = new URLSearchParams({
        payment_id: this.intent.payment_id, ...(token && { token }),
      });
      window.history.replaceState(null, "", url);
    }

    async send() {
      const { error, paymentIntent } = await (this.savedMethod
        ? this.confirmSaved() : this.confirmFields());
      const intent = paymentIntent ?? error?.payment_intent;
      if (!error || SETTLED.includes(intent?.status)) {
        this.leaveFor(this.returnUrl);
      }
      return error;
    }

    async confirmFields() {
      const { error } = await this.elements.submit();
      if (error) {
        return { error };
      }
      const saving = this.form.elements.save_card?.checked
        ? { setup_future_usage: "off_session" } : {};
      return this.stripe.confirmPayment({
        elements: this.elements,
        confirmParams: { return_url: this.returnUrl, ...saving },
        redirect: "if_required",
      });
    }

    /** The page knows a saved card by the site's own number; the site says which it is at Stripe. */
    async confirmSaved() {
      const chosen = await postJson(this.config.createIntentUrl, {
        payment_id: this.intent.payment_id, payment_method: this.savedMethod,
      }, this.form);
      return this.stripe.confirmPayment({
        clientSecret: chosen.client_secret,
        confirmParams: { return_url: this.returnUrl, payment_method: chosen.payment_method },
        redirect: "if_required",
      });
    }

    /** The number of the chosen saved card; empty for a card that is typed in. */
    get savedMethod() {
      return this.form.elements.payment_method?.value ?? "";
    }

    get returnUrl() {
      return new URL(this.intent.success_url || this.config.returnUrl, window.location).href;
    }

    showFields() {
      this.form.querySelector("[data-new-card]").hidden = Boolean(this.savedMethod);
    }
  }

  const form = document.querySelector("[data-stripe-checkout]");
  if (form) {
    new Checkout(form, readConfig()).start();
  }
})();
