// What somebody has open or is typing is not swapped away by what a page asks for by itself. It says that there is news;
// the news follows when they are done, or when whoever only reads asks for it.

(() => {
  const news = document.getElementById("news");
  const BY_ITSELF = [undefined, "memory-changed"];
  let held = null;
  let letIn = null;

  const changed = (field) => {
    if (field.type === "hidden") return false;
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((one) => one.defaultSelected) && !field.selectedOptions[0]?.defaultSelected;
    return field.value !== field.defaultValue;
  };
  const typing = (part) => part.querySelector("[data-editing]")
    || [...part.querySelectorAll("input, textarea, select")].some((field) => changed(field) || (field === document.activeElement && field.type !== "hidden"));
  const reading = (part) => part.querySelector(".origin, details[open]");

  function tellNews() {
    const here = held?.isConnected && (typing(held) || reading(held));
    if (held && !here) {
      const memory = held.isConnected && held.id === "memory";
      held = null;
      if (memory) htmx.trigger(document.body, "memory-changed");
    }
    if (!news) return;
    const words = !held ? "" : typing(held) ? "There is news here. It is shown when you are done with what you are typing." : "There is news here.";
    if (news.firstElementChild.textContent !== words) news.firstElementChild.textContent = words;
    news.querySelector("button").hidden = !held || Boolean(typing(held));
    news.hidden = !held;
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, shouldSwap } = event.detail;
    if (!shouldSwap || !BY_ITSELF.includes(requestConfig.triggeringEvent?.type)) return;
    if (target === letIn || !(typing(target) || reading(target))) return;
    event.detail.shouldSwap = false;
    held = target;
    tellNews();
  });
  document.addEventListener("htmx:afterSettle", () => { if (held) tellNews(); });
  setInterval(() => { if (held) tellNews(); }, 1000);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-show-news]") || !held) return;
    letIn = held;
    held = null;
    tellNews();
    document.getElementById("main").focus({ preventScroll: true });
    if (letIn.id === "memory") htmx.trigger(document.body, "memory-changed");
  });
})();
