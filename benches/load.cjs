'use strict'
// What loading costs: require + init + database() in a fresh process, next to the official package and bare Node.
// Usage: node benches/load.cjs [rounds]
const { spawnSync } = require('node:child_process')
const { existsSync } = require('node:fs')
const path = require('node:path')

const rounds = Number(process.argv[2] ?? 15)
const root = path.join(__dirname, '..')
const programs = {
  'bare node': '',
  'wx-server-sdk': `require('wx-server-sdk')`,
  'wx-server-sdk-local': `require(${JSON.stringify(path.join(root, 'entry/sdk.js'))})`,
}

function run(load) {
  const work = load && `const cloud = ${load}; cloud.init({ env: 'e', secretId: 'a', secretKey: 'b' }); cloud.database().collection('a');`
  // The process ends itself: the official client would go on looking for its metadata host.
  const script = `const t = performance.now(); ${work}
    const ms = performance.now() - t;
    process.stdout.write(JSON.stringify({ ms, rss: process.memoryUsage().rss / 1e6, up: performance.now() }));
    process.exit(0)`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: root, encoding: 'utf8', env: { ...process.env, TENCENTCLOUD: 'true', WX_LOCAL_DATA_DIR: ':memory:' },
  })
  if (!stdout) throw new Error(stderr)
  return JSON.parse(stdout)
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
const figures = {}
for (const [name, load] of Object.entries(programs)) {
  const runs = Array.from({ length: rounds }, () => run(load))
  figures[name] = {
    'load ms': median(runs.map(({ ms }) => ms)),
    'whole process ms': median(runs.map(({ up }) => up)),
    'RSS MB': median(runs.map(({ rss }) => rss)),
  }
}
const rounded = Object.fromEntries(Object.entries(figures).map(([name, row]) =>
  [name, Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value.toFixed(1))]))]))
console.table(rounded)

const ratio = figures['wx-server-sdk']['load ms'] / figures['wx-server-sdk-local']['load ms']
console.log(`loading takes ${ratio.toFixed(0)} times less time than the official package (median of ${rounds})`)

/** Packages that an installation of `name` brings, itself included. */
function packages(name, seen = new Set()) {
  if (seen.has(name)) return seen
  const folder = path.join(root, 'node_modules', name)
  if (!existsSync(folder)) return seen
  seen.add(name)
  const { dependencies = {} } = require(path.join(folder, 'package.json'))
  for (const dependency of Object.keys(dependencies)) packages(dependency, seen)
  return seen
}
console.log(`packages installed: ${packages('wx-server-sdk').size} for the official one, 1 for this one (${Object.keys(require('../package.json').dependencies ?? {}).length} dependencies)`)
