// What hooks do when the package runs them. Everything that this fuzzer itself reads and calls is
// done quietly: then hooks only pass on what they stand for.

const { apply } = Reflect
const { then } = Promise.prototype

/** Calls inside of hooks inside of calls. */
const DEPTH_MAX = 3
/** How often one hook acts in a case. */
const FIRES_MAX = 2

/** Harness code that is running, one inside of the other. */
let quiet = 0
/** Calls of the package that are running, and answers that are waited for. */
let heard = 0
let generation = 0
let depth = 0

/** Runs harness code: hooks that it meets do nothing. */
export function quietly(work) {
  quiet++
  try { return work() } finally { quiet-- }
}

/** Runs code of the package: hooks act. */
export function loudly(work) {
  const before = quiet
  quiet = 0
  heard++
  try { return work() } finally { quiet = before; heard-- }
}

/** Until `end` is called, what the package does in later turns meets acting hooks, too. */
export function listen() {
  const mine = generation
  heard++
  return () => { if (mine === generation) heard-- }
}

/** Nobody listens any more. */
export function silence() {
  generation++
  heard = 0
}

/** Whether a hook that is met now may act. */
export function isLoud() {
  return quiet === 0 && heard > 0
}

/** Calls back quietly when a promise settles. Uses nothing that could be patched. */
export function settles(promise, fulfilled, rejected) {
  apply(then, promise, [(value) => quietly(() => fulfilled(value)), (error) => quietly(() => rejected(error))])
}

/**
 * A hook of `spec` was met in `run`, which carries out the actions. Twins throw alike, so errors
 * are thrown each time, and by the inert twin too.
 */
export function fire(run, spec) {
  if (spec.acts.length === 0 || !run.isOpen || !isLoud()) return
  quiet++
  depth++
  try {
    const fired = run.fired.get(spec) ?? 0
    run.fired.set(spec, fired + 1)
    for (const act of spec.acts) {
      if (act.throws !== undefined) throw run.thrown(act.throws)
      if (run.isBusy && fired < FIRES_MAX && depth <= DEPTH_MAX) run.perform(act)
    }
  } finally {
    depth--
    quiet--
  }
}
