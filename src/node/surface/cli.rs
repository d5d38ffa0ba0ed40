//! The program of the command line: one function for each task. What to do was decided in
//! `command_line`; here is what only a script can do, such as children, signals and timers.

pub const SOURCE: &str = r"
const createCli = (job) => {
  const { process, setTimeout, clearTimeout, setInterval, clearInterval } = host.global;
  const { require } = host;
  const fs = require('fs');
  const { sep, dirname } = require('path');
  const handle = native.newTest();
  const control = controlOf(handle);
  const world = native.testWorld(handle);
  const say = (text) => process.stdout.write(`${text}\n`);
  const tell = (text) => process.stderr.write(`${text}\n`);
  const answer = (value, text) => say(job.json ? JSON.stringify(value) : text);
  const plural = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  // What functions print is no answer.
  const toStderr = () => {
    const { Console } = require('console');
    const console = new Console(process.stderr, process.stderr);
    for (const level of ['log', 'info', 'warn', 'error', 'debug', 'dir', 'table', 'trace']) {
      host.global.console[level] = console[level].bind(console);
    }
  };
  // Shown on a terminal alone, and only when it takes long.
  const during = async (what, work) => {
    if (!job.progress) return work;
    const began = Date.now();
    let shown = false;
    const ticker = setInterval(() => {
      shown = true;
      process.stderr.write(`\r${what} .. ${Math.round((Date.now() - began) / 1000)} s`);
    }, 1000);
    try { return await work; } finally {
      clearInterval(ticker);
      if (shown) process.stderr.write('\r\u001b[K');
    }
  };
  const failed = (error) => {
    const { errCode, requestId } = error ?? {};
    const errMsg = String(error?.errMsg ?? error?.message ?? error).replace(/^testing\.[\w.]+: /, '');
    if (job.json) say(JSON.stringify({ error: { errCode, errMsg, requestId } }));
    else tell(`error: ${errMsg}`);
    process.exitCode = 1;
  };

  // A function whose files have changed since they were loaded is loaded again.
  const stamps = new Map();
  const stampOf = (file) => {
    try { const { mtimeMs, size } = fs.statSync(file); return `${mtimeMs}-${size}`; } catch { return ''; }
  };
  const fresh = (path, { name, isEsm }) => {
    const at = path.lastIndexOf(`${sep}${name}${sep}`);
    const folder = at < 0 ? dirname(path) + sep : path.slice(0, at + name.length + 2);
    const loaded = () => Object.keys(require.cache).filter((file) => file.startsWith(folder));
    const known = loaded().filter((file) => stamps.has(file));
    if (known.some((file) => stamps.get(file) !== stampOf(file))) {
      for (const file of loaded()) { delete require.cache[file]; stamps.delete(file); }
    }
    if (isEsm) return host.import(`${require('url').pathToFileURL(path).href}?changed=${stampOf(path)}`);
    try { return require(path); } finally {
      for (const file of loaded()) if (!stamps.has(file)) stamps.set(file, stampOf(file));
    }
  };

  const show = () => {
    for (const text of native.cliRuns(handle, job.colours)) process.stderr.write(text);
  };
  const ran = async (plan) => {
    try { return await invoke(plan()); } finally { show(); }
  };
  const respond = async (name, event, openid, env, reply) => {
    try {
      const options = { as: openid, env };
      const done = await ran(() => native.testPlan(handle, name, JSON.parse(event), options, []));
      native.cliReply(reply, 200, JSON.stringify(done));
    } catch (error) {
      const { code, errCode, errMsg = error.message, requestId } = error;
      const status = native.cliStatus(String(errMsg));
      native.cliReply(reply, status, JSON.stringify({ code, errCode, errMsg, requestId }));
    }
  };
  const runTimers = () => {
    const { testNow, cliNextTimers } = native;
    let after = testNow(handle);
    let timer;
    const tick = () => {
      let next;
      // A project that cannot be read now is looked at again.
      try { next = cliNextTimers(handle, after); } catch (error) { tell(`timers: ${error.message}`); }
      const now = testNow(handle);
      if (next !== undefined && next.at <= now) {
        after = next.at;
        for (const { name, trigger } of next.due) {
          ran(() => native.cliTimer(handle, name, trigger)).catch(() => { /* it was shown */ });
        }
        timer = setTimeout(tick, 0);
        return;
      }
      after = now;
      timer = setTimeout(tick, Math.min(next === undefined ? 5000 : next.at - now, 5000));
    };
    tick();
    return () => clearTimeout(timer);
  };

  // What a function leaves uncaught ends its run, if it still runs, and not the program.
  const surviveFunctions = () => {
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      process.on(event, (error) => {
        const run = runs.get(native.runningId());
        if (run !== undefined) run.fail(error);
        else tell(`${event}: ${require('util').inspect(error)}`);
      });
    }
  };

  const tasks = {
    start: ({ port }) => {
      loaders.set(world, fresh);
      surviveFunctions();
      native.cliQuiet(handle);
      host.onRequest = respond;
      const server = native.cliServe(handle, port);
      const endTimers = runTimers();
      const end = (code) => {
        endTimers();
        native.cliStop(server.gateway);
        process.exit(code);
      };
      process.removeAllListeners('SIGINT');
      process.once('SIGINT', () => end(130));
      process.once('SIGTERM', () => end(143));
      const { url, token, functions, root, variables } = server;
      answer({ url, token, functions, variables }, native.cliWelcome(url, token, functions, root, variables));
    },
    exec: ({ command: [file, ...rest] }) => new Promise((resolve) => {
      const register = require.resolve('./register.js');
      const { NODE_OPTIONS = '' } = process.env;
      const options = `${NODE_OPTIONS} --require ${JSON.stringify(register)}`.trim();
      const child = require('child_process').spawn(file, rest, {
        stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: options },
        shell: process.platform === 'win32',
      });
      // A terminal interrupts both: what the child makes of it decides.
      process.removeAllListeners('SIGINT');
      process.on('SIGINT', () => child.kill('SIGINT'));
      process.on('SIGTERM', () => child.kill('SIGTERM'));
      child.on('error', (error) => { tell(`error: ${file}: ${error.message}`); process.exitCode = 1; resolve(); });
      child.on('exit', (code, signal) => {
        process.exitCode = code ?? 128 + require('os').constants.signals[signal];
        process.removeAllListeners('SIGINT');
        process.removeAllListeners('SIGTERM');
        resolve();
      });
    }),
    run: async ({ function: name, event }) => {
      surviveFunctions();
      const outcome = control.invoke(name, event);
      if (!job.json) return say(JSON.stringify(await during(name, outcome), null, 2) ?? 'null');
      await during(name, outcome.catch(() => {}));
      const run = control.invocations().findLast((known) => known.depth === 1);
      if (run === undefined) return outcome;
      say(JSON.stringify(run));
      if (run.error !== undefined) process.exitCode = 1;
    },
    seed: async ({ source }) => {
      if (source.kind === 'collection') {
        const { succeeded } = await during('seed', control.import(source.name, source.path));
        return answer({ collections: [source.name], documents: succeeded }, `seeded ${source.name}: ${plural(succeeded, 'document')}`);
      }
      await during('seed', source.kind === 'object'
        ? promise(native.cliSeed, handle, source.text) : control.seed(source.path));
      const collections = await control.collections();
      answer({ collections }, `seeded; there is ${collections.join(', ')}`);
    },
    import: async ({ collection, file, options }) => {
      const report = await during('import', control.import(collection, file, options));
      for (const { line, message } of job.json ? [] : report.errors) tell(`line ${line}: ${message}`);
      answer(report, `imported ${plural(report.succeeded, 'document')} into ${collection}, ${report.failed} failed`);
      if (report.failed > 0) process.exitCode = 1;
    },
    export: async ({ collection, file, format, fields }) => {
      const options = fields.length > 0 ? { fields } : {};
      const text = await during('export', control.export(collection, format, options));
      if (file === null) { process.stdout.write(text); return; }
      const bytes = await promise(native.cliSave, file, text);
      answer({ collection, file, bytes }, `exported ${collection} to ${file}: ${plural(bytes, 'byte')}`);
    },
    reset: async ({ confirmed }) => {
      if (!confirmed && !await agreed(`Drop every collection and file in ${job.dataDir}? [y/N] `)) {
        tell('nothing was dropped: say --yes');
        process.exitCode = 1;
        return;
      }
      await during('reset', control.reset());
      await promise(native.cliCollect, handle);
      answer({ reset: job.dataDir }, `${job.dataDir} is empty`);
    },
    check: async () => {
      const report = await during('check', promise(native.cliCheck, handle));
      for (const problem of job.json ? [] : report.problems) tell(problem);
      answer(report, `${plural(report.collections, 'collection')}, ${plural(report.documents, 'document')}, `
        + `${plural(report.indexEntries, 'index entry').replace('entrys', 'entries')}: ${report.sound ? 'sound' : 'NOT sound'}`);
      if (!report.sound) process.exitCode = 1;
    },
    compact: async () => {
      const report = await during('compact', promise(native.cliCompact, handle));
      answer(report, `${report.beforeBytes} bytes before, ${report.afterBytes} after`);
    },
    doctor: async ({ project }) => {
      const findings = await promise(native.cliDoctor, handle, process.version, project, job.dataDir);
      answer({ findings }, findings.map(({ state, what }) => `${state.padEnd(7)} ${what}`).join('\n'));
      if (findings.some(({ state }) => state === 'problem')) process.exitCode = 1;
    },
  };
  const agreed = (question) => {
    if (!process.stdin.isTTY) return false;
    const lines = require('readline').createInterface({ input: process.stdin, output: process.stderr });
    return new Promise((resolve) => {
      lines.question(question, (text) => { lines.close(); resolve(/^y(es)?$/i.test(text.trim())); });
      lines.on('close', () => resolve(false));
    });
  };
  toStderr();
  process.once('SIGINT', () => process.exit(130));
  return Promise.resolve(job).then(tasks[job.task]).catch(failed)
    .finally(() => { if (job.task !== 'start') process.removeAllListeners('SIGINT'); });
};
";
