// The box on the home page: an operation, an action, an error message, a policy, or a request, and where that leads.
"use strict";

(() => {
  const root = document.getElementById("find");
  const table = document.querySelector("table.operations");
  if (!root || !table) return;
  const operations = [...table.querySelectorAll("tbody th a")].map((link) => ({
    name: link.textContent,
    href: link.getAttribute("href"),
  }));

  const plain = (text) => text.replaceAll(/[-_\s]/g, "").toLowerCase();
  const anchor = (action) => action.replaceAll(/[^A-Za-z0-9.-]+/g, "-");
  const byName = (text) => operations.filter(({ name }) => plain(name) === plain(text));
  const toOperation = ({ name, href }) => ({ label: name, href, hint: "Roles, policies, and reasons" });
  const toAction = (action) => ({
    label: action,
    href: `reference/actions/#${anchor(action)}`,
    hint: "Operations and roles that need this action",
  });

  /** What a text is, as the places that it leads to, the best first. */
  const places = (text) => {
    if (!text) return [];
    if (/^\s*[[{]/.test(text) || /^[A-Za-z]+:\s*(\n|$)/.test(text)) {
      if (/"(Not)?Action"/.test(text) && /"Statement"/.test(text)) {
        return [{ label: "Review this policy", href: "composer/#tab=review", hint: "It stays in your browser", kept: "policy", text }];
      }
      if (/"(AssumeRolePolicyDocument|RoleDetailList)"/.test(text)) {
        return [{ label: "Review this role", href: "composer/#tab=review", hint: "It stays in your browser", kept: "policy", text }];
      }
      if (/"(FailureReason|errorCode)"/.test(text)) {
        return [{ label: "Explain this failure", href: "composer/#tab=denied", hint: "It stays in your browser", kept: "message", text }];
      }
      return [{ label: "Compose the roles of this request", href: "composer/", hint: "It stays in your browser", kept: "request", text }];
    }
    const [, denied] = text.match(/(?:perform:?|action:?)\s+([a-z0-9-]+:[A-Za-z]+)/i) ?? [];
    if (denied || /access\s?denied|not authorized/i.test(text)) {
      const guide = { label: "Troubleshoot AccessDenied", href: "guides/troubleshooting/", hint: "From the message to the layer that decides" };
      const [service, name] = (denied ?? "").split(":");
      const called = service === "sagemaker" ? byName(name).map(toOperation) : [];
      const hint = "What was denied, which layer decided, and the statement to add";
      const answer = { label: "Explain this message", href: "composer/#tab=denied", hint, kept: "message", text };
      return [answer, ...(denied ? [toAction(denied)] : []), ...called, guide];
    }
    if (/^[a-z0-9-]+:[A-Za-z]+$/.test(text)) return [toAction(text), ...byName(text.split(":")[1]).map(toOperation)];
    const wanted = plain(text);
    const near = operations.filter(({ name }) => plain(name).includes(wanted));
    near.sort((a, b) => a.name.length - b.name.length);
    return near.slice(0, 6).map(toOperation);
  };

  const go = (place) => {
    // What was pasted goes to the composer in this tab's own memory, not in an address.
    if (place.kept) sessionStorage.setItem(`composer-${place.kept}`, place.text);
  };
  const input = document.createElement("textarea");
  Object.assign(input, { id: "find-text", rows: 1, spellcheck: false, autocomplete: "off" });
  input.placeholder = "CreateTrainingJob";
  const label = document.createElement("label");
  Object.assign(label, { htmlFor: input.id, textContent: "Operation, action, error message, policy, or request" });
  const list = document.createElement("ul");
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const show = () => {
    const text = input.value.trim();
    const found = places(text);
    input.rows = Math.min(8, input.value.split("\n").length);
    status.textContent = text && !found.length ? "Nothing has this name. Paste a whole message or request, or use the search." : "";
    list.replaceChildren(
      ...found.map((place) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        Object.assign(link, { href: place.href, textContent: place.label });
        link.addEventListener("click", () => go(place));
        const hint = document.createElement("small");
        hint.textContent = ` ${place.hint}`;
        item.append(link, hint);
        return item;
      }),
    );
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || !list.firstChild) return;
    event.preventDefault();
    list.querySelector("a").click();
  });
  root.replaceChildren(label, input, status, list);
  show();
})();
