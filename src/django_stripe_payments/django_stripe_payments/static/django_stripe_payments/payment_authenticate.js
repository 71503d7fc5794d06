/**
 * Completes a payment with a saved card that the bank did not approve without its owner.
 * The bank's dialog opens only after a click, so that it does not come as a surprise.
 */
(() => {
  "use strict";

  const { StripeForm, readConfig } = window.djangoStripePayments;
  const SETTLED = ["succeeded", "processing", "requires_capture", "canceled"];

  class Authentication extends StripeForm {
    async prepare() {
      const { createIntentUrl, paymentId } = this.config;
      const [intent] = await Promise.all([
        this.post(createIntentUrl, { payment_id: paymentId }), this.loadStripe(),
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
      // After a decline the intent waits for a card again, and must be confirmed again.
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
