"use strict";
// Sends photos or a video in pieces, goes on after a lost connection, and then shows how far it is looked at.
(() => {
  const form = document.getElementById("take");
  if (!form) return;
  const words = form.dataset, part = (id) => document.getElementById(id);
  const send = part("send"), end = part("end"), told = part("told"), wrong = part("wrong"), share = part("share");
  const MOST_WAIT_S = 30;
  let chosen = [], leaving = null;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  class Refused extends Error {}

  const ask = async (place, method, body, type = "application/json") => {
    const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value, "Content-Type": type };
    const answer = await fetch(place, { method, body, headers, signal: leaving.signal });
    if (answer.redirected) throw new Refused(words.login);
    if (answer.status === 429 || answer.status >= 502) throw new Error("later");
    if (answer.status === 204) return {};
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(said.error || words.failed);
    return said;
  };

  // Again and again until it works, for a phone loses its connection now and then.
  const surely = async (...what) => {
    for (let pause = 1; ; pause = Math.min(2 * pause, MOST_WAIT_S)) {
      try {
        const said = await ask(...what);
        wrong.hidden = true;
        return said;
      } catch (error) {
        if (error instanceof Refused || error.name === "AbortError") throw error;
        say(words.again);
        await wait(pause);
      }
    }
  };

  const say = (text) => { wrong.textContent = text; wrong.hidden = !text; };

  const list = () => {
    const place = part("chosen");
    place.replaceChildren(...chosen.map((file) => {
      const row = document.createElement("li"), name = document.createElement("span"), drop = document.createElement("button");
      name.textContent = `${file.name} · ${mb(file.size)} MB`;
      drop.type = "button";
      drop.textContent = words.remove;
      drop.setAttribute("aria-label", `${words.remove}: ${file.name}`);
      drop.addEventListener("click", () => { chosen = chosen.filter((one) => one !== file); list(); });
      row.append(name, drop);
      return row;
    }));
    place.hidden = !chosen.length;
    const size = chosen.reduce((all, file) => all + file.size, 0);
    told.textContent = chosen.length ? fill(words.chosen, { count: chosen.length, size: mb(size) }) : "";
  };

  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    // A camera gives one at a time: they are collected.
    chosen.push(...event.target.files);
    event.target.value = "";
    say("");
    list();
  });

  const upload = async (files) => {
    const all = files.reduce((sum, file) => sum + file.size, 0);
    const begun = await surely(words.uploads, "POST", JSON.stringify({ files: files.map(({ name, size }) => ({ name, size })) }));
    const place = `${words.uploads}/${begun.id}`, digests = [];
    leaving.place = place;
    let done = 0;
    for (const [number, file] of files.entries()) {
      const missing = new Set(begun.missing[number]), digest = new window.Sha256();
      for (let piece = 0; piece * begun.piece < file.size; piece += 1) {
        const part = file.slice(piece * begun.piece, (piece + 1) * begun.piece);
        digest.update(new Uint8Array(await part.arrayBuffer()));
        if (missing.has(piece)) await surely(`${place}/${number}/${piece}`, "PUT", part, "application/octet-stream");
        done += part.size;
        share.value = done / all;
        told.textContent = fill(words.sending, { done: mb(done), size: mb(all) });
      }
      digests.push(digest.hex());
    }
    return surely(`${place}/finish`, "POST", JSON.stringify({ sha256: digests }));
  };

  const busy = (on) => {
    send.disabled = on;
    end.hidden = share.hidden = !on;
    for (const one of form.querySelectorAll("input[type=file], #chosen button")) one.disabled = on;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!chosen.length) { say(words.none); return; }
    leaving = new AbortController();
    say("");
    busy(true);
    try {
      const job = await upload(chosen);
      location.assign(words.jobs.replace("JOB", job.id));
    } catch (error) {
      if (error.name !== "AbortError") say(error instanceof Refused ? error.message : words.failed);
      busy(false);
      list();
    }
  });

  end.addEventListener("click", async () => {
    const place = leaving && leaving.place;
    leaving.abort();
    leaving = new AbortController();
    if (place) await ask(place, "DELETE").catch(() => { /* It goes by itself after ten minutes. */ });
  });
})();
