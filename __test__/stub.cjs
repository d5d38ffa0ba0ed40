'use strict'
// A stand-in for the official package's service on loopback, and the official package talking to it.
const { createServer } = require('node:http')
const { once } = require('node:events')

const ANSWER = { list: ['{"_id":"i","a":1}'], insertedIds: ['i'], updated: 1, deleted: 1, total: 1, response_data: '1' }

/** Starts the stub. `take()` gives the body of the first request since it was called last. */
async function startStub() {
  let first
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      first ??= JSON.parse(Buffer.concat(chunks).toString())
      response.end(JSON.stringify({ requestId: 'r', data: ANSWER }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  Object.assign(process.env, {
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: `http://127.0.0.1:${server.address().port}/admin` }),
    TENCENTCLOUD: 'true',
    SILENCE: 'true',
  })
  return {
    take() {
      const body = first
      first = undefined
      return body
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

module.exports = { startStub }
