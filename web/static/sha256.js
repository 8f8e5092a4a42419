"use strict";
// SHA-256 of what comes piece by piece: the browser's own wants a whole video in memory at once.
window.Sha256 = (() => {
  const primes = [];
  for (let one = 2; primes.length < 64; one += 1) if (primes.every((prime) => one % prime)) primes.push(one);
  const bits = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  const K = Uint32Array.from(primes, (prime) => bits(Math.cbrt(prime)));
  const START = primes.slice(0, 8).map((prime) => bits(Math.sqrt(prime)));
  const turn = (word, by) => (word >>> by) | (word << (32 - by));

  return class {
    constructor() {
      this.state = Uint32Array.from(START);
      this.words = new Uint32Array(64);
      this.rest = new Uint8Array(0);
      this.length = 0;
    }

    update(bytes) {
      this.length += bytes.length;
      let at = 0;
      if (this.rest.length) {
        at = Math.min(64 - this.rest.length, bytes.length);
        this.rest = Uint8Array.of(...this.rest, ...bytes.subarray(0, at));
        if (this.rest.length < 64) return this;
        this.block(this.rest, 0);
      }
      for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
      this.rest = bytes.slice(at);
      return this;
    }

    hex() {
      const size = this.rest.length + 9 > 64 ? 128 : 64, last = new Uint8Array(size), view = new DataView(last.buffer);
      last.set(this.rest);
      last[this.rest.length] = 0x80;
      view.setUint32(size - 8, Math.floor(this.length / 2 ** 29));
      view.setUint32(size - 4, (this.length * 8) >>> 0);
      for (let at = 0; at < size; at += 64) this.block(last, at);
      return Array.from(this.state, (word) => word.toString(16).padStart(8, "0")).join("");
    }

    block(bytes, at) {
      const w = this.words;
      for (let i = 0; i < 16; i += 1) {
        const j = at + 4 * i;
        w[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
      }
      for (let i = 16; i < 64; i += 1) {
        const one = w[i - 15], two = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn(one, 7) ^ turn(one, 18) ^ (one >>> 3)) + (turn(two, 17) ^ turn(two, 19) ^ (two >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = this.state;
      for (let i = 0; i < 64; i += 1) {
        const x = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const y = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + x) | 0; d = c; c = b; b = a; a = (x + y) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((word, i) => { this.state[i] += word; });
    }
  };
})();
