"use strict";
// Asks what became of the selfie until it is known, less and less often: a class of phones must not keep others waiting.
(() => {
  const card = document.getElementById("waiting"), line = document.getElementById("state");
  const FIRST_MS = 1000, SLOWER = 1.3, LONGEST_MS = 10000;
  if (!card || !card.dataset.status) return;
  const ask = async (pause) => {
    try {
      const answer = await fetch(card.dataset.status, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const { told, final } = await answer.json();
        if (line.dataset[told] && card.dataset.told !== told) line.textContent = line.dataset[told];
        card.dataset.told = told;
        if (final) return;
      }
    } catch { /* The school’s computer may be away for a moment; what was sent is kept there. */ }
    setTimeout(ask, pause, Math.min(LONGEST_MS, pause * SLOWER));
  };
  ask(FIRST_MS);
})();
