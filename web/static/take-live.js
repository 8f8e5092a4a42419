// The camera of this device as that of the room: the next picture is sent when the last one was looked at.
import * as camera from "./camera.js";

(() => {
  const form = document.getElementById("live");
  if (!form) return;
  const words = form.dataset, part = (id) => document.getElementById(id);
  const view = part("view"), boxes = part("boxes"), told = part("words"), wrong = part("wrong");
  const start = part("start"), turn = part("turn"), stop = part("stop");
  const LONGEST_PX = 1280, EVERY_MS = 250, QUALITY = 0.8;
  const COLOURS = { sure: "#17663a", unsure: "#8a5a00", unknown: "#a51d2d", open: "#44505e" };
  let facing = "environment", job = null, going = false;
  const say = (text) => { wrong.textContent = text; wrong.hidden = !text; };
  class Refused extends Error {}

  const ask = async (place, method, body, type) => {
    const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
    if (type) headers["Content-Type"] = type;
    const answer = await fetch(place, { method, body, headers });
    if (answer.redirected) throw new Refused(words.login);
    if (answer.status === 429 || answer.status >= 502) throw new Error("later");
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(said.error || words.failed);
    return said;
  };

  const close = () => camera.shut(view);
  const open = () => camera.open(view, facing, LONGEST_PX, 720);

  const draw = (found) => {
    const wide = boxes.width = boxes.clientWidth * devicePixelRatio, high = boxes.height = boxes.clientHeight * devicePixelRatio;
    const ink = boxes.getContext("2d"), size = 14 * devicePixelRatio;
    ink.font = `600 ${size}px system-ui, sans-serif`;
    ink.lineWidth = 2 * devicePixelRatio;
    for (const [x, y, w, h, state, name] of found) {
      const text = state === "sure" ? name : state === "unsure" && name ? words.perhaps.replace("{name}", name) : state === "unknown" ? "?" : "";
      ink.strokeStyle = ink.fillStyle = COLOURS[state] || COLOURS.open;
      ink.setLineDash(state === "sure" ? [] : [6 * devicePixelRatio, 4 * devicePixelRatio]);
      ink.strokeRect(x * wide, y * high, w * wide, h * high);
      if (!text) continue;
      const long = ink.measureText(text).width + size, top = Math.min((y + h) * high, high - 1.5 * size);
      ink.fillRect(x * wide, top, long, 1.5 * size);
      ink.fillStyle = "#ffffff";
      ink.fillText(text, x * wide + size / 2, top + 1.1 * size);
    }
  };

  const leave = () => location.assign(words.jobs.replace("JOB", job));

  const run = async () => {
    while (going) {
      const began = performance.now();
      try {
        const picture = await camera.take(view, LONGEST_PX, QUALITY);
        const said = picture && await ask(words.show.replace("JOB", job), "PUT", picture, "image/jpeg");
        if (said) {
          say("");
          draw(said.boxes);
          if (told.textContent !== said.words) told.textContent = said.words;
          if (said.over) { going = false; close(); leave(); return; }
        }
      } catch (error) {
        if (error instanceof Refused) { going = false; close(); say(error.message); stop.hidden = true; start.hidden = false; return; }
        say(words.again);
        await camera.wait(2000);
      }
      await camera.wait(Math.max(0, EVERY_MS - (performance.now() - began)));
    }
  };

  start.addEventListener("click", async () => {
    start.disabled = true;
    say("");
    try {
      await open().catch(() => { throw new Refused(words.nocamera); });
      job = (await ask(words.live, "POST")).id;
      start.hidden = true;
      stop.hidden = turn.hidden = false;
      stop.focus();
      going = true;
      run();
    } catch (error) {
      close();
      say(error instanceof Refused ? error.message : words.failed);
    }
    start.disabled = false;
  });

  turn.addEventListener("click", () => {
    facing = facing === "environment" ? "user" : "environment";
    open().catch(() => say(words.nocamera));
  });

  stop.addEventListener("click", async () => {
    going = false;
    stop.disabled = true;
    try {
      await ask(words.end.replace("JOB", job), "POST", new URLSearchParams({ what: "stop" }));
    } catch { /* The answer is a page; what came of it is shown there, and a lost page ends by itself. */ }
    close();
    leave();
  });

  if (!camera.isThere()) { start.hidden = true; say(words.nocamera); }
})();
