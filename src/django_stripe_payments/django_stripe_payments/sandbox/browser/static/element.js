/** The card fields. What is typed here stays in this frame until it is sent to the sandbox. */
import { confirm as confirmIntent } from "./api.js";
import {
  TEST_CARDS, brandOf, cvcProblem, digitsOf, expiryOf, expiryProblem, formatExpiry, formatNumber,
  numberProblem,
} from "./cards.js";
import { serve } from "./frame.js";

const form = document.getElementById("fields");
const brandLabel = document.getElementById("brand");
const testCards = document.getElementById("sandbox");
const { number, expiry, cvc } = form.elements;
const inputs = [number, expiry, cvc];

const problemOf = new Map([
  [number, () => numberProblem(number.value)],
  [expiry, () => expiryProblem(expiry.value)],
  [cvc, () => cvcProblem(cvc.value, number.value)],
]);
const formatterOf = new Map([
  [number, formatNumber],
  [expiry, formatExpiry],
  [cvc, (text) => digitsOf(text).slice(0, brandOf(digitsOf(number.value)).cvc)],
]);

let elementType = "payment";
let lastTold = "";

const emit = serve({ render, submit, confirm, focus: () => number.focus(), blur, clear });

function render({ type, appearance, style, disabled }) {
  const isFirst = !document.body.dataset.type;
  elementType = type;
  document.body.dataset.type = type;
  document.body.dataset.theme = appearance?.theme ?? "stripe";
  applyAppearance(appearance?.variables ?? {}, style.base ?? {});
  inputs.forEach((input) => { input.disabled = disabled; });
  if (isFirst) {
    testCards.open = type === "payment";
    emitHeight();
    emit("ready");
  }
}

/** Sets the site's colors as custom properties, which the style sheet falls back from. */
function applyAppearance(variables, base) {
  const root = document.documentElement.style;
  const all = { colorText: base.color, fontSizeBase: base.fontSize, fontFamily: base.fontFamily, ...variables };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === "string") {
      root.setProperty(`--${name}`, value);
    }
  }
}

function blur() {
  document.activeElement?.blur();
}

function clear() {
  form.reset();
  inputs.forEach((input) => showProblem(input, null));
  onChange();
}

/** Shows what is missing. Returns `{selectedPaymentMethod}` or `{error}`. */
function submit() {
  const [firstWrong, problem] = firstProblem();
  inputs.forEach((input) => showProblem(input, problemOf.get(input)()));
  if (!problem) {
    return { selectedPaymentMethod: "card" };
  }
  firstWrong.focus();
  return { error: { type: "validation_error", ...problem } };
}

async function confirm(params) {
  const { error } = submit();
  if (error) {
    return { error };
  }
  const { month, year } = expiryOf(expiry.value);
  const card = {
    number: digitsOf(number.value), exp_month: month, exp_year: year, cvc: cvc.value,
  };
  return confirmIntent({ ...params, card });
}

function firstProblem() {
  const wrong = inputs.find((input) => problemOf.get(input)());
  return wrong ? [wrong, problemOf.get(wrong)()] : [null, null];
}

function showProblem(input, problem) {
  const text = document.getElementById(`${input.name}-problem`);
  text.textContent = problem?.message ?? "";
  text.hidden = !problem;
  input.setAttribute("aria-invalid", String(Boolean(problem)));
}

function onInput({ target }) {
  const atEnd = target.selectionEnd === target.value.length;
  const digitsBefore = digitsOf(target.value.slice(0, target.selectionEnd)).length;
  target.value = formatterOf.get(target)(target.value);
  if (!atEnd) {
    const caret = positionAfter(target.value, digitsBefore);
    target.setSelectionRange(caret, caret);
  }
  showProblem(target, null);
  onChange();
}

/** Where the caret belongs so that `count` digits stay before it. */
function positionAfter(text, count) {
  let seen = 0;
  const index = [...text].findIndex((character) => /\d/.test(character) && ++seen === count);
  return count === 0 ? 0 : index + 1;
}

/** Backspace over " / " or a gap takes the digit before it, so that it never seems stuck. */
function onDelete(event) {
  const { target, inputType } = event;
  const caret = target.selectionStart;
  const before = target.value.slice(0, caret);
  const gap = /[\s/]+$/.exec(before);
  if (inputType !== "deleteContentBackward" || caret !== target.selectionEnd || !gap) {
    return;
  }
  event.preventDefault();
  const kept = before.slice(0, gap.index - 1);
  target.value = formatterOf.get(target)(kept + target.value.slice(caret));
  target.setSelectionRange(kept.length, kept.length);
  onChange();
}

function onChange() {
  const brand = brandOf(digitsOf(number.value));
  brandLabel.dataset.brand = brand.name;
  brandLabel.textContent = brand.name === "unknown" ? "" : brand.label;
  const [, problem] = firstProblem();
  const shown = form.querySelector("[aria-invalid=true]") && problem;
  const detail = { empty: inputs.every(({ value }) => !value), complete: !problem };
  tellIfChanged(elementType === "card"
    ? { ...detail, brand: brand.name, value: { postalCode: "" },
        error: shown ? { type: "validation_error", ...shown } : undefined }
    : { ...detail, collapsed: false, value: { type: "card" } });
}

function tellIfChanged(detail) {
  const text = JSON.stringify(detail);
  if (text !== lastTold) {
    lastTold = text;
    emit("change", detail);
  }
}

function fillIn(cardNumber) {
  const nextYear = String(new Date().getFullYear() + 4).slice(2);
  number.value = formatNumber(cardNumber);
  expiry.value = `12 / ${nextYear}`;
  cvc.value = "123";
  inputs.forEach((input) => showProblem(input, null));
  onChange();
}

function emitHeight() {
  emit("resize", { height: Math.ceil(document.body.getBoundingClientRect().height) });
}

function listTestCards() {
  const items = TEST_CARDS.map(({ label, number: cardNumber }) => {
    const [item, button] = [document.createElement("li"), document.createElement("button")];
    button.type = "button";
    button.textContent = label;
    button.title = formatNumber(cardNumber);
    button.addEventListener("click", () => fillIn(cardNumber));
    item.append(button);
    return item;
  });
  document.getElementById("test-cards").append(...items);
}

listTestCards();
form.addEventListener("input", onInput);
form.addEventListener("beforeinput", onDelete);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  emit("enter");
});
form.addEventListener("focusout", ({ target }) => {
  showProblem(target, target.value ? problemOf.get(target)() : null);
  onChange();
});
window.addEventListener("focus", () => emit("focus"));
window.addEventListener("blur", () => emit("blur"));
document.addEventListener("keydown", ({ key }) => key === "Escape" && emit("escape"));
new ResizeObserver(emitHeight).observe(document.body);
