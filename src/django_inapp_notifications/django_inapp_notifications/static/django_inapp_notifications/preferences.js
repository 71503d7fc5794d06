/* Suggests the time zone of this device. The page works without this file. */
(function () {
  "use strict";
  const button = document.querySelector("[data-din-zone]");
  const select = document.getElementById("id_time_zone");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!button || !select || !zone) return;
  const option = [...select.options].find((each) => each.value === zone);
  const update = () => { button.hidden = !option || select.value === zone; };
  button.textContent = button.dataset.text + " " + zone.replaceAll("_", " ");
  button.addEventListener("click", () => {
    select.value = zone;
    update();
    select.focus();
  });
  select.addEventListener("change", update);
  update();
})();
