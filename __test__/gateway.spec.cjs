'use strict'
// The official package from npm, in a process of its own, served by `start`; and who is not served.
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')

const ROOT = path.join(__dirname, '..')
const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-gateway-')))
const surroundings = Object.fromEntries(Object.entries(process.env)
  .filter(([name]) => !/^(WX_|TCB_|SCF_|TENCENTCLOUD|NODE_TEST_CONTEXT)/.test(name)))
let server

before(async () => {
  fs.mkdirSync(path.join(directory, 'cloudfunctions/echo'), { recursive: true })
  fs.writeFileSync(path.join(directory, 'project.config.json'), '{"cloudfunctionRoot": "cloudfunctions/", "appid": "wx1234567890abcdef"}')
  fs.writeFileSync(path.join(directory, 'wx-local.config.json'), '{"collections": {"todos": {}}}')
  fs.writeFileSync(path.join(directory, 'cloudfunctions/echo/index.js'), `exports.main = async ({ userInfo, answer, fail, ...event }) => {
    if (fail) throw new Error(fail)
    return answer === undefined ? { event, known: typeof userInfo.openId } : answer
  }`)
  fs.mkdirSync(path.join(directory, 'cloudfunctions/time'))
  fs.writeFileSync(path.join(directory, 'cloudfunctions/time/index.js'), `const { clock } = require(${JSON.stringify(path.join(ROOT, 'entry/testing.js'))})
    exports.main = ({ by }) => by === undefined ? clock.reset() : clock.advance(by)`)
  // A function lives in the time that it changes.
  fs.writeFileSync(path.join(directory, 'cloudfunctions/time/config.json'), '{"timeout": 900}')
  const child = spawn(process.execPath, [path.join(ROOT, 'entry/cli.js'), 'start', '--json', '--data-dir', path.join(directory, 'data')], { cwd: directory, env: surroundings })
  let stderr = ''
  child.stderr.on('data', (piece) => { stderr += piece })
  const line = await new Promise((resolve, reject) => {
    let stdout = ''
    child.stdout.on('data', (piece) => { stdout += piece; if (stdout.includes('\n')) resolve(stdout) })
    child.on('exit', () => reject(new Error(`the server ended: ${stderr}`)))
  })
  server = { child, ...JSON.parse(line) }
})
after(async () => {
  if (server !== undefined) {
    const ended = new Promise((resolve) => { server.child.on('exit', resolve) })
    server.child.kill('SIGINT')
    await ended
  }
  fs.rmSync(directory, { recursive: true })
})

/** What each operation answered to the package `module`. */
function operations(module_, variables) {
  const child = spawn(process.execPath, [path.join(__dirname, 'gateway/operations.cjs'), module_], {
    cwd: directory, env: { ...surroundings, SILENCE: 'true', ...variables },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (piece) => { stdout += piece })
  child.stderr.on('data', (piece) => { stderr += piece })
  return new Promise((resolve, reject) => {
    child.on('exit', () => {
      try { resolve(JSON.parse(stdout.split('\n').at(-1))) } catch { reject(new Error(stdout + stderr)) }
    })
  })
}

function exchange(url, { method = 'POST', headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (piece) => { text += piece })
      response.on('end', () => resolve({ status: response.statusCode, text, told: response.headers }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function ask(...args) {
  const { status, text } = await exchange(...args)
  return { status, text }
}

const signed = () => ({ authorization: `TC3-HMAC-SHA256 Credential=${server.token}/2026-01-01/tcb/tc3_request, SignedHeaders=host, Signature=x` })
const admin = async (fields) => {
  const { status, text } = await ask(`${server.url}/admin?env=&seqId=1`, { headers: signed(), body: typeof fields === 'string' ? fields : JSON.stringify(fields) })
  assert.equal(status, 200, text)
  return JSON.parse(text)
}

test('the official package gets the answers of ours, call by call', async () => {
  const [official, ours] = await Promise.all([
    operations(require.resolve('wx-server-sdk'), server.variables),
    operations(path.join(ROOT, 'entry/sdk.js'), { WX_LOCAL_DATA_DIR: ':memory:', WX_LOCAL_DIAGNOSTICS: 'off' }),
  ])
  assert.ok(Object.keys(ours).length >= 60)
  for (const [name, answer] of Object.entries(ours)) assert.deepEqual(official[name], answer, name)
  // They are answers, not failures to connect.
  assert.ok(Object.values(official).filter(({ value }) => value !== undefined).length >= 40)
})

test('what is not served says so', async () => {
  const program = `const cloud = require(process.argv[1]); cloud.init()
    const told = (work) => work().then(() => 'answered', ({ errMsg }) => errMsg)
    ;(async () => console.log(JSON.stringify([
      await told(() => cloud.openapi.security.msgSecCheck({ content: 'a' })),
      await told(() => cloud.cloudPay.unifiedOrder({ body: 'a' })),
      await told(() => cloud.callOpenAPI({ api: 'security.msgSecCheck', data: {} })),
      await told(() => cloud.getOpenData({ list: ['a'] })),
    ])))()`
  const child = spawn(process.execPath, ['-e', program, require.resolve('wx-server-sdk')], { cwd: directory, env: { ...surroundings, SILENCE: 'true', ...server.variables } })
  let stdout = ''
  child.stdout.on('data', (piece) => { stdout += piece })
  await new Promise((resolve) => { child.on('exit', resolve) })
  for (const errMsg of JSON.parse(stdout)) assert.match(errMsg, /:fail .*open capabilities and payment are not served/)
})

describe('who is not served', () => {
  test('without the token, or as a page of elsewhere', async () => {
    const url = `${server.url}/admin?env=&seqId=1`
    const body = '{"action":"database.startTransaction"}'
    for (const [headers, status] of [
      [{}, 401], [{ authorization: `Bearer ${server.token}` }, 401],
      [{ authorization: 'TC3-HMAC-SHA256 Credential=guess/2026-01-01/tcb/tc3_request, Signature=x' }, 401],
      [{ ...signed(), host: 'evil.example' }, 403], [{ ...signed(), origin: 'http://evil.example' }, 403],
      [signed(), 200],
    ]) {
      assert.equal((await ask(url, { headers, body })).status, status, JSON.stringify(headers))
    }
    assert.equal((await ask(url, { method: 'GET', headers: signed() })).status, 404)
  })

  test('requests that make no sense', async () => {
    for (const [body, code] of [
      ['', 'INVALID_PARAM'], ['{', 'INVALID_PARAM'], ['[]', 'INVALID_PARAM'], [{}, 'INVALID_PARAM'], [{ action: 7 }, 'INVALID_PARAM'],
      [{ action: 'database.dropEverything' }, 'INVALID_PARAM'],
      [{ action: 'database.getDocument', collectionName: 'todos', query: '{' }, 'INVALID_PARAM'],
      [{ action: 'database.getDocument', collectionName: 'todos', query: '[1]' }, 'INVALID_PARAM'],
      [{ action: 'database.getDocument', collectionName: 'todos', query: `{"a":${'['.repeat(200)}${']'.repeat(200)}}` }, 'INVALID_PARAM'],
      [{ action: 'database.insertDocument', collectionName: 'todos', data: [null] }, 'INVALID_PARAM'],
      [{ action: 'database.insertDocument', collectionName: 'todos', data: ['7'] }, 'INVALID_PARAM'],
      [{ action: 'database.insertDocument', collectionName: 5, data: ['{}'] }, 'DATABASE_COLLECTION_NOT_EXIST'],
      [{ action: 'database.aggregateDocuments', collectionName: 'todos', stages: [{}] }, 'DATABASE_REQUEST_FAILED'],
      [{ action: 'database.commitTransaction', transactionId: 'none' }, 'DATABASE_TRANSACTION_FAIL'],
      [{ action: 'functions.invokeFunction', function_name: '../x' }, 'FUNCTION_NOT_FOUND'],
      [{ action: 'storage.getUploadMetadata', path: '' }, 'INVALID_PARAM'],
      [{ action: 'storage.getUploadMetadata', path: 'x', envName: '../..' }, 'INVALIID_ENV'],
    ]) {
      const answer = await admin(body)
      assert.equal(answer.code, code, JSON.stringify([body, answer]).slice(0, 300))
      assert.equal(typeof answer.message, 'string')
      assert.equal(typeof answer.requestId, 'string')
    }
    for (const fields of [
      { action: 'database.getDocument', collectionName: 'todos' },
      { action: 'database.modifyDocument', collectionName: 'todos', data: '{}', query: '{"_id":"none"}', merge: true },
      { action: 'database.insertDocument', collectionName: 'todos', data: [] },
      { action: 'storage.batchDeleteFile' }, { action: 'storage.batchGetDownloadUrl', file_list: [null, 7, {}] },
    ]) assert.equal((await admin(fields)).code, undefined, JSON.stringify(fields))
  })
})

describe('files over HTTP', () => {
  const metadata = async (name) => (await admin({ action: 'storage.getUploadMetadata', path: name, method: 'put' })).data
  const address = async (fileid) => {
    const { data } = await admin({ action: 'storage.batchGetDownloadUrl', file_list: [{ fileid }] })
    return data.download_list[0]
  }

  test('a URL for uploading uploads, and nothing else', async () => {
    const { url, fileId } = await metadata('mine.txt')
    assert.equal((await ask(url, { method: 'GET' })).status, 403)
    assert.equal((await ask(url.replace('mine', 'other'), { method: 'PUT', body: 'x' })).status, 403)
    const wrong = await ask(url.replace('sign=', 'sign=0'), { method: 'PUT', body: 'x' })
    assert.match(wrong.text, /^<Error><Code>STORAGE_SIGN_PARAM_INVALID<\/Code><Message>.*<\/Message><RequestId>.*<\/RequestId><TraceId>.*<\/TraceId><\/Error>$/)
    assert.equal((await ask(url, { method: 'PUT', headers: { host: 'evil.example' }, body: 'x' })).status, 403)
    assert.notEqual((await address(fileId)).code, 'SUCCESS')
    assert.deepEqual(await ask(url, { method: 'PUT', body: 'content' }), { status: 200, text: '' })
    const { tempFileURL } = await address(fileId)
    assert.deepEqual(await ask(tempFileURL, { method: 'GET' }), { status: 200, text: 'content' })
    assert.equal((await ask(tempFileURL, { method: 'PUT', body: 'changed' })).status, 403)
    assert.equal((await ask(tempFileURL, { method: 'GET' })).text, 'content')
  })

  test('a URL gives a part of its file, or what is known of it', async () => {
    const { url, fileId } = await metadata('照片/a b.json')
    assert.equal((await ask(url, { method: 'PUT', body: '0123456789' })).status, 200)
    const { tempFileURL } = await address(fileId)
    for (const [method, range, status, text, place, length] of [
      ['GET', undefined, 200, '0123456789', undefined, '10'],
      ['HEAD', undefined, 200, '', undefined, '10'],
      ['GET', 'bytes=2-4', 206, '234', 'bytes 2-4/10', '3'],
      ['HEAD', 'bytes=2-4', 206, '', 'bytes 2-4/10', '3'],
      ['GET', 'bytes=7-', 206, '789', 'bytes 7-9/10', '3'],
      ['GET', 'bytes=-4', 206, '6789', 'bytes 6-9/10', '4'],
      ['GET', 'bytes=0-999', 206, '0123456789', 'bytes 0-9/10', '10'],
      ['GET', 'bytes=0-1,4-5', 200, '0123456789', undefined, '10'],
      ['GET', 'bytes=4-2', 200, '0123456789', undefined, '10'],
      ['GET', 'bytes=10-', 416, '{"errMsg":"the file has 10 bytes"}', 'bytes */10', undefined],
    ]) {
      const answer = await exchange(tempFileURL, { method, headers: range === undefined ? {} : { range } })
      const { 'content-range': where, 'content-length': size, 'content-type': type, 'accept-ranges': unit } = answer.told
      const label = `${method} ${range}`
      assert.deepEqual([answer.status, answer.text, where, unit], [status, text, place, 'bytes'], label)
      if (length !== undefined) assert.deepEqual([size, type], [length, 'application/json'], label)
    }
    assert.equal((await ask(tempFileURL.replace('sign=', 'sign=0'), { method: 'HEAD' })).status, 403)
  })

  test('a URL ends when the time of the world says so', async () => {
    const { url, fileId } = await metadata('short.txt')
    assert.equal((await ask(url, { method: 'PUT', body: 'x' })).status, 200)
    const { tempFileURL } = await address(fileId)
    const time = (by) => ask(`${server.url}/invoke/time`, { headers: { authorization: `Bearer ${server.token}` }, body: JSON.stringify({ by }) })
    const get = () => ask(tempFileURL, { method: 'GET' })
    try {
      assert.equal((await time({ seconds: 590 })).status, 200)
      assert.equal((await get()).status, 200)
      assert.equal((await time({ seconds: 20 })).status, 200)
      assert.deepEqual(await get(), { status: 403, text: '{"errMsg":"the temporary URL has expired"}' })
      assert.equal((await ask((await address(fileId)).tempFileURL, { method: 'GET' })).text, 'x')
    } finally {
      await time()
    }
    assert.equal((await get()).text, 'x')
  })

  test('an upload that breaks off leaves nothing', async () => {
    const { url, fileId } = await metadata('broken.txt')
    const { hostname, port, pathname, search } = new URL(url)
    for (const head of ['content-length: 100000', 'transfer-encoding: chunked']) {
      const socket = net.connect(Number(port), hostname)
      const closed = new Promise((resolve) => { socket.on('close', resolve) })
      socket.on('error', () => {})
      socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${head}\r\n\r\n1000\r\n${'x'.repeat(0x1000)}`)
      await new Promise(setImmediate)
      socket.destroy()
      await closed
    }
    // The next answer comes after the server saw both end.
    await admin({ action: 'database.startTransaction' })
    assert.notEqual((await address(fileId)).code, 'SUCCESS')
    const parts = () => fs.readdirSync(path.join(directory, 'data/files/tmp'))
    for (let round = 0; parts().length > 0; round++) {
      assert.ok(round < 1000, `left: ${parts()}`)
      await admin({ action: 'database.startTransaction' })
    }
  })
})
