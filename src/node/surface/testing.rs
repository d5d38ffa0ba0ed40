//! The control API as a table: each row is a call with its trampoline, its type and its text for
//! users, so that the runtime object and `testing.d.ts` cannot drift.

use std::fmt::Write as _;

use crate::node::surface::testing_source::SOURCE;
use crate::node::surface::testing_types::TYPES;

/// A call of the control API.
pub struct Control {
    /// `reset`, or `clock.set` for a call in a group.
    pub path: &'static str,
    pub parameters: &'static str,
    pub body: &'static str,
    /// Its TypeScript signature, from the parameters on.
    pub types: &'static str,
    /// What users read.
    pub text: &'static str,
}

const fn control(
    path: &'static str,
    (parameters, body): (&'static str, &'static str),
    types: &'static str,
    text: &'static str,
) -> Control {
    Control { path, parameters, body, types, text }
}

/// Every call, in the order of the documentation.
pub const CONTROLS: &[Control] = &[
    control(
        "reset",
        ("", "forget(mocks, `${world} `); return promise(native.testReset, handle);"),
        "(): Promise<void>",
        "Back to the state after the last `seed`, or to no data at all. Takes constant time, \
         whatever the size. Mocks, faults, orders, open data, the clock and everything recorded are \
         cleared as well; the functions of `functions.use` and `functions.register` stay.\n\n\
         @example\nbeforeEach(() => reset())",
    ),
    control(
        "seed",
        ("what, options", "return promise(native.testSeed, handle, what, options);"),
        "(what: Seed | string, options?: EnvOption): Promise<void>",
        "Creates the collections, documents and indexes given, or those of a directory of \
         `<collection>.jsonl`, `.json` and `.csv` files. A collection that exists is made anew, others \
         stay. From then on `reset` comes back to this \
         state. If anything fails, nothing is stored and the error names the document or the line.\
         \n\n@example\nawait seed({ todos: [{ _id: 'a', text: 'milk' }] })",
    ),
    control(
        "snapshot",
        ("", "return promise(native.testSnapshot, handle).then((mark) => new Snapshot(mark));"),
        "(): Promise<Snapshot>",
        "A point in time to `restore`. Takes constant time.\n\n\
         @example\nconst before = await snapshot()",
    ),
    control(
        "restore",
        (
            "snapshot",
            "return promise(native.testRestore, handle, snapshots.get(Object(snapshot)));",
        ),
        "(snapshot: Snapshot): Promise<void>",
        "The data as it was when the snapshot was taken. Takes constant time; a snapshot can be \
         restored any number of times.\n\n@example\nawait restore(before)",
    ),
    control(
        "as",
        ("identity, run", "return handOut(settled(native.testAs, handle, identity, run));"),
        "<T>(identity: Caller, run: () => T | Promise<T>): Promise<T>",
        "Runs code, and everything it awaits, as that caller: an OPENID, or the fields of \
         `getWXContext()` to change.\n\n@example\nawait as('user-1', () => invoke('todo', {}))",
    ),
    control(
        "run",
        ("run", "return handOut(settled(native.testRun, handle, run));"),
        "<T>(run: () => T | Promise<T>): Promise<T>",
        "Runs code, and everything it awaits, in this world: what `createTest` is for.\n\n\
         @example\nawait world.run(() => cloud.database().collection('todos').get())",
    ),
    control(
        "invoke",
        (
            "name, event, options",
            "return handOut(run(() => native.testPlan(handle, name, event, options, cloudIdsIn(event))));",
        ),
        "(name: string, event?: object, options?: InvokeOptions): Promise<any>",
        "Runs a cloud function as the cloud would: `event.userInfo`, context, timeout, log, and a \
         JSON round trip both ways. Resolves with what the function returned; rejects with the \
         error that a caller in the cloud gets, whose `cause` is what was thrown, or says which \
         functions there are if there is none of that name.\n\n\
         @example\nconst list = await invoke('todo', { action: 'list' }, { as: 'user-1' })",
    ),
    control(
        "trigger",
        ("name", "return handOut(run(() => native.testTrigger(handle, name)));"),
        "(name: string): Promise<any>",
        "Runs a function as its timer would. The name is a function's or a trigger's.\n\n\
         @example\nawait trigger('nightly')",
    ),
    control(
        "functions.use",
        (
            "directory, options",
            "native.testUse(handle, pathOf(directory), options);
    if (options?.require) loaders.set(world, options.require); else loaders.delete(world);",
        ),
        "(directory: string | URL, options?: { require?: (path: string) => unknown }): void",
        "Functions come from this directory, one folder each. With the test file's `require` (or \
         `(path) => import(path)`) they are loaded as the test's own modules are: mocks, transforms \
         and coverage apply.\n\n\
         @example\nfunctions.use('cloudfunctions', { require })",
    ),
    control(
        "functions.register",
        (
            "name, main",
            "native.testRegister(handle, name, main); registered.set(`${world} ${name}`, main);",
        ),
        "(name: string, main: (event: any, context: any) => unknown): void",
        "A function without a file.\n\n\
         @example\nfunctions.register('sum', async ({ a, b }) => a + b)",
    ),
    control(
        "clock.set",
        ("to", "native.testSetClock(handle, timeOf(to));"),
        "(to: Date | number | string): void",
        "Stops the clock of `serverDate`, ids, timers and expiry at a time. Timers do not run: \
         see `advance`.\n\n@example\nclock.set('2026-01-01T00:00:00Z')",
    ),
    control(
        "clock.advance",
        ("by", "return handOut(advance(handle, by));"),
        "(by: number | Duration): Promise<TimerRun[]>",
        "Moves the clock forwards and runs the timers of the project's functions that become due, \
         in order, each at its time. Functions under way whose time limit passes end with the \
         service's timeout. Resolves with the timers' runs.\n\n\
         @example\nawait clock.advance({ hours: 24 })",
    ),
    control(
        "clock.reset",
        ("", "native.testResetClock(handle);"),
        "(): void",
        "Follows the system's clock again.\n\n@example\nclock.reset()",
    ),
    control(
        "clock.now",
        ("", "return new Date(native.testNow(handle));"),
        "(): Date",
        "The time as functions see it.\n\n@example\nclock.now().toISOString()",
    ),
    control(
        "openapi.mock",
        ("path, answer, options", "mock('openapi', path, answer, options);"),
        "(path: string, answer: MockAnswer, options?: { undocumented?: boolean }): void",
        "What `cloud.openapi.<path>` answers: a value, or a function of the request. A value with \
         an `errCode` other than 0 makes the call fail with it. A path that WeChat does not document \
         needs `{ undocumented: true }`.\n\n\
         @example\nopenapi.mock('security.msgSecCheck', ({ content }) => ({ errCode: content === 'bad' ? 87014 : 0 }))",
    ),
    control(
        "openapi.unmock",
        ("path", "unmock('openapi', path);"),
        "(path?: string): void",
        "Takes back the mock of a path, or all of them.\n\n\
         @example\nopenapi.unmock('security.msgSecCheck')",
    ),
    control(
        "cloudPay.mock",
        ("method, answer, options", "mock('cloudPay', method, answer, options);"),
        "(method: string, answer: MockAnswer, options?: { undocumented?: boolean }): void",
        "What `cloud.cloudPay.<method>` answers, as `openapi.mock`.\n\n\
         @example\ncloudPay.mock('refund', { returnCode: 'FAIL', returnMsg: 'no money' })",
    ),
    control(
        "cloudPay.unmock",
        ("method", "unmock('cloudPay', method);"),
        "(method?: string): void",
        "Takes back the mock of a method, or all of them.\n\n@example\ncloudPay.unmock('refund')",
    ),
    control(
        "cloudPay.pay",
        ("outTradeNo", "return handOut(run(() => native.testPay(handle, outTradeNo)));"),
        "(outTradeNo: string): Promise<any>",
        "The user pays an order of `cloudPay.unifiedOrder`; the function that the order names is \
         called with the notification. Resolves with what it returned, with `undefined` if the \
         order names none.\n\n@example\nawait cloudPay.pay('order-1')",
    ),
    control(
        "cloudPay.settleRefund",
        ("outRefundNo", "return handOut(run(() => native.testRefund(handle, outRefundNo)));"),
        "(outRefundNo: string): Promise<any>",
        "The user has the money of a `cloudPay.refund` back; the function that the refund names is \
         called with the notification. Resolves with what it returned, with `undefined` if the \
         refund names none.\n\n@example\nawait cloudPay.settleRefund('refund-1')",
    ),
    control(
        "openData.set",
        ("cloudID, data", "native.testOpenData(handle, cloudID, data);"),
        "(cloudID: string, data: unknown): void",
        "What WeChat answers for a CloudID, for five minutes.\n\n\
         @example\nopenData.set('id-1', { phoneNumber: '13800000000' })",
    ),
    control(
        "openData.cloudID",
        ("cloudID", "return new CloudID(native.testCloudId(handle, cloudID));"),
        "(cloudID: string): CloudID",
        "What a page passes as `wx.cloud.CloudID(id)`: a field of an event whose value it is becomes \
         what the CloudID stands for. In a nested field it is the plain id, as in the cloud.\n\n\
         @example\nawait invoke('login', { phone: openData.cloudID('id-1') })",
    ),
    control(
        "container.route",
        (
            "service, target",
            "native.testRoute(handle, service, target); routes.set(`${world} ${service}`, target);",
        ),
        "(service: string, target: string | ((request: ContainerRequest) => ContainerAnswer | Promise<ContainerAnswer>)): void",
        "Where `callContainer` of pages reaches a service of cloud hosting: a server of this machine, \
         by its URL, or a function of the request. Like functions it stays when data is reset.\n\n\
         @example\ncontainer.route('api', ({ header }) => ({ data: { you: header['x-wx-openid'] } }))",
    ),
    control(
        "container.unroute",
        ("service", "native.testUnroute(handle, service); routes.delete(`${world} ${service}`);"),
        "(service: string): void",
        "The service is gone again.\n\n@example\ncontainer.unroute('api')",
    ),
    control(
        "permissions.collection",
        (
            "collection, permission, options",
            "return promise(native.testPermissionOfCollection, handle, collection, permission, options);",
        ),
        "(collection: string, permission: Permission | null, options?: EnvOption): Promise<void>",
        "What pages may do with a collection, as in the console: `null` is what a new one has, \
         `'PRIVATE'`. Server code is never asked. Part of the data: `reset` comes back to what the \
         last `seed` found.\n\n@example\nawait permissions.collection('posts', 'READONLY')",
    ),
    control(
        "permissions.files",
        (
            "permission, options",
            "return promise(native.testPermissionOfFiles, handle, permission, options);",
        ),
        "(permission: Permission | null, options?: EnvOption): Promise<void>",
        "What pages may do with files; `null` is `'READONLY'`: everybody reads, the creator writes.\n\n\
         @example\nawait permissions.files('PRIVATE')",
    ),
    control(
        "permissions.functions",
        (
            "rules, options",
            "return promise(native.testPermissionOfFunctions, handle, rules, options);",
        ),
        "(rules: Record<string, { invoke: boolean | string }> | null, options?: EnvOption): Promise<void>",
        "Which functions pages may call, by name and `'*'` for the others; `null` is whoever is logged \
         in.\n\n@example\nawait permissions.functions({ '*': { invoke: true }, admin: { invoke: false } })",
    ),
    control(
        "client",
        ("identity", "return openClient()(handle, identity);"),
        "(identity?: Caller): import('./client').WxCloud",
        "`wx.cloud` of a page of that user, in this world: see `wx-server-sdk-local/client`.\n\n\
         @example\nconst wx = { cloud: client('user-1') }",
    ),
    control(
        "faults.inject",
        ("fault", "native.testFault(handle, fault);"),
        "(fault: Fault): void",
        "The service's failures on demand: the next `times` calls of `api` wait `delay` \
         milliseconds and fail with `error`.\n\n\
         @example\nfaults.inject({ api: 'collection.add', times: 1, error: -501001 })",
    ),
    control(
        "faults.clear",
        ("", "native.testClearFaults(handle);"),
        "(): void",
        "Takes back every fault.\n\n@example\nfaults.clear()",
    ),
    control(
        "calls",
        ("api", "return dated(native.testCalls(handle, api));"),
        "(api?: string): RecordedCall[]",
        "The calls of functions and open capabilities, oldest first: of everything, of one call, or \
         of a group like `openapi.security`. The latest are kept: 10 000, and 16 MB of arguments \
         and results.\n\n\
         @example\nassert.equal(calls('openapi.subscribeMessage.send').length, 1)",
    ),
    control(
        "diagnostics",
        ("", "return native.testDiagnostics(handle);"),
        "(): Diagnostic[]",
        "The pitfalls that were met, each once for each place in the program.\n\n\
         @example\nassert.deepEqual(diagnostics(), [])",
    ),
    control(
        "invocations",
        ("", "return native.testInvocations(handle);"),
        "(): Invocation[]",
        "The runs of functions that have ended, oldest first, with their logs. The latest are kept: \
         10 000, and 16 MB of events, logs and answers.\n\n\
         @example\ninvocations().at(-1).log",
    ),
    control(
        "dump",
        ("collection, options", "return promise(native.testDump, handle, collection, options);"),
        "(collection: string, options?: DumpOptions): Promise<any[]>",
        "Every document of a collection, in the order in which they were added. With `normalise` \
         generated ids become `<id 1>`, `<id 2>` .. and dates `<date>`, so that it can be compared \
         with a stored snapshot.\n\n\
         @example\nexpect(await dump('todos', { normalise: true })).toMatchSnapshot()",
    ),
    control(
        "collections",
        ("options", "return promise(native.testCollections, handle, options);"),
        "(options?: EnvOption): Promise<string[]>",
        "The names of the collections.\n\n@example\nawait collections()",
    ),
    control(
        "indexes",
        (
            "collection, indexes, options",
            "return promise(native.testIndexes, handle, collection, indexes, options);",
        ),
        "(collection: string, indexes?: IndexSpec[], options?: EnvOption): Promise<IndexInfo[]>",
        "Makes the indexes given, as in the console, and resolves with those there are.\n\n\
         @example\nawait indexes('todos', [{ keys: { owner: 1, at: -1 }, unique: true }])",
    ),
    control(
        "export",
        (
            "collection, format, options",
            "return promise(native.testExport, handle, collection, format, options);",
        ),
        "(collection: string, format?: 'json' | 'csv', options?: ExportOptions): Promise<string>",
        "The documents of a collection as the console exports them.\n\n\
         @example\nconst lines = await testing.export('todos', 'json')",
    ),
    control(
        "import",
        (
            "collection, textOrFile, options",
            "return promise(native.testImport, handle, collection, textOrFile, options);",
        ),
        "(collection: string, textOrFile: string, options?: ImportOptions): Promise<ImportReport>",
        "Reads documents as the console exports them: from a text (it has a line break or begins \
         with a brace) or from a file. A line that cannot be stored rejects with its number, unless \
         `stopOnError` is false: then the report lists it.\n\n\
         @example\nawait testing.import('todos', 'fixtures/todos.csv', { conflictMode: 'upsert' })",
    ),
    control(
        "dispose",
        (
            "",
            "if (native.isOver()) return never();
    for (const known of [mocks, registered, routes]) forget(known, `${world} `);
    loaders.delete(world);
    native.testDispose(handle);
    return handOut(Promise.resolve());",
        ),
        "(): Promise<void>",
        "Gives up a world of `createTest`; `await using` (TypeScript, Node 24) does so by itself.\n\n\
         @example\nawait world.dispose()",
    ),
];

/// The part of the surface script that makes `createTesting`.
pub fn script() -> String {
    let mut source = SOURCE.to_owned();
    let mut groups: Vec<&str> = Vec::new();
    for Control { path, parameters, body, types, .. } in CONTROLS {
        if let Some((group, _)) = path.split_once('.')
            && !groups.contains(&group)
        {
            groups.push(group);
            let _ = writeln!(source, "  control.{group} = {{}};");
        }
        // What answers nothing changes something. Of a promise, who makes it says so.
        let guard = if types.ends_with("): void") { "if (native.isOver()) return; " } else { "" };
        let _ = writeln!(source, "  control.{path} = ({parameters}) => {{ {guard}{body} }};");
    }
    source.push_str(
        r"  hide(control, asyncDispose, control.dispose);
  return control;
};
const beginFile = () => {
  const handle = native.newTest();
  const world = native.testWorld(handle);
  for (const known of [mocks, registered, routes]) forget(known, `${world} `);
  loaders.delete(world);
  native.testBegin(handle);
};
const createTesting = () => {
  const handle = native.newTest();
  const testing = controlOf(handle);
  delete testing.dispose;
  delete testing[asyncDispose];
  testing.createTest = (options = {}) => {
    const made = native.newTest(handle, options);
    const [from, to] = [native.testWorld(handle), native.testWorld(made)];
    for (const known of [registered, routes]) inherit(known, from, to);
    if (loaders.has(from)) loaders.set(to, loaders.get(from));
    return controlOf(made);
  };
  return testing;
};
",
    );
    source
}

/// `testing.d.ts`.
pub fn declarations() -> String {
    let mut text = String::from("// Generated from src/node/surface/testing.rs: do not edit.\n\n");
    text.push_str(TYPES);
    text.push_str("\n/** One set of data with its functions, clock and mocks. The module itself is the default one. */\n");
    text.push_str("export interface TestWorld extends AsyncDisposable {\n");
    let mut group = "";
    for control in CONTROLS {
        let (in_group, name) = control.path.split_once('.').unwrap_or(("", control.path));
        if in_group != group {
            text.push_str(if group.is_empty() { "" } else { "  }\n" });
            if !in_group.is_empty() {
                let _ = writeln!(text, "  readonly {in_group}: {{");
            }
            group = in_group;
        }
        let indent = if group.is_empty() { "  " } else { "    " };
        render_text(&mut text, control.text, indent);
        let _ = writeln!(text, "{indent}{name}{}", control.types);
    }
    text.push_str("}\n\n");
    let mut names: Vec<&str> = Vec::new();
    for control in CONTROLS {
        let name = control.path.split('.').next().unwrap_or(control.path);
        if name != "dispose" && !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        // `export` and `import` are words of the language.
        let _ = write!(
            text,
            "declare const default_{name}: TestWorld['{name}']\nexport {{ default_{name} as {name} }}\n"
        );
    }
    render_text(
        &mut text,
        "A world of its own in memory, with the functions of the default one.\n\n\
         @example\nawait using world = createTest({ as: 'user-1' })",
        "",
    );
    text.push_str("export declare function createTest(options?: TestOptions): TestWorld\n");
    text
}

fn render_text(out: &mut String, text: &str, indent: &str) {
    let _ = writeln!(out, "{indent}/**");
    for line in text.lines() {
        let line = format!("{indent} * {line}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let _ = writeln!(out, "{indent} */");
}
