// <desk-passkey>: asks the visitor's device for a passkey, and brings its answer to the server.
//
//   <desk-passkey data-how="get|create" data-ask="/…/options" data-answer="/…" data-next="/" data-form="id of a form that waits"
//     data-failed="…" data-cancelled="…" data-taken="…">
//   <div data-ready>fields… <button type="button" data-go>…</button></div> <p data-missing hidden>…</p> <p data-state role="alert"></p>
//   </desk-passkey>
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** What a browser takes: the server's JSON with bytes where base64url stands. (Safari before 18.4 has no parser of its own.) */
function unpacked(options) {
  const ids = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.allowCredentials && { allowCredentials: ids(options.allowCredentials) }),
    ...(options.excludeCredentials && { excludeCredentials: ids(options.excludeCredentials) }),
  };
}

/** A credential as JSON, with base64url where bytes were. */
function packed({ id, rawId, type, response, authenticatorAttachment }) {
  const told = { transports: response.getTransports?.() ?? [] };
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) told[name] = text(response[name]);
  return { id, rawId: text(rawId), type, response: told, authenticatorAttachment, clientExtensionResults: {} };
}

customElements.define("desk-passkey", class extends HTMLElement {
  connectedCallback() {
    const go = this.querySelector("[data-go]");
    if (!go) return;
    if (!window.PublicKeyCredential) {
      this.querySelector("[data-ready]").hidden = true;
      this.querySelector("[data-missing]").hidden = false;
      return;
    }
    go.addEventListener("click", () => this.#run(go));
    for (const field of this.querySelectorAll("input"))
      field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go.click(); } });
  }

  async #run(go) {
    const { how, ask, answer, next, form } = this.dataset;
    this.#say("");
    go.disabled = true;
    try {
      const asked = await this.#post(ask, {});
      const publicKey = unpacked(asked.options);
      const credential = await navigator.credentials[how]({ publicKey });
      const fields = Object.fromEntries([...this.querySelectorAll("input")].map((field) => [field.name, field.value]));
      const done = await this.#post(answer, { ...fields, challenge: asked.challenge, credential: packed(credential), next });
      const waiting = form && document.getElementById(form);
      if (waiting) HTMLFormElement.prototype.submit.call(waiting); // a field may be called "submit"
      else location.assign(done.next);
    } catch (error) {
      const why = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "taken" }[error.name] ?? "failed";
      this.#say(error.sentence ?? this.dataset[why]);
      go.disabled = false;
      go.focus();
    }
  }

  /** Raises what the server says, as {sentence}, or an Error without one. */
  async #post(address, body) {
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const told = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
    if (!answer.ok || answer.redirected) throw Object.assign(new Error(String(answer.status)), told);
    return told;
  }

  #say(sentence) {
    this.querySelector("[data-state]").textContent = sentence;
  }
});
