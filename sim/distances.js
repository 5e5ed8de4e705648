// How far apart, counted in milliseconds.

const LARGEST = 60000;

export class Distances {
  #counts = new Uint32Array(LARGEST + 1);
  #total = 0;

  add(seconds) {
    this.#counts[Math.min(LARGEST, Math.round(Math.abs(seconds) * 1000))] += 1;
    this.#total += 1;
  }

  /** ms; null when nothing was counted. */
  percentile(share) {
    if (this.#total === 0) return null;
    let left = Math.ceil(share * this.#total);
    for (let ms = 0; ms <= LARGEST; ms += 1) {
      left -= this.#counts[ms];
      if (left <= 0) return ms;
    }
    return LARGEST;
  }
}
