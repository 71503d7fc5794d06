/** The bank's question. It is answered by one of two buttons and by nothing else. */
import { authenticate } from "./api.js";
import { serve } from "./frame.js";

const buttons = [...document.querySelectorAll("button")];
const status = document.getElementById("status");

serve({ ask });

/** Resolves to `{intent}` once the customer has answered and the sandbox has taken it. */
function ask({ clientSecret, amount, currency }) {
  showAmount(amount, currency);
  document.getElementById("title").focus();
  return new Promise((resolve) => {
    for (const button of buttons) {
      button.addEventListener("click", () => send(clientSecret, button.value, resolve));
    }
  });
}

async function send(clientSecret, outcome, resolve) {
  setBusy(true);
  const answer = await authenticate({ clientSecret, outcome });
  if (answer.error?.type === "api_connection_error") {
    setBusy(false);
    status.textContent = answer.error.message;
    return;
  }
  resolve(answer);
}

function setBusy(isBusy) {
  buttons.forEach((button) => { button.disabled = isBusy; });
  status.textContent = isBusy ? "One moment…" : "";
}

function showAmount(amount, currency) {
  if (!Number.isInteger(amount) || !currency) {
    return;
  }
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  document.getElementById("amount").textContent = ` to pay ${format.format(amount / 10 ** digits)}`;
}

/** Keeps the focus on the question, and says why Escape does not close it. */
function onKeydown(event) {
  if (event.key === "Escape") {
    event.preventDefault();
    status.textContent = "Choose one of the two answers to go on.";
  } else if (event.key === "Tab") {
    const current = buttons.indexOf(document.activeElement);
    const next = event.shiftKey ? (current <= 0 ? buttons.length - 1 : current - 1)
      : (current + 1) % buttons.length;
    event.preventDefault();
    buttons[next].focus();
  }
}

document.addEventListener("keydown", onKeydown);
