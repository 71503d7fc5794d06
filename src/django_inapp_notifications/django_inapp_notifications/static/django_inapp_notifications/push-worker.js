/* Shows pushed notifications while no page is open, and opens their links. Text only. */
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let data = {};
  try {
    data = event.data.json();
  } catch (error) {
    return; // not one of ours
  }
  const options = { body: String(data.text || ""), tag: String(data.tag || ""), data: { url: String(data.url || "") } };
  event.waitUntil(self.registration.showNotification(String(data.title || ""), options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.url || "/", self.location.origin);
  // The server checks where the link leads, which may be another host name of the same site. Only
  // the server can write what this browser decrypts.
  if (/^https?:$/.test(address.protocol)) event.waitUntil(self.clients.openWindow(address.href));
});

// A push service may replace an address while no page is open. The secret of the old one tells the
// server which browser it is; without it, the preferences page shows that push is off.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ oldSubscription, newSubscription }) {
  if (!oldSubscription) return;
  const subscription = newSubscription || (await self.registration.pushManager.subscribe(oldSubscription.options));
  const old = oldSubscription.toJSON();
  const { endpoint, keys } = subscription.toJSON();
  const body = new URLSearchParams({
    old_endpoint: old.endpoint, old_auth: old.keys.auth, endpoint, p256dh: keys.p256dh, auth: keys.auth,
  });
  const response = await fetch(new URL("renew/", self.location.href), { method: "POST", body });
  if (!response.ok) throw new Error("status " + response.status);
}
