//! The plumbing of the control API: what the trampolines of its table share.

/// What the calls share.
pub const SOURCE: &str = r"
const snapshots = new WeakMap();
class Snapshot {
  constructor(mark) { snapshots.set(this, mark); Object.freeze(this); }
}
class CloudID {
  constructor(cloudID) { this.cloudID = cloudID; Object.freeze(this); }
  toJSON() { return this.cloudID; }
}
// Of a text that is no event each letter would be an entry.
const cloudIdsIn = (event) => (typeof event !== 'object' || isArray(event) ? [] : Object.entries(Object(event)))
  .filter(([, value]) => value instanceof CloudID).map(([field, { cloudID }]) => [field, cloudID]);
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
const settled = unlessOver(async (call, a, b, c) => call(a, b, c));
// What pages call is compiled for whoever asks for it.
let client;
const routes = new Map();
const openClient = () => (client ??= native.compileClient({
  native, host, build, hide, never, unlessOver, promise, handOut, isCrowded, settleNextTurn, attempt, invoke, met, routes,
  uploadFile, CloudID, cloudIdsIn, command, Geo, serverDate: ServerDateConstructor, RegExp: RegExpConstructor,
}));
const createClientModule = () => ({ createClient: (identity) => openClient()(undefined, identity) });
const forget = (known, prefix) => {
  for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key);
};
const inherit = (known, from, to) => {
  for (const [key, value] of [...known]) {
    if (key.startsWith(`${from} `)) known.set(`${to} ${key.slice(from.length + 1)}`, value);
  }
};
const dated = (entries) => entries.map((entry) => ({ ...entry, at: new Date(entry.at) }));
const timeOf = (to) => (['number', 'string'].includes(typeof to) || host.require('util').types.isDate(to)
  ? new Date(to).getTime() : NaN);
// A URL that names no file is no directory either, which is said of it as it is.
const pathOf = (path) => {
  let text;
  try { text = String(printable(path)); } catch { return path; }
  if (!text.startsWith('file:')) return path;
  try { return host.require('url').fileURLToPath(path); } catch { return text; }
};
// Timers run one after the other, each when the clock stands at its time.
const advance = unlessOver(async (handle, by) => {
  const timers = native.testTimers(handle, by);
  const runs = [];
  const move = () => {
    const next = native.testNextTimer(handle, timers);
    expireRuns(native.testWorld(handle), native.testNow(handle));
    return next;
  };
  for (let next; (next = move()) !== undefined;) {
    const timer = { function: next.name, trigger: next.trigger, at: new Date(next.at) };
    try { timer.result = (await handOut(invoke(next))).result; } catch (error) { timer.error = error; }
    runs.push(timer);
  }
  return runs;
});
const run = unlessOver(async (plan) => {
  const planned = plan();
  return planned === undefined ? undefined : (await invoke(planned)).result;
});
const controlOf = (handle) => {
  const world = native.testWorld(handle);
  const mock = (group, path, answer, options) => {
    mocks.set(`${world} ${native.testMock(handle, group, path, answer, options)}`, answer);
  };
  const unmock = (group, path) => {
    const name = native.testMockName(handle, group, path);
    if (name === undefined) forget(mocks, `${world} ${group}.`); else mocks.delete(`${world} ${name}`);
  };
  const control = {};
  hide(control, '_requests', () => JSON.parse(native.testRequests(handle)));
";
