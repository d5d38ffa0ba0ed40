//! One JavaScript realm: a test file of Jest, a worker, or the program itself.
//!
//! A realm is found through its global object, so that a second evaluation of the package's entry
//! (`jest.resetModules`) meets the same classes and the same data. It refers to JavaScript weakly:
//! what it needs is held by the realm's own objects, so a discarded test file can be collected.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use napi::sys;

use crate::clock::Stopwatch;
use crate::node::context;
use crate::node::convert::Shapes;
use crate::node::convert::packed::{Buffers, Shared};
use crate::node::failure::{error_object, from_panic, internal};
use crate::node::js::{Js, Outcome, Thrown, Type, Value};
use crate::node::keep::Reference;
use crate::node::mailbox::Mailbox;
use crate::node::native;
use crate::node::solitude::Solitude;
use crate::node::surface;
use crate::node::surroundings::Surroundings;
use crate::node::world::World;
use crate::sdk::diagnostics::Pitfall;

/// The version of the official package whose surface this is.
const OFFICIAL_VERSION: &str = "4.0.2";

/// Where a realm is kept on its global object.
const GLOBAL_KEY: &str = "wx-server-sdk-local.realm";

/// And there its script, with all that the realm refers to: it lives as long as the realm.
const SCRIPT_KEY: &str = "wx-server-sdk-local.script";

/// JavaScript objects that native code calls or compares with.
pub struct Helpers {
    pub make_error: Reference,
    pub create_cloud: Reference,
    pub create_testing: Reference,
    pub create_client: Reference,
    pub begin_file: Reference,
    pub object_prototype: Reference,
    pub new_geo: Reference,
    pub compile: Reference,
    pub tag: Reference,
    pub pack: Reference,
    pub unpack: Reference,
    pub environment: Reference,
    pub brand: Reference,
    pub note_pause: Reference,
    pub wait: Reference,
    pub set_immediate: Reference,
    pub host: Reference,
    pub site: Reference,
    pub parse: Reference,
}

/// State of one realm. Lives as long as the realm's `native` object.
pub struct Realm {
    helpers: RefCell<Option<Helpers>>,
    bindings: Box<[Binding]>,
    pub shapes: RefCell<Shapes>,
    /// Where the numbers of a result are left for `unpack`.
    pub shared: Shared,
    pub buffers: RefCell<Buffers>,
    /// Where `pack` leaves the numbers of an argument.
    pub packed: Shared,
    pub units: RefCell<Vec<u16>>,
    pub world: Arc<World>,
    pub pending: RefCell<Pending>,
    pub solitude: Solitude,
    busy: Cell<Option<Stopwatch>>,
    mailbox: RefCell<Option<Arc<Mailbox>>>,
}

/// A realm's address, for deliveries that come back to it. The promise of a pending operation
/// keeps the realm alive.
#[derive(Clone, Copy)]
pub struct RealmAddress(*const Realm);

// SAFETY: only carried by other threads; followed on the JavaScript thread alone.
unsafe impl Send for RealmAddress {}
// SAFETY: see above; other threads only copy it.
unsafe impl Sync for RealmAddress {}

impl RealmAddress {
    pub fn realm<'a>(self) -> &'a Realm {
        // SAFETY: see the type.
        unsafe { &*self.0 }
    }
}

/// Operations that settle later. The promise asks for the newest one right after it was started.
#[derive(Default)]
pub struct Pending {
    next: u64,
    newest: Option<u64>,
    open: HashMap<u64, Settle>,
    /// Results that are ready but wait for the next turn of the event loop.
    parked: Vec<(u64, Reference)>,
}

/// How to settle a promise.
pub struct Settle {
    pub resolve: Reference,
    pub reject: Reference,
}

/// One native function: what it runs, and for which realm.
struct Binding {
    run: Native,
    realm: Cell<*const Realm>,
}

pub type Native = fn(&Call<'_>) -> Outcome;

const ARGUMENTS_MAX: usize = 6;

/// The argument in which `attempt` says whether `process.env` is the process's own.
const SEES_OWN_VARIABLES: usize = 4;

/// A call of a native function from the surface script.
pub struct Call<'a> {
    pub js: Js,
    pub realm: &'a Realm,
    arguments: [Value; ARGUMENTS_MAX],
}

impl Call<'_> {
    /// The argument at `index`; `undefined` when it was not given.
    pub fn argument(&self, index: usize) -> Value {
        self.arguments[index]
    }

    /// Whether `process.env` of the realm is a view of the process's own variables. Only calls that
    /// the surface script's `attempt` makes say so.
    pub fn sees_own_variables(&self) -> Outcome<bool> {
        let told = self.argument(SEES_OWN_VARIABLES);
        Ok(self.js.type_of(told)? == Type::Boolean && self.js.to_bool(told)?)
    }
}

impl Realm {
    /// The realm of `global`, made at the first call for it. `host` is handed to the surface
    /// script: the realm's global object, its `require` and its `import`.
    pub fn open<'a>(js: Js, global: Value, host: Value) -> Outcome<&'a Self> {
        let key = js.symbol_for(GLOBAL_KEY)?;
        let found = js.get_by(global, key)?;
        if js.type_of(found)? == Type::External {
            return js.held::<Box<Self>>(found).map(|realm| &**realm);
        }
        context::prepare(js, js.get(host, "require")?)?;
        let world = World::of_surroundings(&Surroundings::of(js, global)?);
        let realm = Box::new(Self {
            helpers: RefCell::new(None),
            bindings: native::functions()
                .map(|(_, run)| Binding { run, realm: Cell::new(ptr::null()) })
                .collect(),
            shapes: RefCell::default(),
            shared: Shared::default(),
            buffers: RefCell::default(),
            packed: Shared::default(),
            units: RefCell::default(),
            world,
            pending: RefCell::new(Pending::default()),
            solitude: Solitude::default(),
            busy: Cell::new(None),
            mailbox: RefCell::new(None),
        });
        let address: *const Self = &raw const *realm;
        let external = js.external(realm)?;
        // SAFETY: the box was moved into the external, its contents were not; whatever calls into
        // it is reachable only through objects that hold the external.
        let realm: &'a Self = unsafe { &*address };
        realm.build(js, global, host, external)?;
        js.define_hidden(global, key, external)?;
        Ok(realm)
    }

    fn build(&self, js: Js, global: Value, host: Value, external: Value) -> Outcome<()> {
        let native = js.object()?;
        for ((name, _), binding) in native::functions().zip(&self.bindings) {
            binding.realm.set(self);
            let function =
                js.function(name, trampoline, (&raw const *binding).cast_mut().cast())?;
            js.set(native, name, function)?;
        }
        let (wait, brand) = (js.symbol("wait")?, js.symbol_for("wx-server-sdk-local.kind")?);
        js.set(native, "WAIT", wait)?;
        js.set(native, "BRAND", brand)?;
        js.set(native, "VERSION", js.text(OFFICIAL_VERSION)?)?;
        js.set(native, "realm", external)?;
        let function = js.get(global, "Function")?;
        let arguments = [
            js.text("native")?,
            js.text("host")?,
            js.text(&surface::script(js.has_own(host, "isProgram")?))?,
        ];
        let script = js.construct(function, &arguments)?;
        let made = js.call(script, global, &[native, host])?;
        let build = js.get(made, "build")?;
        js.set(native, "made", made)?;
        js.set(native, "host", host)?;
        js.define_hidden(global, js.symbol_for(SCRIPT_KEY)?, native)?;
        let watch = |object, name: &str| js.watch(js.get(object, name)?);
        // Node's own: a global one may be a test's fake, or missing in a browser's environment.
        let timers = js.call(js.get(host, "require")?, global, &[js.text("timers")?])?;
        let set_immediate = js.get(timers, "setImmediate")?;
        js.set(native, "setImmediate", set_immediate)?;
        self.shared.bind(js, js.get(build, "shared")?)?;
        self.packed.bind(js, js.get(build, "packed")?)?;
        *self.helpers.borrow_mut() = Some(Helpers {
            make_error: watch(made, "makeError")?,
            create_cloud: watch(made, "createCloud")?,
            create_testing: watch(made, "createTesting")?,
            create_client: watch(made, "createClientModule")?,
            begin_file: watch(made, "beginFile")?,
            object_prototype: watch(build, "prototype")?,
            new_geo: watch(build, "geo")?,
            compile: watch(build, "compile")?,
            tag: watch(build, "tag")?,
            pack: watch(build, "pack")?,
            unpack: watch(build, "unpack")?,
            environment: watch(build, "environment")?,
            brand: js.keep(brand)?,
            note_pause: watch(build, "notePause")?,
            wait: js.keep(wait)?,
            set_immediate: js.watch(set_immediate)?,
            host: js.watch(host)?,
            site: watch(build, "site")?,
            parse: watch(build, "parse")?,
        });
        Ok(())
    }

    /// One of the helpers, as a value of the running call.
    pub fn helper(&self, js: Js, choose: impl FnOnce(&Helpers) -> &Reference) -> Outcome {
        match self.helpers.borrow().as_ref() {
            Some(helpers) => js.resolve(choose(helpers)),
            None => Err(internal("the realm is not built yet").into()),
        }
    }

    pub fn address(&self) -> RealmAddress {
        RealmAddress(self)
    }

    /// Where other threads leave results for this thread.
    pub fn mailbox(&self, js: Js) -> Outcome<Arc<Mailbox>> {
        if let Some(mailbox) = self.mailbox.borrow().as_ref() {
            return Ok(Arc::clone(mailbox));
        }
        let mailbox = Mailbox::of_thread(js)?;
        *self.mailbox.borrow_mut() = Some(Arc::clone(&mailbox));
        Ok(mailbox)
    }

    /// Whether a write that is sent now has no other beside it.
    pub fn sends_alone(&self) -> bool {
        let mailbox = self.mailbox.borrow();
        self.solitude.admits(mailbox.as_ref().is_some_and(|mailbox| !mailbox.is_idle()))
    }

    /// A write was stored at once: until its sender awaits something, others are not alone.
    pub fn stored_at_once(&self, js: Js) -> Outcome<()> {
        self.solitude.written();
        let note_pause = self.helper(js, |helpers| &helpers.note_pause)?;
        js.call(note_pause, js.undefined()?, &[]).map(drop)
    }

    fn global(&self, js: Js) -> Outcome {
        js.get(self.helper(js, |helpers| &helpers.host)?, "global")
    }

    /// A global of the realm.
    pub fn global_of(&self, js: Js, name: &str) -> Outcome {
        js.get(self.global(js)?, name)
    }

    /// A module of Node.
    pub fn require(&self, js: Js, module: &str) -> Outcome {
        let require = js.get(self.helper(js, |helpers| &helpers.host)?, "require")?;
        js.call(require, js.undefined()?, &[js.text(module)?])
    }

    /// JSON text as a value of the realm.
    pub fn parse_json(&self, js: Js, text: &str) -> Outcome {
        let parse = self.helper(js, |helpers| &helpers.parse)?;
        js.call(parse, js.undefined()?, &[js.text(text)?])
    }

    pub fn process(&self, js: Js) -> Outcome {
        js.get(self.global(js)?, "process")
    }

    pub fn console(&self, js: Js) -> Outcome {
        js.get(self.global(js)?, "console")
    }

    /// Tells what a call does not say: once for each place in the program.
    pub fn note(&self, js: Js, pitfalls: &[Pitfall]) -> Outcome<()> {
        for pitfall in pitfalls {
            let text = format!("{pitfall}; {}", pitfall.fix());
            self.tell(js, pitfall.name(), &text)?;
        }
        Ok(())
    }

    /// One diagnostic, once for each place in the program.
    pub fn tell(&self, js: Js, name: &str, text: &str) -> Outcome<()> {
        let world = match context::current(js)? {
            Some(frame) => Arc::clone(&frame.world),
            None => Arc::clone(&self.world),
        };
        if !world.settings.diagnostics {
            return Ok(());
        }
        let site = self.helper(js, |helpers| &helpers.site)?;
        let site = js.to_text(js.call(site, js.undefined()?, &[])?)?;
        if let Some(line) = world.note(name, text, &site) {
            let console = self.console(js)?;
            js.call(js.get(console, "warn")?, console, &[js.text(&line)?])?;
        }
        Ok(())
    }

    /// Settles a promise at once, or after other work had its turn.
    ///
    /// A loop that awaits settled promises never leaves the microtask queue: without a pause after
    /// some milliseconds, timers and sockets would starve.
    pub fn settle(&self, js: Js, value: Value) -> Outcome {
        const TURN_MS: u128 = 2;
        match self.busy.get() {
            None => {
                self.busy.set(Some(Stopwatch::start()));
                let set_immediate = self.helper(js, |helpers| &helpers.set_immediate)?;
                let rested =
                    js.function("rested", rested, ptr::from_ref(self).cast_mut().cast())?;
                js.call(set_immediate, js.undefined()?, &[rested])?;
                Ok(value)
            }
            Some(busy) if busy.elapsed().as_millis() >= TURN_MS => {
                let id = self.begin();
                // Only objects can be referred to, and a value may be none.
                let holder = js.object()?;
                js.set(holder, "value", value)?;
                let kept = js.keep(holder)?;
                self.pending.borrow_mut().parked.push((id, kept));
                self.wait(js)
            }
            Some(_) => Ok(value),
        }
    }

    /// The token that makes the surface script create a promise for the operation just begun.
    pub fn wait(&self, js: Js) -> Outcome {
        self.helper(js, |helpers| &helpers.wait)
    }

    /// Begins an operation that settles later.
    pub fn begin(&self) -> u64 {
        let mut pending = self.pending.borrow_mut();
        pending.next += 1;
        pending.newest = Some(pending.next);
        pending.next
    }

    /// Settles an operation that was begun.
    pub fn complete(&self, js: Js, id: u64, outcome: Outcome) -> Outcome<()> {
        let Some(settle) = self.pending.borrow_mut().open.remove(&id) else { return Ok(()) };
        let (function, value) = match outcome {
            Ok(value) => (&settle.resolve, value),
            Err(thrown) => (&settle.reject, self.thrown_value(js, thrown)?),
        };
        let function = js.resolve(function)?;
        let called = js.call(function, js.undefined()?, &[value]);
        settle.resolve.release(js);
        settle.reject.release(js);
        called.map(drop)
    }

    /// The JavaScript value to throw.
    pub fn thrown_value(&self, js: Js, thrown: Thrown) -> Outcome {
        match thrown {
            Thrown::Pending => js.take_exception(),
            Thrown::Failure(failure) => error_object(js, self, &failure),
        }
    }

    /// Receives the functions of the promise made for the newest operation.
    pub fn take(&self, js: Js, resolve: Value, reject: Value) -> Outcome<()> {
        let settle = Settle { resolve: js.keep(resolve)?, reject: js.keep(reject)? };
        let mut pending = self.pending.borrow_mut();
        let Some(id) = pending.newest.take() else { return Ok(()) };
        pending.open.insert(id, settle);
        let parked = pending.parked.iter().position(|(parked, _)| *parked == id);
        let Some(at) = parked else { return Ok(()) };
        let (_, value) = pending.parked.swap_remove(at);
        let Some(settle) = pending.open.remove(&id) else { return Ok(()) };
        drop(pending);
        // The value was ready: it is delivered in the next turn of the event loop.
        let set_immediate = self.helper(js, |helpers| &helpers.set_immediate)?;
        let ready = js.get(js.resolve(&value)?, "value")?;
        let arguments = [js.resolve(&settle.resolve)?, ready];
        js.call(set_immediate, js.undefined()?, &arguments)?;
        value.release(js);
        settle.resolve.release(js);
        settle.reject.release(js);
        Ok(())
    }
}

unsafe extern "C" fn rested(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut data = ptr::null_mut();
    // SAFETY: only the data pointer is asked for.
    unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut data,
        );
        // SAFETY: the pending immediate keeps nothing alive, but the realm is alive while its
        // script is, and the immediate was made by it.
        if let Some(realm) = data.cast::<Realm>().as_ref() {
            realm.busy.set(None);
        }
    }
    ptr::null_mut()
}

/// Every native function enters here: no panic crosses into V8, every error is of the realm.
unsafe extern "C" fn trampoline(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let js = Js::new(env);
    let mut arguments = [ptr::null_mut(); ARGUMENTS_MAX];
    let mut count = ARGUMENTS_MAX;
    let mut data: *mut c_void = ptr::null_mut();
    // SAFETY: room for `count` arguments; missing ones are filled with `undefined`.
    unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        );
    }
    // SAFETY: `data` is the binding given at creation; its realm owns it and outlives the function.
    let Some(binding) = (unsafe { data.cast::<Binding>().as_ref() }) else {
        return ptr::null_mut();
    };
    // SAFETY: set in `build` before any function could be called.
    let Some(realm) = (unsafe { binding.realm.get().as_ref() }) else { return ptr::null_mut() };
    let call = Call { js, realm, arguments };
    let outcome = catch_unwind(AssertUnwindSafe(|| (binding.run)(&call)))
        .unwrap_or_else(|panic| Err(from_panic(panic.as_ref()).into()));
    match outcome {
        Ok(value) => value,
        Err(Thrown::Pending) => ptr::null_mut(),
        Err(Thrown::Failure(failure)) => {
            if let Ok(error) = error_object(js, realm, &failure) {
                js.throw(error);
            }
            ptr::null_mut()
        }
    }
}
