// The cell that a command has filled gets the focus: JupyterLab's own Shift+Enter goes past it.
const began = Date.now();
function look() {
  const own = element.closest(".jp-Cell");
  const cell = own && (facts.in_place ? own : own.nextElementSibling);
  const editor = cell && cell.querySelector(".cm-content");
  if (editor && editor.textContent.startsWith(facts.begins)) {
    editor.focus();
    cell.scrollIntoView({ block: "nearest" });
  } else if (Date.now() - began < 5000) {
    setTimeout(look, 40);
  }
}
look();
