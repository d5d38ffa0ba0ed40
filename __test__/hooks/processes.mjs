// Children that run cases, and everything that may end or stop them.

import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url))
const LOOK_MS = 250
/** The longest that one case may compute, and that it may take while others compute. */
const BUSY_MS_MAX = 5_000
const STALE_MS_MAX = 60_000
const GROWTH_BYTES_MAX = 500 * 1024 * 1024
/** Threads have less than the main one usually has: what recurses without an end shows sooner. */
const SMALL_STACK = 'ulimit -s 2048; exec "$0" "$@"'
const TEXT_MAX = 4_000
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** What failures say that are about time: of a slow machine, maybe. */
const LATE = /never settles|timed? ?out/i
const isLate = ({ check, detail }) => check === 'hang' || check === 'settles' || LATE.test(JSON.stringify(detail))
/** How much longer everything may take when it is tried again. */
const PATIENCE = 12

/**
 * Runs the batches from `from` to `to` of a seed, or one case of them, in a process of their own.
 * Resolves with what it found, the calls it made, and the next batch to run: that after the one
 * in which the process ended. A batch in which something was late counts as it is with patience.
 */
export async function runBatches(plan) {
  const result = await run(plan)
  for (const batch of new Set(result.problems.filter(isLate).map((problem) => problem.batch))) {
    const again = await run({ ...plan, from: batch, to: batch + 1, patience: PATIENCE })
    result.problems = [...result.problems.filter((problem) => problem.batch !== batch), ...again.problems]
    result.late++
  }
  return result
}

// What V8 has not collected yet is no growth: its heap is smaller than what counts as one.
function run({ seed, from, to, only, file, directory, name, patience = 1 }) {
  const beats = join(directory, `beat-${name}`)
  const options = ['--expose-gc', '--max-old-space-size=350', '--max-semi-space-size=16', CHILD, JSON.stringify({ seed, from, to, only, file, beats, patience })]
  const [command, given] = process.platform === 'win32' ? [process.execPath, options] : ['sh', ['-c', SMALL_STACK, process.execPath, ...options]]
  const child = spawn(command, given, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const state = { problems: [], counts: {}, exports: 0, late: 0, next: from, patience, isWhole: false, text: '', since: performance.now(), beat: undefined, busyMs: 0, bytes: undefined }
  lines(child.stdio[3], (line) => take(state, JSON.parse(line)))
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { if (state.text.length < TEXT_MAX) state.text += text })
  const watch = setInterval(() => look(state, child, beats), LOOK_MS)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(watch)
      const beat = beatOf(beats)
      const add = (check, detail) => state.problems.push({ id: beat, batch: state.next, check, detail })
      if (state.killed !== undefined) add(state.killed, state.detail)
      else if (!state.isWhole) add('end of the process', `${signal ?? `exit code ${code}`} ${state.text}`)
      else if (state.text !== '') add('output', state.text)
      resolve({ ...state, next: state.isWhole ? to : state.next + 1 })
    })
  })
}

function take(state, { exports, problem, batch, counts }) {
  if (exports !== undefined) state.exports = exports
  if (problem !== undefined) state.problems.push(problem)
  if (batch !== undefined) state.next = batch + 1
  if (counts !== undefined) Object.assign(state, { counts, isWhole: true })
}

function lines(stream, each) {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text) => {
    const whole = (rest + text).split('\n')
    rest = whole.pop()
    whole.forEach(each)
  })
}

function beatOf(beats) {
  if (!existsSync(beats)) return undefined
  const bytes = Buffer.alloc(8)
  const fd = openSync(beats, 'r')
  const length = readSync(fd, bytes, 0, 8, 0)
  closeSync(fd)
  return length === 8 && bytes.readDoubleLE() >= 0 ? bytes.readDoubleLE() : undefined
}

/** Ends a child that computes too long at one case, or takes too much memory. */
function look(state, child, beats) {
  const now = performance.now()
  const usage = usageOf(child.pid)
  const beat = beatOf(beats)
  if (beat !== state.beat) Object.assign(state, { beat, since: now, busyMs: usage?.busyMs ?? 0 })
  state.bytes ??= beat === undefined ? undefined : usage?.bytes
  const stop = (killed, detail) => {
    Object.assign(state, { killed, detail })
    child.kill('SIGKILL')
  }
  if (state.killed !== undefined) return
  const busyMs = (usage?.busyMs ?? Infinity) - state.busyMs
  const [passedMs, busyMsMax] = [now - state.since, BUSY_MS_MAX * state.patience]
  if (passedMs > STALE_MS_MAX * state.patience || (passedMs > busyMsMax && busyMs > busyMsMax * 0.9)) stop('hang', `over ${busyMsMax / 1000} s in one case`)
  else if (usage !== undefined && usage.bytes - (state.bytes ?? usage.bytes) > GROWTH_BYTES_MAX) stop('memory', `grew by ${Math.round((usage.bytes - state.bytes) / 1e6)} MB`)
}

/** Time and memory of a process; `undefined` where there is no such file. */
function usageOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return { busyMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND, bytes: Number(fields[21]) * PAGE_BYTES }
  } catch { return undefined }
}
