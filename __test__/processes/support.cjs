'use strict'
// Child processes on one data directory, used through the ordinary API.
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** The processes on each directory. */
const started = new Map()

/** A data directory that goes away with the test, after the processes on it. */
function directory(context) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-local-processes-'))
  started.set(made, [])
  context.after(async () => {
    for (const { kill } of started.get(made)) kill()
    await Promise.all(started.get(made).map(({ ended }) => ended))
    fs.rmSync(made, { recursive: true, force: true })
  })
  return made
}

function environment(data, more) {
  const { NODE_TEST_CONTEXT, ...rest } = process.env
  return { ...rest, WX_LOCAL_DATA_DIR: data, WX_LOCAL_DIAGNOSTICS: 'off', ...more }
}

/** Runs a script of this folder; `lines` grows with what it says. */
function start(data, script, args, more) {
  const child = spawn(process.execPath, [path.join(__dirname, script), ...args.map(String)], {
    env: environment(data, more),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = []
  const waiting = []
  let rest = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop()
    for (const line of parts) {
      lines.push(line)
      for (const wait of [...waiting]) wait()
    }
  })
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })))
  /** The first line, from `from` on, that begins so. */
  const line = (beginning, from = 0) => new Promise((resolve, reject) => {
    const look = () => {
      const found = lines.slice(from).find((text) => text.startsWith(beginning))
      if (found === undefined) return
      waiting.splice(waiting.indexOf(look), 1)
      resolve(found)
    }
    waiting.push(look)
    look()
    ended.then(({ code, signal }) => reject(new Error(`the process ended (${code ?? signal}) before '${beginning}'`)))
  })
  const running = { child, lines, line, ended, kill: () => child.kill('SIGKILL') }
  started.get(data).push(running)
  return running
}

/** Sends one task to a process of `worker.cjs` and answers what it said. */
async function ask(worker, source) {
  const from = worker.lines.length
  worker.child.stdin.write(`${JSON.stringify(source)}\n`)
  const line = await worker.line('', from)
  const answer = JSON.parse(line)
  if ('error' in answer) throw Object.assign(new Error(answer.error.message), answer.error)
  return answer.value
}

/** What `source` evaluates to in a process of its own on `data`. */
async function inAnother(data, source, more) {
  const worker = start(data, 'worker.cjs', [], more)
  try {
    return await ask(worker, source)
  } finally {
    worker.child.stdin.end()
    await worker.ended
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

module.exports = { directory, start, ask, inAnother, random }
