/**
 * Finishes a payment with a saved card that the bank did not let through without its owner.
 * The bank is asked only after a click, so that its dialog never comes as a surprise.
 */
(() => {
  "use strict";

  const { StripeForm, postJson, readConfig } = window.djangoStripePayments;
  const SETTLED = ["succeeded", "processing", "requires_capture", "canceled"];

  class Authentication extends StripeForm {
    async prepare() {
      const { createIntentUrl, paymentId } = this.config;
      const [intent] = await Promise.all([
        postJson(createIntentUrl, { payment_id: paymentId }, this.form), this.loadStripe(),
      ]);
      this.intent = intent;
      this.setState("ready");
    }

    async send() {
      const { error, paymentIntent } = await this.ask();
      const intent = paymentIntent ?? error?.payment_intent;
      if (!error || SETTLED.includes(intent?.status)) {
        this.leaveFor(this.returnUrl);
      }
      // After a refusal the intent waits for a card again, and is confirmed anew.
      this.intent.status = intent?.status ?? this.intent.status;
      return error;
    }

    ask() {
      const clientSecret = this.intent.client_secret;
      return this.intent.status === "requires_action"
        ? this.stripe.handleNextAction({ clientSecret })
        : this.stripe.confirmPayment({
          clientSecret,
          confirmParams: { return_url: this.returnUrl, payment_method: this.config.paymentMethod },
          redirect: "if_required",
        });
    }

    get returnUrl() {
      return new URL(this.intent.success_url || this.config.returnUrl, window.location).href;
    }
  }

  const form = document.querySelector("[data-stripe-authenticate]");
  if (form) {
    new Authentication(form, readConfig()).start();
  }
})();
