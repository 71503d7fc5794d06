/**
 * Saves a card without charging it: asks the site for a setup intent, shows Stripe's fields,
 * confirms, and posts the form with the setup intent's id, so that the site stores the card.
 */
(() => {
  "use strict";

  const { StripeForm, readConfig } = window.djangoStripePayments;

  class CardForm extends StripeForm {
    clientSecret = null;

    async prepare() {
      await Promise.all([this.loadStripe(), this.begin()]);
      this.mountFields(this.clientSecret);
    }

    async begin() {
      const { createSetupIntentUrl } = this.config;
      this.clientSecret ??= (await this.post(createSetupIntentUrl, {})).client_secret;
    }

    async send() {
      const { error: missing } = await this.elements.submit();
      if (missing) {
        return missing;
      }
      const { error, setupIntent } = await this.stripe.confirmSetup({
        elements: this.elements,
        confirmParams: { return_url: new URL(this.config.returnUrl, window.location).href },
        redirect: "if_required",
      });
      const saved = setupIntent ?? error?.setup_intent;
      if (saved?.status !== "succeeded") {
        return error ?? { message: this.messages.unknown };
      }
      this.setState("done", this.messages.submitting);
      this.form.elements.setup_intent.value = saved.id;
      this.form.submit();
      return null;
    }
  }

  const form = document.querySelector("[data-stripe-setup]");
  if (form) {
    new CardForm(form, readConfig()).start();
  }
})();
