/* The button that lets this browser be woken, or not any more. Hidden where that cannot be. */
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

  async function tell(address, fields) {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const response = await fetch(address, {
      method: "POST", credentials: "same-origin", body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    if (!response.ok) throw new Error("status " + response.status);
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
      await tell(texts.subscribe, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
    } catch (error) {
      await made.unsubscribe();
      throw error;
    }
    subscription = made;
    note.textContent = texts.textDone;
  }

  async function turnOff() {
    await tell(texts.unsubscribe, { endpoint: subscription.endpoint });
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

  navigator.serviceWorker.getRegistration(texts.worker).then(async (registration) => {
    subscription = registration ? await registration.pushManager.getSubscription() : null;
    show();
  });
})();
