/* Suggests the time zone of this device. The page works without this file. */
(function () {
  "use strict";
  const button = document.querySelector("[data-din-zone]");
  const select = document.getElementById("id_time_zone");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!button || !select || !zone) return;
  const option = find(zone);
  const update = () => { button.hidden = !option || select.value === option.value; };
  button.textContent = button.dataset.text + " " + (option ? option.value : zone).replaceAll("_", " ");
  button.addEventListener("click", () => {
    select.value = option.value;
    update();
    select.focus();
  });
  select.addEventListener("change", update);
  update();

  // A browser may know a zone by an older name: two names that it resolves to one are the same.
  function find(name) {
    const options = [...select.options].filter((each) => each.value);
    return options.find((each) => each.value === name) || options.find((each) => resolved(each.value) === name);
  }

  function resolved(name) {
    try {
      return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    } catch (error) {
      return ""; // newer than this browser
    }
  }
})();
