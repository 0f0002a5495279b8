// Loaded on pages with widgets, between RequireJS and the widgets' front end.
(() => {
  const here = new URL(".", document.currentScript.src).href;
  // The front end asks RequireJS where its modules lie, and looks for its fonts there: all in one folder.
  window.require.config({
    baseUrl: here + "html-manager/",
    paths: { "@jupyter-widgets/html-manager/dist": ".", "@jupyter-widgets": "." },
  });
  // It speaks to MathJax 2; pages have MathJax 3, which may arrive later and then replaces the whole object.
  const hub = {
    Queue: () => {}, Config: () => {}, Configured: () => {}, Register: { StartupHook: () => {} }, signal: { Interest: () => {} },
  };
  let mathjax;
  const keep = (value) => { mathjax = value; if (value && !value.Hub) value.Hub = hub; };
  keep(window.MathJax || {});
  Object.defineProperty(window, "MathJax", { configurable: true, enumerable: true, get: () => mathjax, set: keep });

  // The front end gives its controls no accessible names: lend each the text of the label beside it.
  const name = (root) => {
    for (const box of root.querySelectorAll(".widget-inline-hbox, .jupyter-widgets.widget-toggle-buttons, .widget-play")) {
      const words = box.querySelector(".widget-label")?.textContent.trim();
      for (const handle of box.querySelectorAll(".noUi-handle"))
        if (words && handle.getAttribute("aria-label") !== words) handle.setAttribute("aria-label", words);
      for (const part of box.querySelectorAll("select, .widget-readout"))
        if (words && !part.hasAttribute("aria-label")) part.setAttribute("aria-label", words);
      for (const group of box.querySelectorAll(".btn-group, .widget-toggle-buttons > div"))
        if (words && !group.hasAttribute("role")) { group.setAttribute("role", "group"); group.setAttribute("aria-label", words); }
    }
    for (const button of root.querySelectorAll(".widget-toggle-button"))
      if (button.hasAttribute("title") && !button.title) button.removeAttribute("title");
    for (const button of root.querySelectorAll(".widget-play button:not([aria-label])"))  // their icons change, their places do not
      button.setAttribute("aria-label", ["Play or pause", "Stop: back to the first", "Repeat"][[...button.parentNode.children].indexOf(button)] ?? "");
    for (const readout of root.querySelectorAll(".widget-readout[contenteditable]:not([role])")) readout.setAttribute("role", "textbox");
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => name(document.body)).observe(document.body, { childList: true, subtree: true });
    name(document.body);
  });
})();
