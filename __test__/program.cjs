'use strict'
// The program of the command line over a project in a temporary directory, for tests of what functions do to it.
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')

const PROGRAM = path.join(__dirname, '..', 'entry', 'cli.js')

/** A project with the functions given: their source, or a file's name to its text. Their limit is a second unless they say another. */
function project(context, functions) {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-runs-')))
  context.after(() => fs.rmSync(directory, { recursive: true, force: true }))
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true })
    fs.writeFileSync(path.join(directory, name), text)
  }
  write('project.config.json', '{"cloudfunctionRoot": "cloudfunctions/"}')
  write('wx-local.config.json', '{"collections": ["todos"]}')
  for (const [name, files] of Object.entries(functions)) {
    const all = { 'config.json': '{"timeout": 1}', ...(typeof files === 'string' ? { 'index.js': files } : files) }
    for (const [file, text] of Object.entries(all)) write(`cloudfunctions/${name}/${file}`, text)
  }
  return { directory, write }
}

function begin({ directory }, args, flags = [], stdio = 'pipe') {
  const env = { ...process.env }
  for (const name of Object.keys(env)) if (/^(WX_LOCAL_|NODE_)/.test(name)) delete env[name]
  const child = spawn(process.execPath, [...flags, PROGRAM, ...args], { cwd: directory, env, stdio })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) child[stream]?.setEncoding('utf8').on('data', (text) => { said[stream] += text })
  const exited = new Promise((resolve) => { child.on('close', (code, signal) => resolve({ code, signal, ...said })) })
  /** Waits until it has said so, so often. */
  const says = async (pattern, stream = 'stderr', times = 1) => {
    const count = () => said[stream].match(new RegExp(pattern, 'g'))?.length ?? 0
    while (count() < times) {
      await Promise.race([once(child[stream], 'data'), exited.then((ended) => assert.ok(count() >= times, JSON.stringify(ended)))])
    }
  }
  return { child, exited, says, said }
}

/** `run` of a function, to its end. */
const run = (where, name, ...args) => begin(where, ['run', name, ...args]).exited

/** A server of the functions; `call` resolves with the status and the body. */
async function start(context, where, ...args) {
  const server = begin(where, ['start', '--json', '--data-dir', ':memory:', ...args])
  context.after(() => server.child.kill('SIGKILL'))
  await server.says(/\n/, 'stdout')
  return calling(server, JSON.parse(server.said.stdout))
}

function calling(server, { url, token }) {
  const call = (name, event = {}) => new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { authorization: `Bearer ${token}` }, agent: false }
    const request = http.request(`${url}/invoke/${name}`, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => { text += piece })
      response.on('end', () => resolve({ status: response.statusCode, ...JSON.parse(text) }))
    })
    request.on('error', reject)
    request.end(JSON.stringify(event))
  })
  const end = async (signal = 'SIGINT') => { server.child.kill(signal); return server.exited }
  return { ...server, call, end }
}

module.exports = { begin, calling, project, run, start }
