// Questions are asked in the page's own dialog: its words are in the page's language, and Escape says no.

export function install(body) {
  const dialog = document.getElementById("confirm");
  const question = document.getElementById("confirm-question");
  let proceed = null;

  body.addEventListener("htmx:confirm", (event) => {
    const { question: asked, issueRequest } = event.detail;
    if (!asked) return;
    event.preventDefault();
    question.textContent = asked;
    proceed = () => issueRequest(true);
    dialog.returnValue = "no";
    dialog.showModal();
  });

  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") proceed?.();
    proceed = null;
  });
}
