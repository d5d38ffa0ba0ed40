//! What every trampoline uses: promises, errors and plain objects of the caller's realm.

pub const SOURCE: &str = r"
// Node's own timers: the global ones may be a test's fakes.
const { setImmediate, setTimeout, clearTimeout } = host.require('timers');
// A fake that was there before this realm may never call back; Node's own has this accessor.
const isNodesOwn = Object.getOwnPropertyDescriptor(
  setImmediate, Symbol.for('nodejs.util.promisify.custom'))?.get !== undefined;
const onNextTurn = isNodesOwn ? setImmediate : (turned) => {
  const { port1, port2 } = new (host.require('worker_threads').MessageChannel)();
  port1.once('message', () => { port1.close(); turned(); });
  port2.postMessage(undefined);
};
// What is already there: `perf_hooks` would take half a millisecond and a megabyte to load.
const { now } = Date;
// The variables that tell the running environment. Looking each of them up takes its time, and
// hardly anybody sets one.
const environment = () => {
  const { env } = process, { TCB_ENV, SCF_NAMESPACE } = env;
  if (TCB_ENV === undefined && SCF_NAMESPACE === undefined) return undefined;
  return [env.TCB_CONTEXT_KEYS, env.WX_CONTEXT_KEYS, TCB_ENV, SCF_NAMESPACE];
};
// In the main thread `process.env` is a view of the process's own variables, which native code
// reads in a fraction of the time. A worker or a test file of Jest has a copy, and a program may
// put another object in its place. A worker that shares the process's variables must not read them
// beside the thread that may be setting one: it would read freed memory.
const ownVariables = (() => {
  const { env, pid, chdir } = process, probe = `WX_LOCAL_PROBE_${pid}`;
  try {
    // So Node marks what workers may not do.
    if (chdir.disabled) return {};
    env[probe] = '1';
    return native.hasVariable(probe) ? env : {};
  } catch { return {}; } finally { try { delete env[probe]; } catch { /* it was not set */ } }
})();
// What the caller's own getters and `toJSON` throw while a call reads its arguments is changed in
// place, as the official client does; errors of ours and of the engine come as they must be.
const apiOf = new Map(Object.entries({
  add: 'collection.add', updateMany: 'collection.update', removeMany: 'collection.remove',
  set: 'document.set', updateOne: 'document.update', planInvocation: 'callFunction',
  beginUpload: 'uploadFile', downloadFile: 'downloadFile', getTempFileURL: 'getTempFileURL',
  deleteFile: 'deleteFile',
}).map(([name, api]) => [native[name], api]));
const wrapCaught = (api, error) => {
  if (!(error instanceof Error)) {
    const reason = typeof error === 'string' ? ` ${error}` : error ? ` ${printable(error.errCode)} . ${printable(error.errMsg)}` : '';
    const errMsg = `${api}:fail${reason}`;
    return Object.assign(new Error(errMsg), { errCode: error?.errCode || -1, errMsg });
  }
  const prefix = `${api}:fail `, errMsg = prefix + printable(error.message), { stack } = error;
  error.message = errMsg;
  if (typeof stack === 'string') hide(error, 'stack', stack.slice(0, 7) + prefix + stack.slice(7));
  return Object.assign(error, { errCode: -1, errMsg });
};
const attempt = (call, a, b, c, d) => {
  try { return call(a, b, c, d, process.env === ownVariables); } catch (error) {
    const api = apiOf.get(call);
    if (api === undefined || typeof error?.errMsg === 'string') throw error;
    throw wrapCaught(api, error);
  }
};
// A loop that awaits settled promises never leaves the queue of microtasks, and timers, sockets and
// signals starve. So every promise that is handed out is counted until the event loop turns: after
// so many, or so long, what is handed out settles in the next turn. The clock may be a test's,
// stand still or go back: the count alone suffices.
const PROMISES_A_TURN_MAX = 500, TURN_MS_MAX = 2;
let handedOut = 0, turnBegan = 0, pause, endPause;
const turned = () => {
  handedOut = 0;
  if (pause === undefined) return;
  pause = undefined;
  endPause();
};
const isCrowded = (share = 1) => {
  if (handedOut === 0) {
    onNextTurn(turned);
    turnBegan = now();
  }
  handedOut += share;
  return handedOut > PROMISES_A_TURN_MAX;
};
// Asking the clock takes a twentieth of a quick call, so it is not asked each time.
const isClockAsked = () => handedOut === 2 || handedOut === 4 || handedOut % 8 === 0;
const isDue = () => isCrowded() || (isClockAsked() && now() - turnBegan > TURN_MS_MAX);
// Listens to `begun` at once: if it is rejected, that is reported of the promise handed out alone.
const pausing = async (begun, pause) => { try { return await begun; } finally { await pause; } };
const settleNextTurn = (begun) =>
  pausing(begun, pause ??= new Promise((resolve) => { endPause = resolve; }));
// The last step of every export that returns a promise. Where the stack has no room for it, `begun`
// is still the caller's: left behind, its rejection would be nobody's.
const handOut = (begun) => {
  try { return isDue() ? settleNextTurn(begun) : begun; } catch { return begun; }
};
// A settled promise of this realm, or one that native code settles later: it answers with a number.
const promise = (call, a, b, c, d) => {
  let value;
  try { value = attempt(call, a, b, c, d); } catch (error) { return handOut(Promise.reject(error)); }
  if (typeof value !== 'number') return handOut(Promise.resolve(value));
  return handOut(new Promise((resolve, reject) => native.take(value, resolve, reject)));
};
// What a run that has ended still asks for is neither done nor answered: to `promise` the
// trampoline says so, as of a call whose answer never comes.
const NEVER = 0, never = () => new Promise(() => {});
const unlessOver = (work) => (...values) => (native.isOver() ? never() : work(...values));
const hide = (target, key, value) =>
  Object.defineProperty(target, key, { value, writable: true, configurable: true });
class CloudSDKError extends Error {
  constructor(errCode, errMsg) {
    super();
    this.errCode = errCode;
    this.errMsg = errMsg;
    Object.defineProperty(this, 'message', {
      get() { return native.messageOf(this.errCode, this.errMsg); },
      set(text) { this.errMsg = text; },
      configurable: true,
    });
  }
}
class TcbError extends Error {
  constructor(message, code, requestId) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }
}
class BSONError extends Error {}
class BSONTypeError extends TypeError {}
for (const Class of [BSONError, BSONTypeError]) {
  Object.defineProperty(Class.prototype, 'name', { get() { return Class.name; } });
}
const errorClasses = { Error, TypeError, RangeError, SyntaxError, BSONError, BSONTypeError };
const makeError = (kind, message, extra, stackPrefix) => {
  if (kind === 'CloudSDKError') return Object.assign(new CloudSDKError(extra.errCode, extra.errMsg), extra);
  const error = kind === 'TcbError'
    ? new TcbError(message.slice(stackPrefix.length), extra.code, extra.requestId)
    : message === '' ? new errorClasses[kind]() : new errorClasses[kind](message.slice(stackPrefix.length));
  if (stackPrefix) {
    // The official client puts its prefix into the stack, after the seventh character.
    hide(error, 'stack', error.stack.slice(0, 7) + stackPrefix + error.stack.slice(7));
    error.message = message;
  }
  return Object.assign(error, extra);
};
// A function of Node's own realm. One that outlives a test file, on an object that others share,
// must not be of the file's realm, which it would hold for ever.
const putBefore = setImmediate.constructor('object', 'name', 'by', `
  const after = Symbol.for('wx-server-sdk-local.after'), held = new WeakRef(by);
  let next = object[name];
  while (next?.[after]?.isOver()) ({ next } = next[after]);
  let last = next;
  while (last?.[after]) last = last[after].next;
  object[name] = function (...values) {
    const by = held.deref();
    return by ? by.call(this, values, next, last) : Reflect.apply(next, this, values);
  };
  Object.defineProperty(object[name], after, { value: { next, isOver: () => !held.deref() } });
`);
const kept = [];
// Puts `by(values, next, last)` before a function that realms share: one of Jest has a console and
// a process of its own, one of Vitest has not. `last` passes by those that other realms put there.
const intercept = (object, name, by) => { kept.push(by); putBefore(object, name, by); };
const settledAlready = Promise.resolve();
// What native code calls.
const build = {
  // Before any code that awaits what is returned now.
  notePause: () => { settledAlready.then(native.awaited); },
  pack, unpack, compile, listLength,
  environment,
  tag: (value) => Object.prototype.toString.call(value).slice(8, -1),
  site: () => {
    const frames = (new Error().stack || '').split('\n').slice(1);
    const site = frames.find((frame) => !/<anonymous>\)?$|node:internal|\beval at\b/.test(frame));
    return site === undefined ? '' : site.trim();
  },
  parse: (text) => JSON.parse(text),
  prototype: Object.prototype,
  geo: (type, parts) => new geoClasses[type](...parts),
};
";
