// The box on the home page: an operation, an action, an error message, a policy, or a request, and where that leads.

import { listed, places } from "./finder.js";

const input = document.getElementById("find-text");
const [status, list] = document.querySelectorAll("#find :is(p, ul)");

const show = async () => {
  const text = input.value;
  const matches = await places(text);
  if (text !== input.value) return;
  input.rows = Math.min(8, text.split("\n").length);
  status.textContent = text.trim() && !matches.length ? "Nothing has this name. Paste a whole message or request, or use the search." : "";
  list.replaceChildren(...matches.map((place) => listed(place, text)));
};
input.addEventListener("input", show);
input.addEventListener("keydown", async (event) => {
  if (event.key !== "Enter" || event.shiftKey || !input.value.trim()) return;
  event.preventDefault();
  await show();
  list.querySelector("a")?.click();
});
if (input.value) show();
