// “Show me” under a check's report (show_me.py): a button, and below it the explorer that it opens.

function found(selector) {
  const place = () => document.querySelector(selector);
  return new Promise((resolve) => {
    if (place()) return resolve(place());
    const observer = new MutationObserver(() => {
      if (!place()) return;
      observer.disconnect();
      resolve(place());
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
}

async function initialize({ model }) {
  const place = await found(`[data-show-me="${model.get("name")}"]`);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = model.get("label");
  button.title = model.get("title");
  button.className = "jupyter-widgets jupyter-button widget-button";
  button.onclick = () => {
    model.set("pressed", model.get("pressed") + 1);
    model.save_changes();
  };
  place.replaceChildren(button);
  model.on("change:opened", async () => {
    const explorer = await model.widget_manager.get_model(model.get("opened"));
    const view = await model.widget_manager.create_view(explorer);
    place.replaceChildren(button, view.el);
    button.focus();
  });
  return () => place.replaceChildren();
}

export default { initialize };
