// A pool whose threads end when they have nothing to do, and are started again; some are ended at work.
const assert = require('node:assert/strict')
const path = require('node:path')
const { Piscina } = require('piscina')

const ROUNDS = 6
const TASKS = 8

async function main() {
  const pool = new Piscina({
    filename: path.join(__dirname, 'task.cjs'), minThreads: 0, maxThreads: 3, idleTimeout: 0,
    execArgv: ['--require', 'wx-server-sdk-local/register'],
  })
  const threads = new Set()
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await Promise.all(Array.from({ length: TASKS }, (_, n) => pool.run({ n })))
    for (const [n, { total, text, threadId }] of answers.entries()) {
      assert.deepEqual([total, text], [20, `file ${n}`])
      threads.add(threadId)
    }
    // A task that is given up takes its thread with it.
    const controller = new AbortController()
    const { port1, port2 } = new MessageChannel()
    port2.once('message', () => controller.abort())
    await assert.rejects(pool.run({ port: port1 }, { signal: controller.signal, transferList: [port1] }), { name: 'AbortError' })
    port2.close()
  }
  await pool.destroy()
  assert.ok(threads.size > ROUNDS, `only ${threads.size} threads`)
  console.log(`${ROUNDS * TASKS} tasks in ${threads.size} threads`)
}
main()
