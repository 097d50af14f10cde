// What this browser remembers: answers in quizzes, and pages that were read to their end. Nothing leaves it.

const KEPT = "how-neural-networks-are-optimised";
const kept = { answers: {}, read: [], ...JSON.parse(localStorage.getItem(KEPT) || "{}") };
const keep = () => localStorage.setItem(KEPT, JSON.stringify(kept));

for (const quiz of document.querySelectorAll("[data-quiz]")) {
  const answers = (kept.answers[quiz.dataset.quiz] ||= {});
  for (const question of quiz.querySelectorAll("[data-question]")) {
    const name = question.dataset.question;
    const chosen = question.querySelector(`input[value="${answers[name]}"]`);
    if (chosen) chosen.checked = true;
    question.addEventListener("change", ({ target }) => {
      answers[name] = target.value;
      keep();
    });
  }
}

const root = new URL(document.documentElement.dataset.content_root, location.href);
const place = (address) => new URL(address, location.href).pathname.slice(root.pathname.length);
const { dataset: words } = document.querySelector(".sidebar-tree");
const links = [...document.querySelectorAll(".sidebar-tree a.internal")];
const mark = () =>
  links
    .filter((link) => kept.read.includes(place(link.getAttribute("href") === "#" ? location.pathname : link.href)))
    .forEach((link) => {
      if (link.querySelector(".read")) return;
      link.insertAdjacentHTML("beforeend", ` <span class="read" role="img" aria-label="${words.read}">✓</span>`);
    });
mark();
new IntersectionObserver((seen) => {
  const here = place(location.pathname);
  if (!seen.some((each) => each.isIntersecting) || kept.read.includes(here)) return;
  kept.read.push(here);
  keep();
  mark();
}).observe(document.querySelector("footer .related-pages"));

document.querySelector("#forget")?.addEventListener("click", ({ target }) => {
  Object.assign(kept, { answers: {}, read: [] }); // else the end of this page, once seen, would keep all anew
  keep();
  target.disabled = true;
  target.textContent = words.forgotten;
});

// What is wider than its place is moved with the keyboard too.
const reach = (each) => (each.tabIndex = each.scrollWidth > each.clientWidth ? 0 : -1);
const wide = new ResizeObserver((seen) => seen.forEach(({ target }) => reach(target)));
document.querySelectorAll("article pre, article .output.text_html, article .table-wrapper").forEach((each) => {
  reach(each);
  wide.observe(each);
});

// On paper all is dark on white, explorers too, which draw in the ink of the theme.
let theme;
addEventListener("beforeprint", () => {
  ({ theme } = document.body.dataset);
  document.body.dataset.theme = "light";
});
addEventListener("afterprint", () => (document.body.dataset.theme = theme));
