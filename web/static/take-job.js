"use strict";
// Shows how far a marking or a work is; when it is over its page is loaded again, with what came of it.
(() => {
  const place = document.getElementById("job"), words = document.getElementById("words"), share = document.getElementById("share");
  if (!place || place.dataset.over === "yes") return;
  // A page that answers a form has another address, and loaded again it would send the form again.
  const again = () => { if (place.dataset.page) location.replace(place.dataset.page); else location.reload(); };
  // Of the camera of a room: how it is, what it shows, who was recognised.
  const lens = document.getElementById("lens"), view = document.getElementById("view"), names = document.getElementById("names");
  let shown = 0;
  const show = (job) => {
    if (lens.textContent !== job.lens) lens.textContent = job.lens;
    lens.hidden = !job.lens;
    if (job.view && job.view !== shown) {
      shown = job.view;
      view.src = `${view.dataset.src}?n=${shown}`;
      view.hidden = false;
    }
    if (names.children.length !== job.names.length || job.names.some((one, place) => names.children[place].textContent !== one)) {
      names.replaceChildren(...job.names.map((one) => Object.assign(document.createElement("li"), { textContent: one })));
    }
  };
  const look = async () => {
    try {
      const answer = await fetch(place.dataset.job, { headers: { Accept: "application/json" } });
      if (answer.redirected || answer.status === 404) { again(); return; }
      if (answer.ok) {
        const job = await answer.json();
        if (job.over) { again(); return; }
        if (words.textContent !== job.words) words.textContent = job.words;
        if (view) show(job);
        if (job.share === null) share.removeAttribute("value"); else share.value = job.share;
      }
    } catch { /* The school’s computer may be away for a moment. */ }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
})();
