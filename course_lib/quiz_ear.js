// Tells the kernel which answers of a quiz (course_lib/quiz.py) are chosen.

function initialize({ model }) {
  let count = 0;
  const hear = ({ target }) => {
    if (!target.matches?.('[data-quiz] input[type="radio"]')) return;
    if (target.closest("[data-quiz]").dataset.quiz !== model.get("name")) return;
    // The number makes each answer a new one, even one that was given before.
    model.set("heard", [target.closest("[data-question]").dataset.question, Number(target.value), count++]);
    model.save_changes();
  };
  document.addEventListener("change", hear);
  return () => document.removeEventListener("change", hear);
}

export default { initialize };
