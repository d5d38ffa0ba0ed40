'use strict'
// Runs the functions of the to-do mini-program through the command line, each in a process of its
// own. The data stays in the example's directory: a second run meets what the first has stored.
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

const project = join(__dirname, 'todo-miniprogram')
const program = join(__dirname, '..', 'entry', 'cli.js')
const openid = 'oDemoUser-0001'

/** Runs one command line; answers what it printed, as JSON. */
function command(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, '--json'], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, WX_LOCAL_DATA_DIR: '', WX_LOCAL_FUNCTIONS_DIR: '' },
  })
  if (status !== 0) {
    process.stderr.write(stderr + stdout)
    process.exit(1)
  }
  return JSON.parse(stdout)
}

/** Runs a function and tells of it. */
function run(name, event = {}) {
  const { durationMs, log, result } = command('run', name, '--event', JSON.stringify(event), '--openid', openid)
  console.log(`\n${name} ${JSON.stringify(event)}   ${durationMs.toFixed(1)} ms`)
  for (const { level, text } of log) console.log(`  ${level.padEnd(5)} ${text}`)
  console.log(`  =>    ${JSON.stringify(result, null, 1).replace(/\n */g, ' ')}`)
  return result
}

console.log(`The to-do mini-program, as ${openid}`)
const { visits } = run('login')
if (visits > 1) {
  const { data, total } = run('todo', { action: 'list' })
  console.log(`\nWelcome back: ${total} to-dos are left from last time, the newest is "${data[0]?.text}".`)
}
const milk = run('todo', { action: 'add', text: `buy milk (visit ${visits})`, tags: ['home'] })
const rent = run('todo', { action: 'add', text: `pay rent (visit ${visits})`, tags: ['urgent'], due: '2026-12-01' })
run('todo', { action: 'add', text: `call grandma (visit ${visits})` })
run('todo', { action: 'finish', id: milk._id })
run('todo', { action: 'remove', id: rent._id })
run('todo', { action: 'list' })
run('todo', { action: 'count' })
run('report')

const { documents } = command('check')
console.log(`\n${documents} documents are stored in ${join('examples', 'todo-miniprogram', '.wx-server-sdk-local')}.`)
console.log('Run it again: they will still be there. Start over: wx-server-sdk-local reset')
