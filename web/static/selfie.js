// Takes the selfie with the phone's camera where a page may use it; elsewhere a picture comes from the file field.
import * as camera from "./camera.js";

(() => {
  const form = document.getElementById("selfie");
  if (!form) return;
  const at = (id) => document.getElementById(id), button = at("send"), field = at("picture");
  const FILE_SIDE = 1280, SMALL = 1e6, KINDS = ["image/jpeg", "image/png", "image/webp"];

  // Of the camera of a phone it can be too large to be sent, or of a kind that only this browser reads.
  const smaller = async (file) => {
    const picture = await createImageBitmap(file), chosen = new DataTransfer();
    const made = await camera.asJpeg(picture, picture.width, picture.height, FILE_SIDE, 0.9);
    chosen.items.add(new File([made], "selfie.jpg", { type: made.type }));
    field.files = chosen.files;
  };

  form.addEventListener("submit", async (event) => {
    const [file] = field.files;
    if (!file || (KINDS.includes(file.type) && file.size <= SMALL)) return;
    event.preventDefault();
    button.disabled = true;
    // What this browser cannot read is sent as it is, and the answer says what to do.
    await smaller(file).catch(() => {});
    form.submit();
  });
  // Who comes back to this page may send another one.
  window.addEventListener("pageshow", () => { button.disabled = false; });

  if (!camera.isThere()) return;
  // Nine pictures in six to eight seconds: time to turn, then three pictures of each step.
  const SIDE = 640, TURN_MS = 1100, GAP_MS = 280, OPEN_MS = 1200, EACH = 3;
  const view = at("view"), ask = at("ask"), told = at("told"), said = form.dataset;
  let live = true, kept = null;

  const tell = (words) => {
    told.textContent = words;
    told.hidden = !words;
  };

  const choose = (byCamera) => {
    live = byCamera;
    at("live").hidden = at("instead").hidden = !byCamera;
    at("file").hidden = byCamera;
    field.required = !byCamera;
    if (byCamera) field.value = "";
  };

  const shut = () => {
    camera.shut(view);
    at("camera").hidden = true;
    at("how").hidden = false;
  };

  const open = async () => {
    await camera.open(view, "user", 640, 480, () => {
      at("camera").hidden = false;
      at("how").hidden = true;
    });
    view.scrollIntoView({ block: "center" });
  };

  const takeAll = async () => {
    const pictures = [];
    for (const step of ["front", ...said.challenge.split(" ")]) {
      ask.textContent = said[step];
      ask.dataset.step = step;
      // Who has turned away does not see the next step; the phone tells it to the hand.
      if (navigator.vibrate) navigator.vibrate(60);
      await camera.wait(TURN_MS - GAP_MS);
      for (let taken = 0; taken < EACH; taken += 1) {
        await camera.wait(GAP_MS);
        pictures.push(await camera.take(view, SIDE, 0.85));
      }
      // Closed eyes see no next step: it comes when they are open again.
      if (step === "blink") {
        if (navigator.vibrate) navigator.vibrate([120, 80, 120]);
        await camera.wait(OPEN_MS);
      }
    }
    return pictures;
  };

  form.addEventListener("submit", async (event) => {
    if (!live) return;
    event.preventDefault();
    button.disabled = true;
    at("instead").hidden = true;
    tell("");
    try {
      if (!kept) {
        await open();
        kept = await takeAll();
        shut();
      }
      at("camera").hidden = true;
      button.textContent = said.send;
      await camera.send(form, "picture", kept, said.away);
    } catch (error) {
      shut();
      if (!error.kept) kept = null;
      button.disabled = false;
      button.textContent = kept ? said.again : button.dataset.words;
      const isCamera = error instanceof DOMException;
      choose(!isCamera);
      const why = error.name === "NotAllowedError" ? said.denied : said.missing;
      tell(isCamera ? why : error.message || said.failed);
    }
  });

  button.dataset.words = button.textContent;
  at("by-file").addEventListener("click", () => {
    choose(false);
    field.focus();
  });
  choose(true);
})();
