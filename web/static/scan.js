// Scans the code inside the page where the browser can read codes; elsewhere the phone's camera app opens the link.
import * as camera from "./camera.js";

(() => {
  const part = document.getElementById("scan");
  if (!part || !window.BarcodeDetector || !camera.isThere()) return;
  const LOOK_MS = 150, CODE = /^\/c\/[0-9A-Z]+-[0-9A-Z]+-[A-Z2-7]+$/i;
  const at = (id) => document.getElementById(id);
  const view = at("scan-view"), told = at("scan-told"), begin = at("scan-begin");

  // Only the path counts: the code's address and this page's may be two names of one computer.
  const placeOf = (text) => {
    try {
      const { pathname } = new URL(text);
      return CODE.test(pathname) ? pathname : null;
    } catch {
      return null;
    }
  };

  const show = (live) => {
    at("scan-live").hidden = !live;
    begin.hidden = live;
  };

  const end = () => {
    camera.shut(view);
    show(false);
  };

  const look = async (detector) => {
    if (!view.srcObject) return;
    const found = await detector.detect(view).catch(() => []);
    const place = found.map((one) => placeOf(one.rawValue)).find(Boolean);
    if (place && view.srcObject) {
      end();
      location.assign(place);
      return;
    }
    if (found.length) told.textContent = part.dataset.wrong;
    setTimeout(look, LOOK_MS, detector);
  };

  const start = async () => {
    told.textContent = "";
    begin.disabled = true;
    try {
      await camera.open(view, "environment", 1280, 720, () => show(true));
      look(new BarcodeDetector({ formats: ["qr_code"] }));
    } catch (error) {
      end();
      told.textContent = error.name === "NotAllowedError" ? part.dataset.denied : part.dataset.missing;
    }
    begin.disabled = false;
  };

  const offer = async () => {
    const formats = await BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return;
    part.hidden = false;
    at("scan-by-app").hidden = true;
    begin.addEventListener("click", start);
    at("scan-end").addEventListener("click", end);
    if (part.dataset.start) start();
  };
  offer();
})();
