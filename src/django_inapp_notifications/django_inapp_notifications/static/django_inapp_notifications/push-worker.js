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
