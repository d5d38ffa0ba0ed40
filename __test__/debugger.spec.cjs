'use strict'
// A breakpoint in a function, set over the inspector's protocol as editors do it.
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const crypto = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')

const root = path.resolve(__dirname, '..')
const FUNCTION = `const cloud = require('wx-server-sdk')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async ({ a }) => {
  const doubled = a * 2
  return { doubled }
}
`
const LINE = 4 // counted from 0: the return

function project(context) {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-debug-')))
  context.after(() => fs.rmSync(directory, { recursive: true, force: true }))
  fs.mkdirSync(path.join(directory, 'cloudfunctions/double'), { recursive: true })
  fs.writeFileSync(path.join(directory, 'cloudfunctions/double/index.js'), FUNCTION)
  // Shorter than any look at a breakpoint takes.
  fs.writeFileSync(path.join(directory, 'cloudfunctions/double/config.json'), '{ "timeout": 1 }')
  fs.mkdirSync(path.join(directory, 'node_modules'))
  fs.symlinkSync(root, path.join(directory, 'node_modules/wx-server-sdk-local'), 'dir')
  return directory
}

/** A client of the inspector: RFC 6455, text frames alone, as Node 20 has no WebSocket. */
async function connect(url) {
  const { hostname, port, pathname } = new URL(url)
  const request = http.request({
    hostname, port, path: pathname,
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': 13, 'sec-websocket-key': crypto.randomBytes(16).toString('base64') },
  })
  const socket = await new Promise((resolve, reject) => {
    request.on('upgrade', (response, found, head) => { if (head.length > 0) found.unshift(head); resolve(found) })
    request.on('error', reject)
    request.end()
  })
  const [answers, events, waiting] = [new Map(), [], new Set()]
  let received = Buffer.alloc(0)
  let number = 0
  socket.on('data', (piece) => {
    received = Buffer.concat([received, piece])
    for (let frame; (frame = frameOf(received)) !== undefined; received = received.subarray(frame.end)) {
      if (frame.kind !== 1) continue
      const message = JSON.parse(frame.text)
      if (message.id === undefined) events.push(message)
      else answers.get(message.id)(message)
      for (const look of waiting) look()
    }
  })
  const ask = (method, params = {}) => new Promise((resolve, reject) => {
    const id = ++number
    answers.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)))
    socket.write(frameWith(JSON.stringify({ id, method, params })))
  })
  /** The next event of that name, once. */
  const event = (name) => new Promise((resolve) => {
    const look = () => {
      const at = events.findIndex(({ method }) => method === name)
      if (at < 0) return
      waiting.delete(look)
      resolve(events.splice(at, 1)[0].params)
    }
    waiting.add(look)
    look()
  })
  return { ask, event, end: () => socket.destroy() }
}

function frameWith(text) {
  const body = Buffer.from(text)
  const length = body.length < 126 ? Buffer.from([0x80 | body.length]) : Buffer.from([0x80 | 126, body.length >> 8, body.length & 255])
  const mask = crypto.randomBytes(4)
  return Buffer.concat([Buffer.from([0x81]), length, mask, body.map((byte, index) => byte ^ mask[index % 4])])
}

function frameOf(bytes) {
  if (bytes.length < 2) return undefined
  let [length, start] = [bytes[1] & 127, 2]
  if (length === 126) [length, start] = [bytes.length < 4 ? Infinity : bytes.readUInt16BE(2), 4]
  else if (length === 127) [length, start] = [bytes.length < 10 ? Infinity : Number(bytes.readBigUInt64BE(2)), 10]
  if (bytes.length < start + length) return undefined
  return { kind: bytes[0] & 15, text: bytes.toString('utf8', start, start + length), end: start + length }
}

/** Runs Node with an inspector. */
function debugged(context, directory, args) {
  const env = { ...process.env, WX_LOCAL_DATA_DIR: ':memory:' }
  for (const name of Object.keys(env)) if (/^NODE_/.test(name)) delete env[name]
  const child = spawn(process.execPath, args, { cwd: directory, env })
  context.after(() => child.kill('SIGKILL'))
  let [stdout, stderr] = ['', '']
  const waiting = new Set()
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; for (const look of waiting) look() })
  /** The first match in what it says. */
  const says = (pattern) => new Promise((resolve, reject) => {
    const look = () => { const found = pattern.exec(stderr + stdout); if (found) { waiting.delete(look); resolve(found[0]) } }
    waiting.add(look)
    look()
    child.on('exit', () => reject(new Error(stderr)))
  })
  child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; for (const look of waiting) look() })
  const ended = new Promise((resolve) => { child.on('close', (code, signal) => resolve({ code: code ?? signal, stdout, stderr })) })
  return { child, says, ended }
}

/** Sets a breakpoint in the function before the program begins. */
async function beginWithBreakpoint(directory, says) {
  const inspector = await connect(await says(/ws:\/\/\S+/))
  await inspector.ask('Runtime.enable')
  await inspector.ask('Debugger.enable')
  const url = pathToFileURL(path.join(directory, 'cloudfunctions/double/index.js')).href
  const { breakpointId } = await inspector.ask('Debugger.setBreakpointByUrl', { url, lineNumber: LINE })
  await inspector.ask('Runtime.runIfWaitingForDebugger')
  // The first stop is the beginning of the program.
  await inspector.event('Debugger.paused')
  await inspector.ask('Debugger.resume')
  /** Stands still at the breakpoint for longer than the function has time. */
  const stop = async (value) => {
    const { callFrames: [frame], hitBreakpoints } = await inspector.event('Debugger.paused')
    assert.deepEqual([hitBreakpoints, frame.location.lineNumber], [[breakpointId], LINE])
    const evaluated = await inspector.ask('Debugger.evaluateOnCallFrame', { callFrameId: frame.callFrameId, expression: 'doubled' })
    assert.equal(evaluated.result.value, value)
    // The function's second goes by while its thread stands still: a timer of it would be due.
    const over = `{ const end = Date.now() + 1100; while (Date.now() < end); }`
    await inspector.ask('Debugger.evaluateOnCallFrame', { callFrameId: frame.callFrameId, expression: over })
    await inspector.ask('Debugger.resume')
  }
  return { inspector, stop }
}

const program = 'node_modules/wx-server-sdk-local/entry/cli.js'
const TEST = `const { functions, invoke } = require('wx-server-sdk-local/testing')
functions.use('cloudfunctions')
invoke('double', { a: 21 }).then((answer) => console.log(JSON.stringify(answer, null, 2)), console.error)
`

describe('breakpoints in functions', () => {
  const ways = [
    ['run', [program, 'run', 'double', '--event', '{"a":21}']],
    ['a script with the hook', ['--require', 'wx-server-sdk-local/register', 'script.js']],
  ]
  for (const [name, args] of ways) {
    test(`${name}: they hit, and no timeout fires while the function stands still`, async (context) => {
      const directory = project(context)
      fs.writeFileSync(path.join(directory, 'script.js'), TEST)
      const { says, ended } = debugged(context, directory, ['--inspect-brk=127.0.0.1:0', ...args])
      const { inspector, stop } = await beginWithBreakpoint(directory, says)
      await stop(42)
      // Node 20 may crash when its debugger goes away earlier.
      await says(/Waiting for the debugger to disconnect/)
      inspector.end()
      const { code, stdout, stderr } = await ended
      assert.equal(code, 0, stderr)
      assert.deepEqual(JSON.parse(stdout), { doubled: 42 })
    })
  }

  test('start: they hit at each call, in a function that is changed too, and it is ended as ever', async (context) => {
    const directory = project(context)
    const { child, says, ended } = debugged(context, directory, ['--inspect-brk=127.0.0.1:0', program, 'start', '--json'])
    const { inspector, stop } = await beginWithBreakpoint(directory, says)
    const { url, token } = JSON.parse(await says(/^\{"url".*$/m))
    for (const a of [21, 5]) {
      const answer = fetch(`${url}/invoke/double`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify({ a }) })
      await stop(a * 2)
      assert.deepEqual((await (await answer).json()).result, { doubled: a * 2 })
      // Loaded anew, with the breakpoint where it was.
      fs.appendFileSync(path.join(directory, 'cloudfunctions/double/index.js'), '// changed\n')
    }
    child.kill('SIGTERM')
    // Node 20 may crash when its client leaves while it has something to say to it.
    await says(/Waiting for the debugger to disconnect/)
    inspector.end()
    assert.equal((await ended).code, 143)
  })

  test('the launch configurations of the guide start programs that exist', () => {
    const text = fs.readFileSync(path.join(root, 'docs/debugging.md'), 'utf8')
    const { configurations, inputs } = JSON.parse(/```json\n(\{[^]*?\n\})\n```/.exec(text)[1])
    const known = new Set(inputs.map(({ id }) => `\${input:${id}}`))
    for (const { name, program: file, args = [], request, type } of configurations) {
      assert.deepEqual([type, request], ['node', 'launch'], name)
      const shipped = /node_modules\/wx-server-sdk-local\/(.+)$/.exec(file)
      assert.ok(file === '${file}' || fs.existsSync(path.join(root, shipped[1])), `${name}: ${file}`)
      for (const argument of args) assert.ok(!argument.includes('${') || known.has(argument), `${name}: ${argument}`)
    }
  })
})
