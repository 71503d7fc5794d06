/** Requests that the frames make to their own origin, as a browser makes them to Stripe. */

const UNREACHABLE = {
  type: "api_connection_error",
  message: "The payment service cannot be reached. Check your connection and try again.",
};

/** Confirms an intent. Without `card`, `paymentMethod` names a saved one. */
export function confirm({ resource, clientSecret, key, card, billingDetails, ...rest }) {
  return request(`/v1/${resource}/${intentId(clientSecret)}/confirm`, {
    key,
    client_secret: clientSecret,
    use_stripe_sdk: "true",
    return_url: rest.returnUrl,
    payment_method: rest.paymentMethod,
    setup_future_usage: rest.setupFutureUsage,
    payment_method_data: card && { type: "card", card, billing_details: billingDetails },
  });
}

export function retrieve({ resource, clientSecret, key }) {
  const query = encode({ key, client_secret: clientSecret });
  return request(`/v1/${resource}/${intentId(clientSecret)}?${query}`);
}

/** Answers the bank's question: `outcome` is "complete" or "fail". */
export function authenticate({ clientSecret, outcome }) {
  return request("/_sandbox/browser/authenticate", { client_secret: clientSecret, outcome });
}

/** `{intent}` or `{error}`, whatever happened. */
async function request(path, form) {
  try {
    const response = await fetch(path, form && { method: "POST", body: encode(form) });
    const body = await response.json();
    return response.ok ? { intent: body } : { error: body.error };
  } catch {
    return { error: UNREACHABLE };
  }
}

function intentId(clientSecret) {
  return clientSecret.split("_secret_")[0];
}

/** Stripe's form encoding: nested keys in brackets, nothing for what is not set. */
function encode(form) {
  const parameters = new URLSearchParams();
  const add = (name, value) => {
    if (value === null || value === undefined || value === "") {
      return;
    }
    if (typeof value === "object") {
      Object.entries(value).forEach(([key, inner]) => add(`${name}[${key}]`, inner));
    } else {
      parameters.append(name, value);
    }
  };
  Object.entries(form).forEach(([name, value]) => add(name, value));
  return parameters;
}
