/** What the card fields know of cards: brands, formats, checks, and the sandbox's test cards. */

const DEFAULT_BRAND = { name: "unknown", label: "Card", lengths: [16], cvc: 3, groups: [4, 4, 4, 4] };
const BRANDS = [
  { ...DEFAULT_BRAND, name: "visa", label: "Visa", starts: /^4/ },
  { ...DEFAULT_BRAND, name: "mastercard", label: "Mastercard",
    starts: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/ },
  { name: "amex", label: "Amex", starts: /^3[47]/, lengths: [15], cvc: 4, groups: [4, 6, 5] },
  { name: "diners", label: "Diners Club", starts: /^3(0[0-5]|[689])/, lengths: [14, 16], cvc: 3, groups: [4, 4, 4, 4] },
  { ...DEFAULT_BRAND, name: "discover", label: "Discover", starts: /^6(011|4[4-9]|5)/ },
  { ...DEFAULT_BRAND, name: "jcb", label: "JCB", starts: /^35(2[89]|[3-8])/ },
  { ...DEFAULT_BRAND, name: "unionpay", label: "UnionPay", starts: /^62/, lengths: [16, 19], groups: [4, 4, 4, 4, 3] },
];

/** Shown under the fields; a click fills them in. */
export const TEST_CARDS = [
  { label: "Succeeds", number: "4242424242424242" },
  { label: "3-D Secure", number: "4000002760003184" },
  { label: "Declined", number: "4000000000000002" },
  { label: "Insufficient funds", number: "4000000000009995" },
  { label: "Processing", number: "4000000000005605" },
];

export const digitsOf = (text) => text.replace(/\D/g, "");

export const brandOf = (digits) => BRANDS.find(({ starts }) => starts.test(digits)) ?? DEFAULT_BRAND;

export function formatNumber(text) {
  const brand = brandOf(digitsOf(text));
  let rest = digitsOf(text).slice(0, Math.max(...brand.lengths));
  const parts = [];
  for (const size of brand.groups) {
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return parts.filter(Boolean).join(" ");
}

/** "1/2" to "01 / 2", "1228" to "12 / 28"; a lone first digit above 1 must be a month. */
export function formatExpiry(text) {
  const typedSlash = /^\d\s*\//.test(text);
  let digits = digitsOf(text);
  if (typedSlash || /^[2-9]/.test(digits)) {
    digits = `0${digits}`;
  }
  // "12/2028" as autofill writes it.
  digits = digits.length === 6 && digits.slice(2, 4) === "20" ? digits.slice(0, 2) + digits.slice(4) : digits;
  const [month, year] = [digits.slice(0, 2), digits.slice(2, 4)];
  return year || typedSlash || (month.length === 2 && text.length > 2) ? `${month} / ${year}` : month;
}

/** Why a field cannot be sent yet, or null. `code`s and wording follow Stripe's. */
export function numberProblem(text) {
  const digits = digitsOf(text);
  const { lengths } = brandOf(digits);
  if (!lengths.includes(digits.length)) {
    return { code: "incomplete_number", message: "Your card number is incomplete." };
  }
  return passesLuhn(digits) ? null
    : { code: "invalid_number", message: "Your card number is invalid." };
}

export function expiryProblem(text, today = new Date()) {
  const digits = digitsOf(text);
  if (digits.length !== 4) {
    return { code: "incomplete_expiry", message: "Your card’s expiration date is incomplete." };
  }
  const { month, year } = expiryOf(text);
  if (month < 1 || month > 12) {
    return { code: "invalid_expiry_month", message: "Your card’s expiration month is invalid." };
  }
  const isPast = year * 12 + month < today.getFullYear() * 12 + today.getMonth() + 1;
  return isPast ? { code: "invalid_expiry_year_past", message: "Your card has expired." } : null;
}

export function cvcProblem(text, number) {
  return digitsOf(text).length === brandOf(digitsOf(number)).cvc ? null
    : { code: "incomplete_cvc", message: "Your card’s security code is incomplete." };
}

/** `{month, year}` as numbers, the year in full. */
export function expiryOf(text) {
  const digits = digitsOf(text);
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

function passesLuhn(digits) {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
