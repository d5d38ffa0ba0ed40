// Chance from one seed: a run is repeated by its seed alone.

/** A source of choices. */
export class Dice {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** mulberry32: small, fast, and good enough to choose test cases. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  below(limit) {
    return this.next() % limit
  }

  oneIn(chance) {
    return this.below(chance) === 0
  }

  pick(items) {
    return items[this.below(items.length)]
  }

  /** One of `[weight, value]`. */
  weighted(choices) {
    let left = this.below(choices.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, value] of choices) {
      if (left < weight) return value
      left -= weight
    }
  }

  /** Up to `most` results of `make`. */
  some(most, make) {
    return Array.from({ length: this.below(most + 1) }, make)
  }
}
