'use strict'
// What a large upload costs in memory: the growth of the peak of resident memory, of `uploadFile` in this process and of
// the dev server that the official client uploads to. Linux alone: the figures are those of /proc.
// Usage: node benches/upload.cjs [megabytes]
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')

const MB = 1024 * 1024
const megabytes = Number(process.argv[2] ?? 1024)
const root = path.join(__dirname, '..')
const sdk = path.join(root, 'entry/sdk.js')

const peak = (pid) => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
/** From here on the peak is that of what follows. */
const forget = (pid) => fs.writeFileSync(`/proc/${pid}/clear_refs`, '5')

/** In a process of its own: `{ before, peak, seconds }` of an upload of `file` after a small one. */
async function upload(file) {
  const cloud = require(sdk)
  cloud.init()
  const send = (options) => cloud.uploadFile({ cloudPath: 'big', fileContent: fs.createReadStream(file, options) })
  await send({ end: 4 * MB })
  forget('self')
  const before = peak('self')
  const start = performance.now()
  const { fileID } = await send()
  const seconds = (performance.now() - start) / 1000
  const figures = { before, peak: peak('self'), seconds }
  if ((await cloud.getTempFileURL({ fileList: [fileID] })).fileList[0].status !== 0) throw new Error('the file is not there')
  return figures
}

function apart(file, directory) {
  const { stdout, stderr } = spawnSync(process.execPath, [__filename, '--upload', file], {
    encoding: 'utf8', cwd: directory, env: { ...process.env, WX_LOCAL_DATA_DIR: path.join(directory, 'data') },
  })
  if (!stdout) throw new Error(stderr)
  return JSON.parse(stdout)
}

async function server(file, directory) {
  const child = spawn(process.execPath, [path.join(root, 'entry/cli.js'), 'start', '--json', '--data-dir', path.join(directory, 'served')], {
    cwd: directory, stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const line = await new Promise((resolve) => { child.stdout.once('data', (text) => resolve(String(text))) })
    const { url, token } = JSON.parse(line)
    const ask = (to, method, headers, body) => new Promise((resolve, reject) => {
      const request = http.request(to, { method, headers }, (response) => {
        let text = ''
        response.on('data', (piece) => { text += piece })
        response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))))
      })
      request.on('error', reject)
      if (body instanceof fs.ReadStream) body.pipe(request)
      else request.end(body)
    })
    const authorization = `TC3-HMAC-SHA256 Credential=${token}/2026-01-01/tcb/tc3_request, Signature=x`
    const send = async (options) => {
      const body = JSON.stringify({ action: 'storage.getUploadMetadata', path: 'big', method: 'put' })
      const { data } = JSON.parse(await ask(`${url}/admin`, 'POST', { authorization }, body))
      await ask(data.url, 'PUT', {}, fs.createReadStream(file, options))
    }
    await send({ end: 4 * MB })
    forget(child.pid)
    const before = peak(child.pid)
    const start = performance.now()
    await send()
    return { before, peak: peak(child.pid), seconds: (performance.now() - start) / 1000 }
  } finally {
    child.kill('SIGINT')
    await new Promise((resolve) => { child.on('exit', resolve) })
  }
}

async function main() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-upload-'))
  const file = path.join(directory, 'content')
  try {
    // Sparse: reading it costs no disk.
    fs.closeSync(fs.openSync(file, 'w'))
    fs.truncateSync(file, megabytes * MB)
    const figures = { 'uploadFile of a stream': apart(file, directory), 'PUT to the dev server': await server(file, directory) }
    console.table(Object.fromEntries(Object.entries(figures).map(([name, { before, peak: most, seconds }]) => [
      `${name}, ${megabytes} MB`,
      { 'RSS before, MB': +before.toFixed(1), 'peak, MB': +most.toFixed(1), 'growth, MB': +(most - before).toFixed(1), 'MB/s': Math.round(megabytes / seconds) },
    ])))
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

if (process.argv[2] === '--upload') upload(process.argv[3]).then((figures) => console.log(JSON.stringify(figures)))
else main()
