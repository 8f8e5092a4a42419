"use strict";
// Draws the code of this moment and fetches the next one; black on white in dark mode, too, for cameras want it so.
(() => {
  const wall = document.getElementById("wall"), canvas = document.getElementById("qr");
  const ended = document.getElementById("ended");
  const SQUARE = 12;
  const draw = (rows) => {
    canvas.width = canvas.height = rows.length * SQUARE;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = "#000";
    rows.forEach((row, y) => [...row].forEach((one, x) => {
      if (one === "1") pen.fillRect(x * SQUARE, y * SQUARE, SQUARE, SQUARE);
    }));
  };
  const say = (name, words) => { document.getElementById(name).textContent = words; };
  const NAMES = ["typed", "confirmed", "expected", "scan", "trust"];
  const GONE_MS = 20000;
  const end = (words) => {
    // An old code left on the wall would be scanned by the next class.
    ended.hidden = false;
    ended.textContent = words;
    canvas.width = canvas.height = 0;
    before = "";
    for (const name of ["typed", "scan", "trust"]) say(name, "");
  };
  let before = "", heard = Date.now();
  const look = async () => {
    try {
      const answer = await fetch(wall.dataset.code, { headers: { Accept: "application/json" } });
      const said = await answer.json();
      heard = Date.now();
      if (answer.ok) {
        ended.hidden = true;
        // Not only a new step brings a new picture, but also a new address of this computer.
        const squares = said.rows.join();
        if (squares !== before) draw(said.rows);
        before = squares;
        for (const name of NAMES) say(name, said[name]);
      } else end(said.error);
    } catch {
      // It may be away for a moment, but no longer than a code is taken.
      if (Date.now() - heard > GONE_MS) end(wall.dataset.away);
    }
    setTimeout(look, 1000);
  };
  look();
})();
