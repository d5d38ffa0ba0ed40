'use strict'
// Watch modes: a function is changed while its runner watches. The second run runs the changed
// code, on data that has nothing of the first run, and the runner ends when it is told to.
const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const root = path.resolve(__dirname, '..')
// util-linux's `script` gives a program a terminal.
const hasTerminal = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')

const FUNCTION = `const cloud = require('wx-server-sdk')
const { version } = require('./version')
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
exports.main = async () => {
  await cloud.database().collection('runs').add({ data: { version } })
  return { version }
}
`
const VERSION = (number) => `exports.version = ${number}\n`
const MODERN = FUNCTION.replace(/const (.*) = require\((.*)\)/g, 'import $1 from $2').replace("'./version'", "'./version.mjs'")
  .replace('exports.main =', 'export const main =')
// What a run saw, on a line of its own whatever the runner makes of the console.
const BODY = (loader) => `
  await reset()
  const before = await collections()
  functions.use('cloudfunctions'${loader})
  await seed({ runs: [] })
  const { version } = await invoke('count')
  const report = { before, version, stored: (await dump('runs')).length }
  require('node:fs').writeSync(2, 'RUN ' + JSON.stringify(report) + '\\n')
`
const CONTROL = `{ collections, dump, functions, invoke, reset, seed }`
const COMMON = `const ${CONTROL} = require('wx-server-sdk-local/testing')\n`

/** A project whose `node_modules` holds the package and the runner. */
function project(context, runner, files) {
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'wx-watch-'))
  context.after(() => fs.rmSync(directory, { recursive: true, force: true }))
  const modules = path.join(directory, 'node_modules')
  fs.mkdirSync(modules)
  fs.symlinkSync(root, path.join(modules, 'wx-server-sdk-local'), 'dir')
  if (runner) fs.symlinkSync(fs.realpathSync(path.join(root, 'node_modules', runner)), path.join(modules, runner), 'dir')
  const functions = files['cloudfunctions/count/index.mjs'] ? {} : { 'cloudfunctions/count/index.js': FUNCTION }
  const all = { ...functions, 'cloudfunctions/count/version.js': VERSION(1), ...files }
  for (const [name, text] of Object.entries(all)) {
    const file = path.join(directory, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  return directory
}

function environment(more) {
  const env = { ...process.env, NO_COLOR: '1', TERM: 'dumb', ...more }
  for (const name of Object.keys(env)) if (/^(NODE_|WX_LOCAL_|CI$|VITEST|JEST)/.test(name)) delete env[name]
  return env
}

/** Starts a command; `until` resolves once the output has that many matches. */
function watch(context, cwd, args, terminal) {
  const command = [process.execPath, ...args]
  const child = terminal
    ? spawn('script', ['-qefc', command.join(' '), '/dev/null'], { cwd, env: environment() })
    : spawn(command[0], args, { cwd, env: environment() })
  context.after(() => child.kill('SIGKILL'))
  let output = ''
  const waiting = new Set()
  const heard = (text) => { output += text; for (const look of waiting) look() }
  child.stdout.setEncoding('utf8').on('data', heard)
  child.stderr.setEncoding('utf8').on('data', heard)
  const ended = new Promise((resolve) => { child.on('close', (code, signal) => resolve({ code, signal })) })
  const until = (pattern, count) => new Promise((resolve, reject) => {
    const look = () => {
      const found = [...output.matchAll(pattern)]
      if (found.length < count) return
      waiting.delete(look)
      resolve(found[count - 1])
    }
    waiting.add(look)
    look()
    ended.then(({ code, signal }) => reject(new Error(`ended (${signal ?? code}) before ${pattern}:\n${output}`)))
  })
  return { child, until, ended, output: () => output }
}

const RUNS = /RUN (\{.*?\})/g
const cases = [
  ...['jest', 'jest-29'].map((runner) => ({
    name: `${runner} --watchAll`, runner, terminal: true, idle: /Ran all test suites/g,
    args: [`node_modules/${runner}/bin/jest.js`, '--watchAll', '--watchman=false'],
    files: {
      'jest.config.js': "module.exports = { preset: 'wx-server-sdk-local' }\n",
      'a.test.js': `${COMMON}test('count', async () => {${BODY(', { require }')}})\n`,
    },
    end: ({ child }) => child.stdin.write('q'),
  })),
  ...[
    ['forks', 'CommonJS, loaded by Vite'], ['forks', 'CommonJS, loaded by Node'], ['threads', 'CommonJS, loaded by Node'],
    // Vitest's other pools keep the text of what is loaded with `require`.
    ['vmThreads', 'ES module, loaded by Vite'], ['vmForks', 'ES module, loaded by Vite'],
  ].map(([pool, how]) => ({
    name: `vitest watch, ${pool}, ${how}`, runner: 'vitest', terminal: true, idle: /Waiting for file changes/g,
    args: ['node_modules/vitest/vitest.mjs', 'watch', '--pool', pool],
    changes: how.startsWith('ES') ? 'version.mjs' : 'version.js',
    files: {
      'vitest.config.mjs': "import wx from 'wx-server-sdk-local/vitest'\nexport default { plugins: [wx()] }\n",
      'a.test.mjs': `import { createRequire } from 'node:module'
import { test } from 'vitest'
import ${CONTROL} from 'wx-server-sdk-local/testing'
const require = createRequire(import.meta.url)
test('count', async () => {${BODY(how.endsWith('Vite') ? ', { require: (path) => import(/* @vite-ignore */ path) }' : '')}})\n`,
      ...(how.startsWith('ES') && {
        'cloudfunctions/count/index.mjs': MODERN,
        'cloudfunctions/count/version.mjs': VERSION(1).replace('exports.version', 'export const version'),
      }),
    },
    end: ({ child }) => child.stdin.write('q'),
  })),
  {
    name: 'node --test --watch', idle: /# fail 0|fail 0/g,
    args: ['--require', 'wx-server-sdk-local/register', '--test', '--watch'],
    files: { 'a.test.js': `${COMMON}require('node:test').test('count', async () => {${BODY('')}})\n` },
    end: ({ child }) => child.kill('SIGTERM'), codes: [0, 'SIGTERM'],
  },
  {
    name: 'mocha --watch', runner: 'mocha', idle: /waiting for changes/g,
    args: ['node_modules/mocha/bin/mocha.js', '--watch'],
    files: {
      '.mocharc.json': '{ "node-option": ["require=wx-server-sdk-local/register"], "spec": ["*.test.js"] }',
      'a.test.js': `${COMMON}it('count', async () => {${BODY('')}})\n`,
    },
    end: ({ child }) => child.kill('SIGINT'), codes: [130, 'SIGINT', 'SIGTERM'],
    // One process for all runs: what was seeded is seeded anew, the rest stays.
    keeps: ['runs'],
  },
]

for (const { name, runner, terminal, idle, args, files, end, codes = [0], keeps = [], changes = 'version.js' } of cases) {
  test(name, { skip: terminal && !hasTerminal ? 'there is no script(1) of util-linux' : false }, async (context) => {
    const directory = project(context, runner, files)
    const running = watch(context, directory, args, terminal)
    const first = JSON.parse((await running.until(RUNS, 1))[1])
    await running.until(idle, 1)
    const changed = path.join(directory, 'cloudfunctions/count', changes)
    fs.writeFileSync(changed, fs.readFileSync(changed, 'utf8').replace('1', '2'))
    const second = JSON.parse((await running.until(RUNS, 2))[1])
    await running.until(idle, 2)
    assert.deepEqual(first, { before: [], version: 1, stored: 1 })
    assert.deepEqual(second, { before: keeps, version: 2, stored: 1 }, running.output())
    end(running)
    const { code, signal } = await running.ended
    assert.ok(codes.includes(code ?? signal), `${signal ?? code}\n${running.output()}`)
  })
}
