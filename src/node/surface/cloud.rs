//! The export object, functions, open capabilities and the loop of `runTransaction`.

pub const SOURCE: &str = r"
// The official loop: a conflict at commit runs the callback again, a rollback rejects with its
// reason.
const rollbacks = new WeakMap();
const runTransaction = async (database, callback, times = 3) => {
  const transaction = await database.startTransaction();
  try {
    const value = await callback(transaction);
    if (rollbacks.has(transaction)) throw rollbacks.get(transaction);
    await transaction.commit();
    return value;
  } catch (error) {
    if (rollbacks.has(transaction)) throw rollbacks.get(transaction);
    if (native.mayRetry(error, times)) return runTransaction(database, callback, times - 1);
    try { await transaction.rollback(); } catch { /* the first error is the one that matters */ }
    throw error;
  }
};

// Any path below the proxy is a call; `then` and symbols are not, so that awaiting it settles.
const proxyFor = (cloud, kind, options, path) => new Proxy(function f() {}, {
  get(target, key) {
    if (typeof key === 'symbol' || key === 'then' || (path.length > 0 && key in target)) {
      return Reflect.get(target, key);
    }
    if (key === 'toJSON') return () => ({});
    return proxyFor(cloud, kind, options, [...path, key]);
  },
  apply(target, receiver, [argument]) {
    if (path.length === 0) return proxyFor(cloud, kind, native.openOptions(argument), path);
    native.assertInitialised(cloud);
    return handOut(openCall(cloud, kind, options, path.join('.'), argument));
  },
});
// The failure or the delay that a test injected.
const met = async ({ delayMs, fault }) => {
  if (delayMs > 0) await new Promise((resolve) => { setTimeout(resolve, delayMs); });
  if (native.isOver()) await never();
  if (fault !== undefined) throw fault;
};
// The test's mock if there is one, else the answer made for the documented name.
const mocks = new Map();
const answered = async (call, argument) => {
  if (call.delayMs !== undefined) await met(call);
  const mock = mocks.get(`${call.world} ${call.mock}`);
  if (mock === undefined) {
    const answer = native.answerOpenCall(call);
    return answer.text === undefined ? { ...answer } : JSON.parse(answer.text);
  }
  const value = typeof mock === 'function' ? await mock(argument) : mock;
  native.checkMocked(call, value);
  return { ...value };
};
const openCall = unlessOver(async (cloud, kind, options, path, argument) => {
  const call = native.planOpenCall(cloud, kind, options, path, argument);
  return Object.assign(await answered(call, argument), { errMsg: call.ok, errCode: 0 });
});
const openService = unlessOver(async (cloud, api, argument) => {
  const call = native.planOpenService(cloud, api, argument);
  return Object.assign(await answered(call, argument), { errMsg: call.ok, errCode: 0 });
});
const callOpenAPI = unlessOver(async (cloud, argument) => {
  const call = native.planCallOpenApi(cloud, argument);
  return { result: await answered(call, argument), errMsg: call.ok };
});

const timedOut = Symbol('timed out');
const registered = new Map();
const loaders = new Map();
// A CommonJS `require` (it has `resolve`) cannot load an ES module; any other loader is asked.
const load = (plan) => {
  const loader = loaders.get(plan.world) ?? host.require;
  return plan.isEsm && loader.resolve !== undefined
    ? host.import(host.require('url').pathToFileURL(plan.path).href) : loader(plan.path, plan);
};
const isDebugged = () => {
  try { return host.require('inspector').url() !== undefined; } catch { return false; }
};
let isWatched = false;
// Runs that have not ended, by request id.
const runs = new Map();
// What a function prints belongs to its log.
const watchConsole = () => {
  const { console } = host.global;
  const { format } = host.require('util');
  for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
    intercept(console, level, function (values, next, print) {
      if (native.logLine(level, format(...values))) return Reflect.apply(print, this, values);
    });
  }
};
// And `process.exit` in it ends its run alone.
const watchFunctions = () => {
  if (isWatched) return;
  isWatched = true;
  watchConsole();
  intercept(host.global.process, 'exit', function ([code], next, exit) {
    const id = native.runningId();
    if (id === undefined || (!runs.has(id) && next !== exit)) return Reflect.apply(next, this, [code]);
    const error = new Error(native.exitText(code));
    hide(error, 'stack', error.message);
    runs.get(id)?.fail(error);
    throw error;
  });
};
// A function's own variables; those of the program's surroundings go before them.
const variables = new Map();
const setVariables = (wanted) => {
  const { env } = host.global.process;
  for (const [name, value] of Object.entries(wanted)) {
    if (env[name] !== undefined && env[name] !== variables.get(name)) continue;
    env[name] = value;
    variables.set(name, value);
  }
};
// A function of three parameters may answer through the last one.
const answerOf = (main, event, context) => new Promise((resolve, reject) => {
  const callback = (error, value) => { if (error) reject(error); else resolve(value); };
  const returned = main(event, context, callback);
  if (main.length < 3 || returned !== undefined) resolve(returned);
});
// Calls a function as its own invocation: its caller, its log.
const enter = (plan) => native.enter(plan, async () => {
  if (plan.env !== undefined) setVariables(plan.env);
  const main = registered.get(`${plan.world} ${plan.name}`);
  const loaded = main ? { main } : await load(plan);
  const call = loaded?.[plan.handler] ?? loaded?.default?.[plan.handler];
  if (typeof call !== 'function') native.handlerMissing(plan);
  return JSON.stringify(await answerOf(call, JSON.parse(plan.eventText), JSON.parse(plan.contextText)));
});
// Runs a function on this thread. Its time ends by the wall clock, or earlier when a test moves the
// world's.
const runInvocation = (plan) => new Promise((resolve, reject) => {
  watchFunctions();
  let timer;
  let { laterMs } = plan;
  const end = (settle) => (value) => {
    // Nothing is due any more of what has ended.
    run.deadline = Infinity;
    runs.delete(plan.id);
    clearTimeout(timer);
    // One that did not yield is over before its timer could say so.
    if (native.settleRun(plan)) reject(timedOut); else settle(value);
  };
  const run = {
    world: plan.world,
    deadline: plan.deadline,
    fail: (error) => { native.endRun(plan); end(reject)(error); },
    expire: () => {
      if (!(laterMs > 0)) return run.fail(timedOut);
      // Its caller gives up; the function has time left.
      reject(timedOut);
      clearTimeout(timer);
      timer = setTimeout(run.expire, laterMs);
      timer.unref();
      run.deadline += laterMs;
      laterMs = 0;
    },
  };
  runs.set(plan.id, run);
  if (plan.timeoutMs > 0 && !isDebugged()) {
    native.limitRun(plan);
    timer = setTimeout(run.expire, plan.timeoutMs);
  }
  enter(plan).then(end(resolve), end(reject));
});
// The runs of a world whose time is over when its clock stands at `now`.
const expireRuns = (world, now) => {
  for (const run of [...runs.values()]) {
    while (run.world === world && run.deadline <= now) run.expire();
  }
};
// What the caller gets of a run that was carried out, here or in an instance.
const concluded = async (plan, outcome) => {
  let answer;
  try { answer = await outcome; } catch (error) {
    throw native.failInvocation(plan, error === timedOut ? undefined : error, error === timedOut);
  }
  return native.finishInvocation(plan, answer);
};
const invoke = async (plan) => {
  if (plan === NEVER) return never();
  if (plan.delayMs !== undefined) await met(plan);
  return concluded(plan, (host.carryOut ?? runInvocation)(plan));
};

const serviceInto = (exported, cloud, serviceProvider) => {
  const service = serviceProvider.createService(cloud);
  void service.name;
  if (service.getAPIs) {
    for (const [name, api] of Object.entries(service.getAPIs())) {
      exported[name] = service.initRequired === false
        ? api : (...values) => { native.assertInitialised(cloud._handle); return api(...values); };
    }
  }
  if (service.getNamespace) {
    const { namespace, apis } = service.getNamespace();
    exported[namespace] = apis;
  }
};

const createCloud = (options) => {
  const handle = native.newCloud(options);
  const cloud = { _handle: handle };
  const checked = (call) => (...[argument]) => {
    native.assertInitialised(handle);
    return call(argument);
  };
  const promised = (call) => checked((argument) => handOut(call(argument)));
  // Calls of files meet a test's faults before they look at anything.
  const filed = (api, call) => promised((argument) => {
    const fault = native.faultOf(api);
    return fault === undefined ? call(argument) : met(fault).then(() => call(argument));
  });
  const stored = (api) => filed(api, (argument) => promise(native[api], handle, argument));
  let logger;
  const enabled = () => { exported.logger = () => (logger ??= new Logger()); };
  const init = options === undefined
    ? (...[config]) => { if (native.init(handle, config === undefined ? {} : config)) enabled(); }
    : () => promise(native.initCross, handle).then(enabled);
  const exported = {
    version: native.VERSION,
    get DYNAMIC_CURRENT_ENV() { return native.currentEnv(); },
    init,
    updateConfig: (...[config]) => native.updateConfig(handle, config === undefined ? {} : config),
    registerService: (serviceProvider) => serviceInto(exported, cloud, serviceProvider),
    createNewInstance: (config) => {
      const instance = createCloud();
      instance.init(config);
      return instance;
    },
    Cloud: function Cloud(...[options]) { return createCloud(options || undefined); },
    database: checked((config = {}) =>
      new Database(cloud, config, native.newDatabase(handle, config))),
    uploadFile: filed('uploadFile', (argument) => uploadFile(handle, argument)),
    downloadFile: stored('downloadFile'),
    getTempFileURL: stored('getTempFileURL'),
    deleteFile: stored('deleteFile'),
    callFunction: promised(async (argument) => invoke(attempt(native.planInvocation, handle, argument))),
    callOpenAPI: promised(async (argument) => callOpenAPI(handle, argument)),
    getOpenData: promised(async (argument) => openService(handle, 'getOpenData', argument)),
    getVoIPSign: promised(async (argument) => openService(handle, 'getVoIPSign', argument)),
    getCloudCallSign: promised(async (argument) => openService(handle, 'getCloudCallSign', argument)),
    getWXContext: () => native.getWXContext(handle),
    signature: (options) => native.signature(options, MidasSignature),
    openapi: proxyFor(handle, 'openapi', {}, []),
    cloudPay: proxyFor(handle, 'cloudPay', {}, []),
    ai: checked(() => offlineAi),
  };
  Object.defineProperty(exported.Cloud, 'length', { value: 1 });
  if (native.isInitialised(handle)) enabled();
  return exported;
};
// A stream is read as it comes and never held whole.
const uploadFile = (handle, argument) => {
  let upload;
  try { upload = attempt(native.beginUpload, handle, argument); } catch (error) { return Promise.reject(error); }
  if (upload === NEVER) return never();
  if (upload.stream === undefined) return promise(native.finishUpload, upload.handle);
  const { stream, handle: open } = upload;
  return new Promise((resolve, reject) => {
    const abort = (error) => {
      try { native.abortUpload(open, error); } catch (failure) { reject(failure); }
    };
    if (stream.readableEnded) return abort(new Error('the stream was read to its end before'));
    stream.on('data', (chunk) => {
      try { native.writeUpload(open, chunk, stream.listenerCount('data') === 1); } catch (error) { stream.destroy(); reject(error); }
    });
    // Told of streams that are destroyed, before or midway, too.
    host.require('stream').finished(stream, { writable: false }, (error) => {
      if (error) abort(error); else promise(native.finishUpload, open).then(resolve, reject);
    });
  });
};

class MidasSignature {
  constructor(options) { Object.assign(this, options); }
  compute() { return undefined; }
}
class Logger {
  constructor() {
    const { console, process } = host.global;
    this.src = 'app';
    this.isSupportClsReport = process.env._SCF_TCB_LOG === '1' && Boolean(console.__baseLog__);
    if (!this.isSupportClsReport) console.warn(native.noClsReport());
  }
  transformMsg(message) { native.checkLog(message); return { ...message }; }
  baseLog(message, level) {
    const { console } = host.global;
    const copy = this.transformMsg(message);
    if (this.isSupportClsReport) console.__baseLog__(copy, level); else console[printable(level)](copy);
  }
  log(message) { this.baseLog(message, 'log'); }
  info(message) { this.baseLog(message, 'info'); }
  warn(message) { this.baseLog(message, 'warn'); }
  error(message) { this.baseLog(message, 'error'); }
}
// The model service cannot exist offline: its objects are there, and using one says so.
const offline = (name) => unlessOver(() => handOut(Promise.reject(new Error(`ai().${name} needs the model service of the cloud: mock it in your test`))));
const offlineModel = (name) => () => ({
  generateText: offline(`${name}().generateText`),
  streamText: offline(`${name}().streamText`),
  generateImage: offline(`${name}().generateImage`),
});
const offlineAi = {
  handleResponseData: offline('handleResponseData'),
  createModel: offlineModel('createModel'),
  registerModel() {},
  createImageModel: offlineModel('createImageModel'),
  registerFunctionTool() {},
  bot: Object.fromEntries(['list', 'get', 'sendMessage', 'getChatRecords'].map((name) => [name, offline(`bot.${name}`)])),
};
";
