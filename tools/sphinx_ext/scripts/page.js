// Loaded on every page, before the theme's own scripts run.
// Left alone, Font Awesome replaces the icon inside a widget's Play button while the widget still holds it, and Play dies.
window.FontAwesomeConfig = { observeMutations: false };

// Figures that compute with a network (`data-rl-net`): what they need is loaded only where there is one.
{
  const here = new URL("net/", document.currentScript.src).href;
  document.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector("[data-rl-net]")) return;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: here + "net.css" }));
    window.resnetLiveNet = {};
    for (const name of ["made.js", "start.js"])  // async: false keeps their order
      document.head.append(Object.assign(document.createElement("script"), { src: here + name, async: false }));
  });
}
