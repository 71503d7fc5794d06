/* The button that turns web push on or off in this browser. Hidden if the browser has no push. */
(function () {
  "use strict";
  const box = document.querySelector("[data-din-push]");
  if (!box || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const button = box.querySelector("button");
  const note = box.querySelector("[role=status]");
  const texts = box.dataset;
  let subscription = null;

  function show() {
    box.hidden = false;
    button.textContent = subscription ? texts.textOff : texts.textOn;
    button.setAttribute("aria-pressed", String(Boolean(subscription)));
  }

  function bytes(base64url) {
    const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (char) => char.charCodeAt(0));
  }

  // The token goes into the body, where Django finds it whatever CSRF_HEADER_NAME says. It comes
  // from the form, because CSRF_COOKIE_HTTPONLY hides the cookie.
  async function post(address, fields) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const response = await fetch(address, {
      method: "POST", credentials: "same-origin", headers: { Accept: "application/json" },
      body: new URLSearchParams({ ...fields, csrfmiddlewaretoken: token }),
    });
    if (!response.ok) throw new Error("status " + response.status);
    return response.json();
  }

  async function turnOn() {
    if ((await Notification.requestPermission()) !== "granted") {
      note.textContent = texts.textDenied;
      return;
    }
    const registration = await navigator.serviceWorker.register(texts.worker);
    const made = await registration.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: bytes(texts.key),
    });
    const { endpoint, keys } = made.toJSON();
    try {
      await post(texts.subscribe, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
    } catch (error) {
      await made.unsubscribe();
      throw error;
    }
    subscription = made;
    note.textContent = texts.textDone;
  }

  async function turnOff() {
    await post(texts.unsubscribe, { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
    subscription = null;
    note.textContent = texts.textStopped;
  }

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await (subscription ? turnOff() : turnOn());
    } catch (error) {
      note.textContent = texts.textError;
    }
    button.disabled = false;
    show();
    button.focus();
  });

  // A subscription outlives a log-out, so only the server knows whether it is this visitor's.
  async function find() {
    const registration = await navigator.serviceWorker.getRegistration(texts.worker);
    const existing = registration ? await registration.pushManager.getSubscription() : null;
    if (!existing) return null;
    const { subscribed } = await post(texts.status, { endpoint: existing.endpoint });
    return subscribed ? existing : null;
  }

  find().then((found) => { subscription = found; }, () => { note.textContent = texts.textError; }).then(show);
})();
