//! Instances: threads of the program of the command line in which functions run, each with
//! JavaScript of its own. One that spins holds nobody up, and can be ended.
//!
//! The program plans a run, gives its number to an instance, and answers for it; an instance calls
//! the function. World, caller, log and the mark of a run that has ended are shared natively, so
//! the messages in between carry numbers and texts alone.

use crate::limits::{
    FUNCTION_ANSWER_BYTES_MAX, INSTANCE_MEMORY_MB_MIN, INSTANCES_IDLE_MAX,
    INSTANCES_PER_FUNCTION_MAX,
};

/// What the program of the command line has of instances.
pub fn program() -> String {
    format!(
        "const [PER_FUNCTION_MAX, IDLE_MAX] = \
         [{INSTANCES_PER_FUNCTION_MAX}, {INSTANCES_IDLE_MAX}];\n\
         const MEMORY_MB_MIN = {INSTANCE_MEMORY_MB_MIN};\n\
         {CONSOLE}{PROGRAM}"
    )
}

/// What an instance is.
pub fn instance() -> String {
    // One more than the service carries tells as much as all of a longer answer.
    let shown = FUNCTION_ANSWER_BYTES_MAX + 1;
    format!(
        "const ANSWER_SHOWN = {shown};\n{CONSOLE}{INSTANCE}host.createInstance = createInstance;\n"
    )
}

const CONSOLE: &str = r"
// What functions print is no answer.
const toStderr = () => {
  const { process, console: own } = host.global;
  const { Console } = host.require('console');
  const console = new Console(process.stderr, process.stderr);
  for (const level of ['log', 'info', 'warn', 'error', 'debug', 'dir', 'table', 'trace']) {
    own[level] = console[level].bind(console);
  }
};
";

const PROGRAM: &str = r"
// How long a thread may take to say that it is awake, and to end before the program ends without
// it.
const [AWAKE_MS, PATIENCE_MS] = [250, 500];
// What was thrown in another thread, as it described itself there.
const described = (reason) => {
  const text = String(reason);
  const error = new Error(text.split('\n', 1)[0]);
  hide(error, 'stack', text);
  return error;
};
// `stampOf` tells whether a function has changed, `carryOut` where a run belongs that a function
// asks for, `onOrphan` that such a run ended after the one that had asked for it.
const createInstances = (handle, { stampOf, carryOut, onOrphan, keepsSpare }) => {
  const { process } = host.global;
  const { Worker, MessageChannel, receiveMessageOnPort, SHARE_ENV } = host.require('worker_threads');
  const world = native.offerWorld(handle);
  const env = { ...process.env };
  // Those that may be given runs, the one that rested last at the end; and those told to end.
  const [all, ending] = [new Set(), new Set()];
  // The run that the program itself began was ended: nothing is worth waiting for.
  let isLost = false;
  // The program ends. Nobody is told of the runs that end with it.
  let isLeaving = false;

  const begin = (memoryMb) => {
    const { port1: port, port2 } = new MessageChannel();
    const worker = new Worker(host.require.resolve('./instance.js'), {
      // `process.env` is made in the thread: only the process's own can set the time zone.
      env: SHARE_ENV, workerData: { world, env, port: port2 }, transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    const instance = { worker, port, memoryMb, runs: new Map(), until: 0, isReady: false, isClosing: false };
    instance.exited = new Promise((resolve) => { instance.onExit = resolve; });
    worker.on('error', (error) => {
      instance.death = error?.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? native.memoryText(memoryMb) : native.describeThrown(error);
    });
    worker.on('exit', (code) => gone(instance, code));
    port.on('message', (message) => heard(instance, message));
    all.add(instance);
    return instance;
  };
  const end = (instance) => {
    if (!all.delete(instance)) return;
    clearTimeout(instance.alarm);
    ending.add(instance);
    instance.worker.terminate();
  };
  const gone = (instance, code) => {
    const { port, runs: left } = instance;
    all.delete(instance);
    for (let last; (last = receiveMessageOnPort(port)) !== undefined;) heard(instance, last.message);
    port.close();
    clearTimeout(instance.alarm);
    ending.delete(instance);
    for (const run of [...left.values()]) {
      // One that could not even begin would not begin elsewhere.
      if (instance.isReady && run.move()) continue;
      run.lose(described(instance.death ?? native.exitText(code)));
    }
    instance.onExit();
  };
  const heard = (instance, message) => {
    // A function that looks for the port finds it, and may send anything.
    if (isLeaving || typeof message !== 'object' || message === null) return;
    if (message.run !== undefined) instance.runs.get(message.run)?.hear(message);
    else if (message.ask !== undefined) help(instance, message);
    else if (message.isAwake) clearTimeout(instance.alarm);
    else if (message.isReady) {
      instance.isReady = true;
      for (const run of instance.runs.values()) run.begin();
    }
  };

  // A fresh one if all have something to do; above the most there may be they share the work.
  const instanceFor = (plan) => {
    const stamp = stampOf(plan);
    const usable = [...all].filter(({ path, isClosing }) => path === plan.path && !isClosing)
      .filter((instance) => instance.stamp === stamp || retire(instance));
    const idle = usable.findLast(({ runs: { size } }) => size === 0);
    if (idle !== undefined) return idle;
    if (usable.length >= PER_FUNCTION_MAX) {
      return usable.reduce((least, other) => (other.runs.size < least.runs.size ? other : least));
    }
    const wantedMb = Math.max(plan.memoryMb, MEMORY_MB_MIN);
    const spare = [...all].find(({ path, memoryMb }) => path === undefined && memoryMb === wantedMb);
    return Object.assign(spare ?? begin(wantedMb), { path: plan.path, stamp });
  };
  // Takes no more runs, and ends with those it has.
  const retire = (instance) => {
    instance.isClosing = true;
    if (instance.runs.size === 0) end(instance);
    return false;
  };
  const rest = (instance) => {
    if (instance.isClosing) return retire(instance);
    if (instance.runs.size > 0 || !all.delete(instance)) return;
    all.add(instance);
    const idle = [...all].filter(({ path, runs: { size } }) => path !== undefined && size === 0);
    for (const oldest of idle.slice(0, -IDLE_MAX)) end(oldest);
    keepSpare();
  };
  const keepSpare = () => {
    if (!keepsSpare || isDebugged() || [...all].some(({ path }) => path === undefined)) return;
    begin(MEMORY_MB_MIN);
  };
  // A run of it was cut off: those it has not begun go elsewhere, the others may go on while their
  // thread answers.
  const rouse = (instance) => {
    for (const waiting of [...instance.runs.values()]) waiting.move();
    retire(instance);
    if (instance.runs.size === 0 || !all.has(instance)) return;
    clearTimeout(instance.alarm);
    instance.alarm = setTimeout(() => end(instance), AWAKE_MS);
    instance.port.postMessage({ isAwake: true });
  };

  // Resolves with the answer as JSON, rejects with what was thrown or `timedOut`.
  const run = (plan, isNested = false) => new Promise((resolve, reject) => {
    let instance, number, timer;
    let { laterMs } = plan;
    const over = (settle, value) => {
      clearTimeout(timer);
      if (isLeaving) return;
      instance.runs.delete(number);
      native.withdrawPlan(number);
      settle(value);
      rest(instance);
    };
    const lose = (error) => {
      isLost ||= !isNested;
      native.endRun(plan);
      instance.isClosing = true;
      over(reject, error);
    };
    const expire = () => {
      if (isLeaving) return;
      if (!(laterMs > 0)) {
        lose(timedOut);
        return rouse(instance);
      }
      // Its caller gives up; the function has time left.
      reject(timedOut);
      timer = setTimeout(expire, laterMs);
      timer.unref();
      laterMs = 0;
    };
    const task = {
      lose,
      // Whether it goes on in another instance: this one has not called the function.
      move: () => {
        if (!native.withdrawPlan(number)) return false;
        clearTimeout(timer);
        instance.runs.delete(number);
        place();
        return true;
      },
      begin: () => {
        if (!(plan.timeoutMs > 0)) return;
        timer = setTimeout(expire, plan.timeoutMs);
        instance.until = Math.max(instance.until, Date.now() + plan.timeoutMs + laterMs);
      },
      hear: ({ answer, reason, isOver }) => {
        if (reason === undefined) over(resolve, answer);
        else if (isOver) lose(described(reason));
        else over(reject, described(reason));
      },
    };
    const place = () => {
      if (isLeaving) return;
      // There may be no threads left.
      try { instance = instanceFor(plan); } catch (error) { return reject(error); }
      number = native.leavePlan(plan);
      instance.runs.set(number, task);
      instance.port.postMessage({ run: number });
      // One that is being made has not met the function yet: its time has not begun.
      if (instance.isReady) task.begin();
    };
    place();
  });
  // A function calls another one.
  const help = async (instance, { ask, plan: number }) => {
    // Whoever asks may have been ended meanwhile.
    if (!all.has(instance) || isLeaving) return native.withdrawPlan(number);
    const plan = native.takePlan(number);
    if (plan === undefined) return;
    const outcome = carryOut(plan, true);
    let told;
    try { told = { answer: await outcome }; } catch (error) {
      told = error === timedOut ? { isTimedOut: true } : { reason: native.describeThrown(error) };
    }
    if (all.has(instance)) return instance.port.postMessage({ ask, ...told });
    await concluded(plan, outcome).catch(() => { /* nobody is left to hear of it */ });
    onOrphan();
  };

  const exited = () => {
    isLeaving = true;
    return Promise.all([...all, ...ending].map((instance) => { end(instance); return instance.exited; }));
  };
  // What a function began and did not wait for goes on, as long as it had time for it.
  const drain = () => Promise.all([...all].filter(({ path }) => path !== undefined && !isLost).map((instance) => {
    instance.port.postMessage({ isLast: true });
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(instance.until - Date.now(), 0));
      instance.exited.then(() => { clearTimeout(timer); resolve(); });
    });
  }));
  // The program ends, although a thread may be where it cannot be ended. Without a code it ends
  // with the one that was set.
  const leaveWith = (code, finish) => {
    const patience = setTimeout(() => process.stdout.write('', () => native.exitNow(code ?? process.exitCode ?? 0)), PATIENCE_MS);
    return exited().then(() => { clearTimeout(patience); finish?.(); });
  };
  return {
    run,
    keepSpare,
    prepare: () => { if (!isDebugged()) begin(MEMORY_MB_MIN); },
    finish: async () => { await drain(); await leaveWith(); },
    exit: (code) => leaveWith(code, () => process.exit(code)),
  };
};
";

const INSTANCE: &str = r"
// The variables of one function, which others do not see. Those of the process are shared, and its
// time zone is asked for by each thread when that is set.
const ownVariablesOf = (given) => {
  const { process } = host.global;
  const shared = process.env;
  const isFolded = process.platform === 'win32';
  const nameOf = (key) => (isFolded && typeof key === 'string' ? key.toUpperCase() : key);
  const moveTo = (zone) => {
    if (zone === undefined) delete shared.TZ; else shared.TZ = zone;
    // Kept from now on, whatever others set.
    new Date().getTimezoneOffset();
  };
  const set = (own, key, value) => {
    const name = nameOf(key);
    own[name] = `${value}`;
    if (name === 'TZ') moveTo(own.TZ);
    return true;
  };
  const traps = {
    set,
    defineProperty: (own, key, { value }) => set(own, key, value),
    deleteProperty: (own, key) => {
      if (nameOf(key) === 'TZ') moveTo(undefined);
      return delete own[nameOf(key)];
    },
  };
  if (isFolded) {
    Object.assign(traps, {
      get: (own, key) => own[nameOf(key)],
      has: (own, key) => nameOf(key) in own,
      getOwnPropertyDescriptor: (own, key) => Reflect.getOwnPropertyDescriptor(own, nameOf(key)),
    });
  }
  const own = Object.fromEntries(Object.entries(given).map(([key, value]) => [nameOf(key), value]));
  if (own.TZ !== shared.TZ) moveTo(own.TZ); else new Date().getTimezoneOffset();
  process.env = new Proxy(own, traps);
};
// Written at once: what waits for its turn in a thread is lost with the thread.
const writeAtOnce = () => {
  const { process, Buffer } = host.global;
  const { writeSync } = host.require('fs');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const write = (fd, bytes) => {
    for (let at = 0; at < bytes.length;) {
      try { at += writeSync(fd, bytes, at); } catch (error) {
        // Nobody reads it any more.
        if (error.code !== 'EAGAIN') return;
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  };
  for (const [stream, fd] of [[process.stdout, 1], [process.stderr, 2]]) {
    stream._writev = null;
    stream._write = (chunk, encoding, done) => {
      write(fd, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
      done();
    };
  }
};
// To the function its thread is a process.
const poseAsProcess = (threads, exit) => {
  const { process } = host.global;
  const { signals } = host.require('os').constants;
  const { kill } = process;
  process.kill = function (pid, signal = 'SIGTERM') {
    if (pid !== process.pid || signal === 0) return Reflect.apply(kill, this, [pid, signal]);
    exit(128 + (signals[signal] ?? Number(signal)));
  };
  process.abort = () => exit(128 + signals.SIGABRT);
  Object.assign(threads, { isMainThread: true, parentPort: null, workerData: null });
  host.require('module').syncBuiltinESMExports();
};

const createInstance = () => {
  const { process } = host.global;
  const threads = host.require('worker_threads');
  const { inspect } = host.require('util');
  const { world, env, port } = threads.workerData;
  const post = port.postMessage.bind(port);
  const exit = process.exit.bind(process);
  ownVariablesOf(env);
  writeAtOnce();
  toStderr();
  watchConsole();
  // `process.exit` ends the thread, and the program hears of it.
  isWatched = true;
  poseAsProcess(threads, exit);
  const { import: load } = host;
  host.import = (url) => { host.require('module')[Symbol.for('wx-server-sdk-local.register')](); return load(url); };

  // Runs under way, by request id; and those of other functions that were asked for.
  const [numbers, asked] = [new Map(), new Map()];
  let newest = 0;
  host.carryOut = (plan) => {
    if (plan.path === undefined || plan.world !== world || loaders.has(world)) return runInvocation(plan);
    return new Promise((resolve, reject) => {
      asked.set(++newest, { resolve, reject });
      post({ ask: newest, plan: native.leavePlan(plan) });
    });
  };
  const answer = ({ ask, answer: text, reason, isTimedOut }) => {
    const { resolve, reject } = asked.get(ask);
    asked.delete(ask);
    if (isTimedOut) reject(timedOut);
    else if (reason !== undefined) reject(hide(new Error(reason.split('\n', 1)[0]), 'stack', reason));
    else resolve(text);
  };
  const carryOut = async (number) => {
    const plan = native.takePlan(number);
    if (plan === undefined) return;
    numbers.set(plan.id, number);
    let outcome;
    try { outcome = { answer: (await enter(plan))?.slice(0, ANSWER_SHOWN) }; } catch (error) {
      outcome = { reason: native.describeThrown(error) };
    }
    numbers.delete(plan.id);
    post({ run: number, ...outcome });
  };
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => {
      const run = numbers.get(native.runningId());
      if (run === undefined) process.stderr.write(`${event}: ${inspect(error)}\n`);
      else post({ run, reason: native.describeThrown(error), isOver: true });
      exit(1);
    });
  }
  port.on('message', (message) => {
    if (message.run !== undefined) carryOut(message.run);
    else if (message.ask !== undefined) answer(message);
    else if (message.isAwake) post({ isAwake: true });
    else if (message.isLast) port.unref();
  });
  post({ isReady: true });
};
";
