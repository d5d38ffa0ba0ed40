//! The program of the command line: one function for each task. What to do was decided in
//! `command_line`; here is what only a script can do, such as children, signals and timers.

pub const SOURCE: &str = r"
const createCli = (job) => {
  const { process, setTimeout, clearTimeout } = host.global;
  const { require } = host;
  const { sep } = require('path');
  const handle = native.newTest();
  const control = controlOf(handle);
  const world = native.testWorld(handle);
  const say = (text) => process.stdout.write(`${text}\n`);
  const tell = (text) => process.stderr.write(`${text}\n`);
  // What a task came to, decided and worded natively.
  const conclude = ({ json, text, notes, code }) => {
    for (const note of job.json ? [] : notes) tell(note);
    say(job.json ? json : text);
    process.exitCode = code;
  };
  let onInterrupt = () => process.exit(130);
  // One handler of each from the beginning to the end: without any a signal would end the program
  // at once.
  const signals = new Map();
  const listen = (signal, handle) => {
    signals.set(signal, handle);
    process.on(signal, handle);
  };
  // Shown on a terminal alone, and only when it takes long.
  let endProgress = () => {};
  const during = async (what, work) => {
    if (!job.progress) return work;
    const began = Date.now();
    let shown = false;
    let timer;
    endProgress = () => {
      clearTimeout(timer);
      if (shown) process.stderr.write('\r\u001b[K');
      endProgress = () => {};
    };
    const draw = () => {
      shown = true;
      process.stderr.write(`\r${native.cliProgress(handle, what, Date.now() - began, process.stderr.columns || 80)}\u001b[K`);
      timer = setTimeout(draw, 200);
    };
    timer = setTimeout(draw, 1000);
    try { return await work; } finally { endProgress(); }
  };
  const failed = (error) => {
    const { errCode, requestId } = error ?? {};
    const errMsg = String(error?.errMsg ?? error?.message ?? error).replace(/^testing\.[\w.]+: /, '');
    if (job.json) say(JSON.stringify({ error: { errCode, errMsg, requestId } }));
    else tell(`error: ${errMsg}`);
    process.exitCode = 1;
  };

  // A function that is debugged, and whose files have changed since they were loaded, is loaded
  // again.
  const stamps = new Map();
  const fresh = (path, { folder: directory, isEsm }) => {
    followImports();
    const folder = directory + sep;
    const [stamp, known] = [native.cliStamp(folder), stamps.get(folder)];
    if (known === undefined) stamps.set(folder, { first: stamp, stamp });
    else if (known.stamp !== stamp) {
      known.stamp = stamp;
      for (const file of Object.keys(require.cache)) {
        if (file.startsWith(folder) && !file.includes(`${sep}node_modules${sep}`)) delete require.cache[file];
      }
    }
    if (!isEsm) return require(path);
    const query = known === undefined || known.first === stamp ? '' : `?changed=${stamp}`;
    return host.import(require('url').pathToFileURL(path).href + query);
  };
  // What a changed ES module imports is loaded again with it.
  const carried = (found, { parentURL = '' }) => {
    const query = /\?changed=\w+$/.exec(parentURL);
    const ours = query && found.url.startsWith('file:') && !/[?#]|\/node_modules\//.test(found.url);
    return ours ? { ...found, url: found.url + query[0] } : found;
  };
  let isFollowed = false;
  const followImports = () => {
    if (isFollowed) return;
    isFollowed = true;
    const Module = require('module');
    if (Module.registerHooks) {
      Module.registerHooks({ resolve: (name, context, next) => carried(next(name, context), context) });
    } else if (Module.register) {
      Module.register('data:text/javascript,' + encodeURIComponent(`const carried = ${carried};
        export const resolve = async (name, context, next) => carried(await next(name, context), context);`));
    }
  };

  // Where functions run, if they do. One that is debugged runs on this thread: breakpoints are set
  // here, and a thread that stands still at one has no time limit.
  let instances;
  let debugged = 0;
  const debug = async (plan) => {
    if (debugged++ === 0) {
      require('./register.js');
      // It may never let this thread go again, and an interrupt must end it all the same.
      for (const [signal, handle] of signals) process.off(signal, handle);
    }
    try { return await runInvocation(plan); } finally {
      if (--debugged === 0) for (const [signal, handle] of signals) process.on(signal, handle);
    }
  };
  const openInstances = (options) => {
    host.carryOut = (plan, isNested) => (isDebugged() ? debug(plan) : instances.run(plan, isNested));
    surviveFunctions();
    instances = createInstances(handle, { ...options, carryOut: host.carryOut });
    onInterrupt = () => instances.exit(130);
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
      openInstances({ stampOf: ({ folder }) => native.cliStamp(folder), onOrphan: show, keepsSpare: true });
      native.cliQuiet(handle);
      host.onRequest = respond;
      const server = native.cliServe(handle, port);
      const endTimers = runTimers();
      let isEnding = false;
      const end = (code) => {
        if (isEnding) return;
        isEnding = true;
        endTimers();
        native.cliStop(server.gateway);
        instances.exit(code);
      };
      onInterrupt = () => end(130);
      listen('SIGTERM', () => end(143));
      listen('SIGHUP', () => end(129));
      instances.keepSpare();
      const { url, token, functions, variables } = server;
      say(job.json ? JSON.stringify({ url, token, functions, variables }) : native.cliWelcome(server));
    },
    exec: ({ command: [file, ...rest] }) => new Promise((resolve) => {
      const register = require.resolve('./register.js');
      const { NODE_OPTIONS = '' } = process.env;
      const options = `${NODE_OPTIONS} --require ${JSON.stringify(register)}`.trim();
      // A terminal interrupts both by itself; what the child makes of it decides.
      const isTyped = require('tty').isatty(0);
      let child;
      // Before there is a child, and to the end: no moment in which a signal ends this program.
      onInterrupt = () => { if (!isTyped) child?.kill('SIGINT'); };
      for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal));
      child = require('child_process').spawn(file, rest, {
        stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: options },
        shell: process.platform === 'win32',
      });
      child.on('error', (error) => {
        const isMissing = error.code === 'ENOENT';
        failed(new Error(isMissing ? `there is no command '${file}'` : `${file}: ${error.message}`));
        // As shells end.
        process.exitCode = isMissing ? 127 : 126;
        resolve();
      });
      // At once: a program that comes to its end by itself lets go of its signals some time before.
      child.on('exit', (code, signal) => {
        process.exit(code ?? 128 + require('os').constants.signals[signal]);
      });
    }),
    run: async ({ function: name, event }) => {
      openInstances({ stampOf: () => '', onOrphan: () => {}, keepsSpare: false });
      instances.prepare();
      const outcome = control.invoke(name, event);
      outcome.catch(({ cause, errMsg, message }) => {
        if (native.cliStatus(String(errMsg ?? message)) === 404 && cause !== undefined) tell(cause.message);
      });
      if (!job.json) return say(JSON.stringify(await during(name, outcome), null, 2) ?? 'null');
      await during(name, outcome.catch(() => {}));
      const run = control.invocations().findLast((known) => known.depth === 1);
      if (run === undefined) return outcome;
      say(JSON.stringify(run));
      if (run.error !== undefined) process.exitCode = 1;
    },
    seed: async ({ source: { kind, text, path } }) => {
      conclude(await during('seed', promise(native.cliSeed, handle, kind, text ?? path)));
    },
    import: async ({ collection, file, options }) => {
      conclude(await during('import', promise(native.cliImport, handle, collection, file, options)));
    },
    export: async ({ collection, file, format, fields }) => {
      const options = fields.length > 0 ? { fields } : {};
      const text = await during('export', control.export(collection, format, options));
      if (file === null) process.stdout.write(text);
      else conclude(await promise(native.cliSave, collection, file, text));
    },
    reset: async ({ confirmed }) => {
      if (!confirmed && !await agreed(`Drop every collection and file in ${job.dataDir}? [y/N] `)) {
        tell('nothing was dropped: say --yes');
        process.exitCode = 1;
        return;
      }
      conclude(await during('reset', promise(native.cliReset, handle, job.dataDir)));
    },
    check: async ({ repair }) => {
      const work = repair === null ? promise(native.cliCheck, handle) : promise(native.cliRepair, job.dataDir, repair);
      conclude(await during('check', work));
    },
    compact: async () => conclude(await during('compact', promise(native.cliCompact, handle))),
    doctor: async ({ project }) => {
      const broken = {};
      for (const [name, file] of native.cliEntries(handle)) broken[name] = syntaxError(file);
      const asked = JSON.stringify({ node: process.version, project, dataDir: job.dataDir, broken });
      conclude(await promise(native.cliDoctor, handle, asked));
    },
  };
  // What keeps a CommonJS file from being compiled; nothing of it runs.
  const syntaxError = (file) => {
    if (!/[.]c?js$/.test(file)) return;
    const source = require('fs').readFileSync(file, 'utf8').replace(/^#!.*/, '');
    try {
      new (require('vm').Script)(require('module').wrap(source), { filename: file });
    } catch ({ stack, message }) {
      return `${String(stack).split('\n', 1)[0]}: ${message}`;
    }
  };
  const agreed = (question) => {
    if (!process.stdin.isTTY) return false;
    const lines = require('readline').createInterface({ input: process.stdin, output: process.stderr });
    return new Promise((resolve) => {
      lines.question(question, (text) => { resolve(/^y(es)?$/i.test(text.trim())); lines.close(); });
      lines.on('close', () => resolve(false));
    });
  };
  toStderr();
  listen('SIGINT', () => { endProgress(); onInterrupt(); });
  return Promise.resolve(job).then(tasks[job.task]).catch(failed)
    .then(() => (job.task === 'run' ? instances.finish() : undefined));
};
";
