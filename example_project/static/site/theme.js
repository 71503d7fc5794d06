/* In the head and not deferred: the page must not flash in the other colours first. */
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) {
    document.documentElement.dataset.theme = chosen;
  }
} catch {
  // Storage is switched off: the page stays as the system is.
}
