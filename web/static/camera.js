// What every page with the device's camera does: open it, take pictures, shut it, send what was taken.
const TRIES = 3, AGAIN_MS = 2000;

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Whether this page may ask for a camera: only an encrypted one may. */
export const isThere = () => Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

export const shut = (view) => {
  if (view.srcObject) view.srcObject.getTracks().forEach((one) => one.stop());
  view.srcObject = null;
};

/** Show a camera. facing: "user" or "environment"; width, height: pixels that are asked for.

    show: makes room for it once it may be used, for some browsers play nothing that is hidden. */
export const open = async (view, facing, width, height, show = () => {}) => {
  shut(view);
  const wanted = { facingMode: facing, width: { ideal: width }, height: { ideal: height } };
  view.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  show();
  await view.play();
};

/** A picture as a JPEG. longest: pixels of its longer side at most. */
export const asJpeg = (source, width, height, longest, quality) => new Promise((done) => {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, longest / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(done, "image/jpeg", quality);
});

/** What is shown now as a JPEG. */
export const take = (view, longest, quality) => asJpeg(view, view.videoWidth, view.videoHeight, longest, quality);

/** Send pictures as a field of a form and go to the page that is answered, or throw an Error with the reason.

    away: what to say when nobody answers. The error's "kept" says whether the same pictures may be sent again. */
export const send = async (form, field, pictures, away) => {
  const refused = (words, kept) => Object.assign(new Error(words), { kept });
  const body = new FormData(form);
  body.delete(field);
  pictures.forEach((one, place) => body.append(field, one, `${place + 1}.jpg`));
  for (let failed = 0; ; failed += 1) {
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      if (failed + 1 === TRIES) throw refused(away, true);
      await wait(AGAIN_MS);
      continue;
    }
    const { page, error } = await answer.json().catch(() => ({}));
    if (page) return location.assign(page);
    const later = answer.status === 429 || answer.status === 503;
    // An answer that was lost on its way may have been a good one: then the page knows.
    if (failed && !later) return location.reload();
    throw refused(error || "", later);
  }
};
