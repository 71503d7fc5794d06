/* What makes pages handier. Every page works without it. */
(() => {
  "use strict";

  /** The account menu closes like a menu: by Escape, and by a click elsewhere. */
  for (const menu of document.querySelectorAll("[data-menu]")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }

  const status = document.querySelector("[data-copy-status]");
  for (const button of document.querySelectorAll("[data-copy]")) {
    // Browsers offer the clipboard to secure pages only, 127.0.0.1 among them.
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      status.textContent = `${button.dataset.copy}: ${status.dataset.text}`;
    });
  }

  for (const toggle of document.querySelectorAll("[data-theme-toggle]")) {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: light)");
    const isLight = () => (root.dataset.theme ? root.dataset.theme === "light" : system.matches);
    const show = () => {
      toggle.textContent = isLight() ? toggle.dataset.light : toggle.dataset.dark;
    };
    toggle.hidden = false;
    system.addEventListener("change", show);
    toggle.addEventListener("click", () => {
      root.dataset.theme = isLight() ? "dark" : "light";
      try {
        localStorage.setItem("theme", root.dataset.theme);
      } catch {
        // It holds for this page.
      }
      show();
    });
    show();
  }
})();
