/**
 * The checkout: asks the site for a payment, shows Stripe's fields, confirms, and moves on to the
 * result. This script never decides whether a payment succeeded: the next page asks the server.
 */
(() => {
  "use strict";

  const { StripeForm, readConfig } = window.djangoStripePayments;

  /** Statuses in which there is nothing left to do here. */
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

    /** Starts the payment, once: a retry resumes it. */
    async begin() {
      const { createIntentUrl, paymentId, paymentType, metadata } = this.config;
      const request = paymentId ? { payment_id: paymentId } : { payment_type: paymentType, metadata };
      this.intent ??= await this.post(createIntentUrl, request);
      // A reload, or the Back button, then resumes this payment too.
      const url = new URL(window.location);
      // Keep a guest's token: without it the address opens nothing.
      const token = url.searchParams.get("token");
      url.search = new URLSearchParams({
        payment_id: this.intent.payment_id, ...(token && { token }),
      });
      window.history.replaceState(null, "", url);
    }

    async send() {
      if (this.form.querySelector("[data-buyer]")) {
        await this.sendBuyer();
      }
      const { error, paymentIntent } = await (this.savedMethod
        ? this.confirmSaved() : this.confirmFields());
      const intent = paymentIntent ?? error?.payment_intent;
      if (!error || SETTLED.includes(intent?.status)) {
        this.leaveFor(this.returnUrl);
      }
      return error;
    }

    /** The site checks and keeps the billing details before anything is paid. */
    async sendBuyer() {
      const buyer = {};
      for (const field of this.form.querySelectorAll("[data-buyer] [name^='buyer-']")) {
        buyer[field.name.slice("buyer-".length)] = field.value;
      }
      await this.post(this.config.createIntentUrl, { payment_id: this.intent.payment_id, buyer });
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

    /** The page knows a saved card by the site's id; the site answers with Stripe's. */
    async confirmSaved() {
      const chosen = await this.post(this.config.createIntentUrl, {
        payment_id: this.intent.payment_id, payment_method: this.savedMethod,
      });
      return this.stripe.confirmPayment({
        clientSecret: chosen.client_secret,
        confirmParams: { return_url: this.returnUrl, payment_method: chosen.payment_method },
        redirect: "if_required",
      });
    }

    /** The site's id of the selected saved card; empty for a new card. */
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
