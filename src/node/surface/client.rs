//! `wx.cloud` of a mini-program page: a script of its own, compiled when a page is to be tested.
//!
//! Its calls answer to callbacks or with a promise, and each runs as the page's user.

use std::fmt::Write as _;

use crate::node::surface::{Class, method, render_class};
use crate::sdk::encode::STAGES;

const CLASSES: &[Class] = &[
    Class {
        name: "Query",
        extends: None,
        constructor: (
            "query, collectionName, database",
            "hide(this, '_query', query); hide(this, 'database', database); this.collectionName = collectionName;",
        ),
        members: &[
            method(
                "field",
                "projection",
                "return this._with(native.field(this._query, projection));",
            ),
            method(
                "where",
                "condition",
                "return this._with(native.where(this._query, condition));",
            ),
            method(
                "orderBy",
                "fieldPath, order",
                "return this._with(native.orderBy(this._query, fieldPath, order));",
            ),
            method("limit", "max", "return this._with(native.limit(this._query, max));"),
            method("skip", "offset", "return this._with(native.skip(this._query, offset));"),
            method("get", "options", "return this._ask(options, native.find);"),
            method("count", "options", "return this._ask(options, native.count);"),
            method("update", "options", "return this._ask(options, native.updateMany, options);"),
            method("remove", "options", "return this._ask(options, native.removeMany, options);"),
            method("watch", "options", "return watch(this.database, this._query, options);"),
            method(
                "_with",
                "query",
                "return new Query(query, this.collectionName, this.database);",
            ),
            method(
                "_ask",
                "options, call, a",
                "return ask(this.database, options, call, this._query, a);",
            ),
        ],
    },
    Class {
        name: "CollectionReference",
        extends: Some("Query"),
        constructor: ("", ""),
        members: &[
            method(
                "doc",
                "id",
                "native.checkDocumentId(id); return new DocumentReference(this, id);",
            ),
            method("add", "options", "return this._ask(options, native.add, options);"),
            method("aggregate", "", "return new Aggregate(this._query, this.database);"),
        ],
    },
    Class {
        name: "DocumentReference",
        extends: None,
        constructor: (
            "collection, id, projection",
            "this._id = id; hide(this, '_collection', collection); hide(this, '_projection', projection);",
        ),
        members: &[
            method(
                "field",
                "projection",
                "return new DocumentReference(this._collection, this._id, native.documentProjection(projection));",
            ),
            method(
                "get",
                "options",
                "return this._ask(options, native.findOne, this._projection);",
            ),
            method("set", "options", "return this._ask(options, native.set, options);"),
            method("update", "options", "return this._ask(options, native.updateOne, options);"),
            method("remove", "options", "return this._ask(options, native.removeOne);"),
            method(
                "watch",
                "options",
                "const { database, _query } = this._collection; \
                 return watch(database, native.where(_query, { _id: this._id }), options);",
            ),
            method(
                "_ask",
                "options, call, a",
                "const { database, _query } = this._collection; return ask(database, options, call, _query, this._id, a);",
            ),
        ],
    },
    Class {
        name: "Aggregate",
        extends: None,
        constructor: (
            "query, database",
            "hide(this, '_aggregate', { _stages: [], _query: query }); hide(this, 'database', database);",
        ),
        members: &[method(
            "end",
            "options",
            "return ask(this.database, options, native.aggregate, this._aggregate);",
        )],
    },
    Class {
        name: "Database",
        extends: None,
        constructor: (
            "client, handle",
            "hide(this, '_client', client); hide(this, '_db', handle); \
             Object.assign(this, { command, Geo, serverDate, RegExp });",
        ),
        members: &[method(
            "collection",
            "name",
            "return new CollectionReference(native.collection(this._db, name), name, this);",
        )],
    },
];

/// The stage that pages lack: it reads other collections.
const SERVER_STAGE: &str = "lookup";

/// The body of the function whose parameter `parts` is what the surface script shares; it returns
/// what makes a client from a test's handle, a user, and the account whose environment is meant.
pub fn script() -> String {
    let mut source = String::from(HEAD);
    for class in CLASSES {
        render_class(&mut source, class);
    }
    let stages: Vec<&str> = STAGES.into_iter().filter(|stage| *stage != SERVER_STAGE).collect();
    let _ = writeln!(source, "for (const stage of {stages:?}) {{");
    source.push_str(TAIL);
    source
}

const HEAD: &str = r"'use strict';
const {
  native, host, hide, never, unlessOver, promise, handOut, isCrowded, settleNextTurn, attempt, invoke, met, routes,
  uploadFile, cloudIdsIn, command, Geo, serverDate, RegExp,
} = parts;
// Taken now: what listeners hear comes later, when a program may have put others there.
const { apply } = Reflect, { floor } = Math;
// Answers to the callbacks, if there are any, and else with the promise.
const answer = (options, work) => {
  const { success, fail, complete } = Object(options);
  const answered = native.isOver() ? never() : handOut(new Promise((resolve) => { resolve(work()); }));
  // One that is no function is a callback all the same: nobody waits for a promise then.
  if (!success && !fail && !complete) return answered;
  const tell = (...callbacks) => (value) => {
    if (native.isOver()) return;
    for (const callback of callbacks) if (typeof callback === 'function') callback(value);
  };
  answered.then(tell(success, complete), tell(fail, complete));
};
const ask = (database, options, call, a, b, c) => answer(options, () => native.enterClient(database._client, () => promise(call, a, b, c)));
";

const TAIL: &str = r"
  Aggregate.prototype[stage] = { [stage](argument) {
    this._aggregate._stages.push({ stageKey: '$' + stage, stageValue: native.encodeStage(stage, argument) });
    return this;
  } }[stage];
}
// Listeners hear of each change in its turn, in the context in which they began to listen.
const DOCUMENTS_A_PROMISE_BITS = 5;
const listening = new Set();
const watch = (database, query, options) => {
  native.checkWatch(options);
  if (native.isOver()) return { close: never };
  const { AsyncResource } = host.require('async_hooks');
  const listenerOf = (name) => {
    const listener = options[name];
    return AsyncResource.bind((value) => {
      // A getter may have answered the check with another one.
      if (typeof listener === 'function' && !native.isOver()) apply(listener, options, [value]);
    });
  };
  const onChange = listenerOf('onChange'), onError = listenerOf('onError');
  let id;
  const end = () => {
    listening.delete(deliver);
    if (id !== undefined) native.stopWatch(id);
  };
  const deliver = (snapshot, error) => {
    const told = Promise.resolve();
    // By counts alone: how slow the code before was must not decide when a listener hears. A
    // snapshot of many documents takes its time, and counts as several promises.
    const share = 1 + (snapshot === undefined ? 0 : snapshot.docs.length >> DOCUMENTS_A_PROMISE_BITS);
    (isCrowded(share) ? settleNextTurn(told) : told).then(() => {
      if (!listening.has(deliver)) return;
      if (error === undefined) return onChange(snapshot);
      end();
      onError(error);
    });
  };
  listening.add(deliver);
  try {
    const started = native.enterClient(database._client, () => native.startWatch(query, deliver));
    ({ id } = started);
    deliver(started.first);
  } catch (error) {
    if (error.errCode === -1) { end(); throw error; }
    deliver(undefined, error);
  }
  return { close: unlessOver(() => { end(); return handOut(Promise.resolve()); }) };
};
// Files that pages downloaded go with the process.
let downloads;
const downloadDirectory = () => {
  if (downloads !== undefined) return downloads;
  const fs = host.require('fs');
  downloads = fs.mkdtempSync(host.require('path').join(host.require('os').tmpdir(), 'wx-client-'));
  // Node's own process: the one of a test's realm may be a copy that never hears of the end. And a
  // function of Node's own realm: it must not hold this one.
  host.require('timers').setImmediate.constructor('fs', 'directory', `
    const key = Symbol.for('wx-server-sdk-local.downloads');
    const remove = (name) => fs.rmSync(name, { recursive: true, force: true });
    if (process[key] === undefined) process.once('exit', () => process[key].forEach(remove));
    (process[key] ??= new Set()).add(directory);
  `)(fs, downloads);
  return downloads;
};
// A call with callbacks returns what its transfer can be followed and given up with.
const transfer = (api, options, begin) => {
  const listeners = new Set();
  const task = { tell: (progress) => { for (const listener of [...listeners]) listener(progress); } };
  return answer(options, () => new Promise((resolve, reject) => {
    task.abort = () => { task.stop?.(); reject(native.clientAborted(api)); };
    begin(task).then(resolve, reject);
  })) ?? {
    abort: () => task.abort?.(),
    onProgressUpdate: (listener) => { if (typeof listener === 'function') listeners.add(listener); },
    offProgressUpdate: (listener) => { if (listener === undefined) listeners.clear(); else listeners.delete(listener); },
    onHeadersReceived() {},
    offHeadersReceived() {},
  };
};
// A service answers in time, or it fails.
const timely = (call, begin) => new Promise((resolve, reject) => {
  const { setTimeout, clearTimeout } = host.require('timers');
  const task = {};
  const timer = setTimeout(() => { task.stop?.(); reject(native.failContainer(call)); }, call.timeoutMs);
  const failed = (error) => { clearTimeout(timer); reject(native.failContainer(call, error ?? null)); };
  begin(task).then((answer) => { clearTimeout(timer); resolve(answer); }, failed);
});
const fromServer = (call, body, task) => new Promise((resolve, reject) => {
  const { host: hostname, port, method, path, header } = call;
  const request = host.require('http').request({ host: hostname, port, method, path, headers: header, agent: false }, (response) => {
    const { statusCode, headers } = response;
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => resolve({ statusCode, header: headers, body: host.require('buffer').Buffer.concat(chunks) }));
  });
  task.stop = () => request.destroy();
  request.on('error', reject);
  request.end(body);
});
const fromFunction = async (call, body) => {
  const { Buffer } = host.require('buffer');
  const { method, path, header } = call;
  let data = body;
  try { data = JSON.parse(body); } catch { /* it is no JSON */ }
  const answer = await routes.get(`${call.world} ${call.service}`)({ method, path, header, data });
  native.checkContainerAnswer(call, answer);
  const { statusCode = 200, header: headers = { 'content-type': 'application/json' } } = answer;
  const bytes = typeof answer.data === 'string' || Buffer.isBuffer(answer.data) ? answer.data : JSON.stringify(answer.data) ?? '';
  return { statusCode, header: headers, body: Buffer.from(bytes) };
};
const callContainer = async (client, options) => {
  const { data } = Object(options);
  const { isAnyArrayBuffer } = host.require('util').types;
  const binary = isAnyArrayBuffer(data) ? host.require('buffer').Buffer.from(data) : undefined;
  const call = native.planContainer(client, options, binary?.length);
  if (call.delayMs !== undefined) await met(call);
  const sent = binary ?? call.body;
  const { statusCode, header, body } = await timely(call, (task) => (
    call.port === undefined ? fromFunction(call, sent) : fromServer(call, sent, task)
  ));
  const answer = native.finishContainer(call, statusCode, header, header['set-cookie'] ?? [], body);
  if (call.isBinary) answer.data = Uint8Array.from(body).buffer;
  return answer;
};
const CloudID = function CloudID(id) { return new parts.CloudID(native.clientCloudId(id)); };

const createClient = (test, identity, resource) => {
  const client = native.newClient(test, identity, resource);
  const checked = (call) => (...[options]) => {
    native.assertInitialised(client);
    return call(options);
  };
  const as = (work) => native.enterClient(client, work);
  // Calls of files meet a test's faults before they look at anything.
  const filed = async (api, work) => {
    const fault = as(() => native.faultOf(api));
    if (fault !== undefined) await met(fault);
    return as(work);
  };
  const upload = (options) => transfer('cloud.uploadFile', options, (task) => filed('cloud.uploadFile', () => {
    const filePath = native.clientUploadPath(options);
    const fs = host.require('fs');
    const total = fs.statSync(filePath).size;
    const stream = fs.createReadStream(filePath);
    // Whoever reads it is told of its errors; nobody reads it if the upload is refused.
    stream.on('error', () => {});
    task.stop = () => stream.destroy();
    let sent = 0;
    const uploaded = uploadFile(client, { cloudPath: options.cloudPath, fileContent: stream, config: options.config });
    stream.on('data', (chunk) => {
      sent += chunk.length;
      task.tell({ progress: floor(sent * 100 / total), totalBytesSent: sent, totalBytesExpectedToSend: total });
    });
    return uploaded.finally(task.stop);
  }));
  return {
    init: resource === undefined
      ? (...[config]) => { native.init(client, config === undefined ? {} : config); }
      : () => promise(native.initCross, client),
    callFunction: checked((options) => answer(options, () => as(async () => (
      invoke(attempt(native.planClientCall, client, options, cloudIdsIn(Object(options).data)))
    )))),
    callContainer: checked((options) => answer(options, () => as(() => callContainer(client, options)))),
    database: checked((config = {}) => new Database(client, as(() => native.newDatabase(client, config)))),
    uploadFile: checked(upload),
    downloadFile: checked((options) => transfer('cloud.downloadFile', options, () => filed('cloud.downloadFile', () => (
      promise(native.clientDownload, client, options, downloadDirectory())
    )))),
    getTempFileURL: checked((options) => answer(options, () => filed('cloud.getTempFileURL', () => promise(native.getTempFileURL, client, options)))),
    deleteFile: checked((options) => answer(options, () => filed('cloud.deleteFile', () => promise(native.deleteFile, client, options)))),
    CloudID,
    Cloud: function Cloud(resource) { return createClient(test, identity, resource ?? {}); },
  };
};
return createClient;
";
