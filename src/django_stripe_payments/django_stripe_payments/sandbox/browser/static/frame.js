/** The frames' end of the line to the page that embeds them. */

/**
 * Waits for the embedding page and serves its calls.
 *
 * `handlers` maps method names to functions of one parameter object; what they return (or resolve
 * to) is the answer. Returns `emit(event, detail)`. Only the parent window is heard, and only the
 * origin that connected first: messages then travel on a port that no other script holds.
 */
export function serve(handlers) {
  let port = null;
  let embedder = null;

  window.addEventListener("message", ({ source, origin, data, ports }) => {
    const isParent = source === window.parent && source !== window;
    if (!isParent || data?.sandbox !== "connect" || origin !== (embedder ??= origin)) {
      return;
    }
    port = ports[0];
    port.onmessage = (message) => answer(port, handlers, message.data);
    port.postMessage({ event: "connected" });
  });

  return (event, detail = {}) => port?.postMessage({ event, detail });
}

async function answer(port, handlers, { id, method, params }) {
  const result = await handlers[method]?.(params);
  port.postMessage({ id, result });
}
