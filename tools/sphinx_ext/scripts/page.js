// Loaded on every page, before the theme's own scripts run.
// Left alone, Font Awesome replaces the icon inside a widget's Play button while the widget still holds it, and Play dies.
window.FontAwesomeConfig = { observeMutations: false };
