// Takes faces of a student with the device's camera: the student is told where to look, pictures are taken by themselves.
import * as camera from "./camera.js";

(() => {
  const form = document.getElementById("capture");
  if (!form || !camera.isThere()) return;
  const STEPS = ["front", "left", "right", "up", "down"];
  // Together less than a form may hold, also where a dark room makes large files of noise.
  const EACH = 6, SIDE = 800, QUALITY = 0.85, READY_S = 3, SECOND_MS = 1000, GAP_MS = 400;
  const at = (id) => document.getElementById(id);
  const place = at("camera"), view = at("view"), ask = at("ask"), ready = at("ready"), share = at("share-taken"), count = at("count");
  const begin = at("begin"), start = at("start"), turn = at("turn"), end = at("end"), told = at("told"), said = form.dataset;
  // Each capture has a turn of its own; whoever is not the newest any more was cancelled.
  let facing = "user", turns = 0, kept = null, sending = false;
  class Cancelled extends Error {}

  const tell = (words) => {
    told.textContent = words;
    told.hidden = !words;
  };

  const show = (...buttons) => [begin, start, turn, end].forEach((one) => { one.hidden = !buttons.includes(one); });

  const step = (name, words) => {
    ask.dataset.step = name;
    ask.textContent = words;
  };

  const counted = (taken) => {
    share.hidden = count.hidden = !taken;
    share.value = taken;
    count.textContent = said.count.replace("{number}", taken).replace("{count}", share.max);
  };

  const shut = () => {
    turns += 1;
    camera.shut(view);
    place.hidden = true;
    ready.textContent = "";
    at("how").hidden = false;
    counted(0);
  };

  const reset = (words) => {
    shut();
    kept = null;
    step("", "");
    begin.textContent = begin.dataset.words;
    show(begin);
    begin.focus();
    tell(words);
  };

  const cancel = (words) => { if (!sending && (kept || !place.hidden)) reset(words); };

  const refused = (error) => {
    if (!(error instanceof Cancelled)) reset(error.name === "NotAllowedError" ? said.denied : said.missing);
  };

  const open = async () => {
    const own = turns;
    const able = (is) => [begin, start, turn].forEach((one) => { one.disabled = !is; });
    able(false);
    await camera.open(view, facing, SIDE, 600, () => {
      place.hidden = false;
      at("how").hidden = true;
      place.classList.toggle("outward", facing === "environment");
    }).catch((error) => {
      if (own === turns) throw error;
    }).finally(() => able(true));
    if (own !== turns) {
      reset(said.cancelled);
      throw new Cancelled();
    }
    view.srcObject.getTracks().forEach((one) => one.addEventListener("ended", () => cancel(said.missing)));
  };

  const wait = async (ms, own) => {
    await camera.wait(ms);
    if (own !== turns) throw new Cancelled();
  };

  const takeAll = async (own) => {
    const pictures = [];
    for (const name of STEPS) {
      step(name, said[name]);
      // Who has turned away does not see the next step; the device tells it to the hand.
      if (navigator.vibrate) navigator.vibrate(60);
      for (let left = READY_S; left > 0; left -= 1) {
        ready.textContent = left;
        await wait(SECOND_MS, own);
      }
      ready.textContent = "";
      for (let taken = 0; taken < EACH; taken += 1) {
        await wait(GAP_MS, own);
        const picture = await camera.take(view, SIDE, QUALITY);
        if (own !== turns) throw new Cancelled();
        if (!picture) throw new Error("the camera shows nothing");
        pictures.push(picture);
        counted(pictures.length);
      }
    }
    return pictures;
  };

  const send = async () => {
    step("", said.send);
    tell("");
    show();
    ask.focus();
    sending = true;
    try {
      await camera.send(form, "photo", kept, said.away);
    } catch (error) {
      const again = error.kept ? kept : null;
      sending = false;
      reset(error.message || said.failed);
      if (!again) return;
      kept = again;
      begin.textContent = said.again;
      show(begin, end);
    }
  };

  begin.addEventListener("click", async () => {
    if (kept) return send();
    tell("");
    try {
      await open();
      step("", said.look);
      show(start, turn, end);
      start.focus();
      place.scrollIntoView({ block: "center" });
    } catch (error) {
      refused(error);
    }
  });

  turn.addEventListener("click", () => {
    facing = facing === "environment" ? "user" : "environment";
    open().catch(refused);
  });

  start.addEventListener("click", async () => {
    show(end);
    end.focus();
    try {
      const pictures = await takeAll(turns);
      shut();
      kept = pictures;
      send();
    } catch (error) {
      refused(error);
    }
  });

  end.addEventListener("click", () => cancel(said.cancelled));
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") cancel(said.cancelled); });
  // Nobody is to be filmed by a page that nobody sees.
  document.addEventListener("visibilitychange", () => { if (document.hidden) cancel(said.cancelled); });
  window.addEventListener("pagehide", () => cancel(said.cancelled));
  share.max = STEPS.length * EACH;
  begin.dataset.words = begin.textContent;
  form.hidden = false;
  show(begin);
})();
