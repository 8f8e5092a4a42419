"use strict";
// Keeps counts and marks as of now.  What somebody is about to change here stays as they have it.
// It rests while nobody does anything: else a page left open would keep its teacher logged in.
(() => {
  const counts = document.getElementById("counts"), form = document.getElementById("marks");
  if (!counts) return;
  const EVERY_MS = 2000, REST_AFTER_MS = 300000;
  let active = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, () => { active = Date.now(); }, { passive: true });
  const field = (name) => form && form.elements.namedItem(name);
  const renew = (row) => {
    const was = field(`was-${row.student}`), seen = field(`seen-${row.student}`), marks = field(`mark-${row.student}`);
    if (!was || !marks || seen.value === row.seen || marks.value !== was.value) return;
    marks.value = row.status;
    was.value = row.status;
    seen.value = row.seen;
    const chosen = form.querySelector(`input[name="mark-${row.student}"]:checked`);
    const card = document.getElementById(`student-${row.student}`);
    if (chosen && card) card.querySelector(".state").textContent = chosen.parentElement.querySelector(".hidden").textContent;
  };
  const look = async () => {
    setTimeout(look, EVERY_MS);
    if (document.hidden || Date.now() - active > REST_AFTER_MS) return;
    try {
      const answer = await fetch(counts.dataset.board, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const found = await answer.json();
        for (const [name, count] of Object.entries(found.counts)) {
          const place = counts.querySelector(`[data-count="${name}"]`);
          if (place && place.textContent !== String(count)) place.textContent = count;
        }
        found.rows.forEach(renew);
      }
    } catch { /* The school’s computer may be away for a moment. */ }
  };
  setTimeout(look, EVERY_MS);
})();
