//! One JavaScript realm: a test file of Jest, a worker, or the program itself.
//!
//! A realm is found through its global object, so that a second evaluation of the package's entry
//! (`jest.resetModules`) meets the same classes and the same data. It refers to JavaScript weakly:
//! what it needs is held by the realm's own objects, so a discarded test file can be collected.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Weak;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::NATIVE_STACK_BYTES;
use crate::node::context;
use crate::node::convert::{PACKED_NUMBERS, SHARED_NUMBERS, Scratch, Shapes};
use crate::node::failure::{error_object, from_panic, internal};
use crate::node::js::{
    ARGUMENTS_MAX, Dispatch, Js, Kept, Mailbox, Numbers, Outcome, Reference, Thrown, Type, Value,
};
use crate::node::native;
use crate::node::solitude::Solitude;
use crate::node::surface::{self, Role};
use crate::node::surroundings::Surroundings;
use crate::node::world::{Diagnostic, World, rest_at_end};
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::failure::{Failure, FailureClass};

/// The version of the official package whose surface this is.
const OFFICIAL_VERSION: &str = "4.0.2";

/// Where a realm is kept on its global object.
const GLOBAL_KEY: &str = "wx-server-sdk-local.realm";

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
    pub list_length: Reference,
    pub environment: Reference,
    pub brand: Reference,
    pub note_pause: Reference,
    pub host: Reference,
    pub site: Reference,
    pub parse: Reference,
}

/// State of one realm. Lives as long as the realm's `native` object.
pub struct Realm {
    id: RealmId,
    helpers: RefCell<Option<Helpers>>,
    pub shapes: RefCell<Shapes>,
    /// Where the numbers of a result are left for `unpack`.
    pub shared: Numbers,
    /// Where `pack` leaves the numbers of an argument.
    pub packed: Numbers,
    pub scratch: Scratch,
    pub world: Arc<World>,
    pending: RefCell<Pending>,
    pub solitude: Solitude,
    mailbox: RefCell<Option<Arc<Mailbox>>>,
}

/// Tells the realms of a process apart. For deliveries of other threads that come back to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RealmId(u64);

thread_local! {
    /// The realms of this thread, the youngest last: it is the one that calls, mostly.
    static REALMS: RefCell<Vec<(RealmId, Weak<Realm>)>> = const { RefCell::new(Vec::new()) };
}

impl RealmId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The realm, if it belongs to this thread and is still there.
    pub fn find(self) -> Option<Kept<Realm>> {
        let found = |realms: &RefCell<Vec<_>>| {
            let realms = realms.borrow();
            let (_, realm) = realms.iter().rev().find(|(id, _)| *id == self)?;
            Kept::upgrade(realm)
        };
        REALMS.try_with(found).ok().flatten()
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        let _ = REALMS.try_with(|realms| realms.borrow_mut().retain(|(id, _)| *id != self.id));
    }
}

/// The number of an operation that settles never.
const NEVER: f64 = 0.0;

/// Operations that settle later, by number from 1 on.
#[derive(Default)]
pub struct Pending {
    next: u64,
    open: HashMap<u64, Settle>,
}

/// How to settle a promise.
pub struct Settle {
    pub resolve: Reference,
    pub reject: Reference,
}

/// Native functions of one realm, at most: a token has the realm's id and the function's place.
const FUNCTIONS_MAX: u64 = 1024;

pub type Native = for<'s> fn(Call<'s>) -> Outcome<Value<'s>>;

/// The argument in which `attempt` says whether `process.env` is the process's own.
const SEES_OWN_VARIABLES: usize = 4;

/// A call of a native function from the surface script.
#[derive(Clone, Copy)]
pub struct Call<'s> {
    pub js: Js<'s>,
    pub realm: &'s Realm,
    arguments: [Value<'s>; ARGUMENTS_MAX],
}

impl<'s> Call<'s> {
    /// The argument at `index`; `undefined` when it was not given.
    pub fn argument(self, index: usize) -> Value<'s> {
        self.arguments[index]
    }

    /// Whether a run that has ended asks for something. It is not done, and never answered.
    fn is_in_vain(self) -> Outcome<bool> {
        // Whatever asks the engine, the files or a function passes `attempt`.
        Ok(context::may_be_over()
            && self.js.type_of(self.argument(SEES_OWN_VARIABLES))? == Type::Boolean
            && context::is_over(self.js)?)
    }

    /// Whether `process.env` of the realm is a view of the process's own variables. Only calls that
    /// the surface script's `attempt` makes say so.
    pub fn sees_own_variables(self) -> Outcome<bool> {
        let told = self.argument(SEES_OWN_VARIABLES);
        Ok(self.js.type_of(told)? == Type::Boolean && self.js.to_bool(told)?)
    }
}

impl Realm {
    /// The realm of `global`, made at the first call for it. `host` is handed to the surface
    /// script: the realm's global object, its `require` and its `import`.
    pub fn open(js: Js<'_>, global: Value<'_>, host: Value<'_>) -> Outcome<Kept<Self>> {
        let key = js.symbol_for(GLOBAL_KEY)?;
        let found = js.get_by(global, key)?;
        if js.type_of(found)? == Type::Object {
            return js.held(js.get(found, "realm")?);
        }
        context::prepare(js, js.get(host, "require")?)?;
        rest_at_end(js)?;
        let world = match role_of(js, host)? {
            Role::Instance => native::instances::offered(&js.to_text(js.get(host, "world")?)?)?,
            _ => World::of_surroundings(&Surroundings::of(js, global)?),
        };
        let id = RealmId::next();
        let realm = Kept::new(Self {
            id,
            helpers: RefCell::new(None),
            shapes: RefCell::default(),
            shared: Numbers::new(SHARED_NUMBERS),
            packed: Numbers::new(PACKED_NUMBERS),
            scratch: Scratch::default(),
            world,
            pending: RefCell::new(Pending::default()),
            solitude: Solitude::default(),
            mailbox: RefCell::new(None),
        });
        REALMS.with_borrow_mut(|realms| realms.push((id, realm.downgrade())));
        let native = js.object()?;
        js.set(native, "realm", js.share(&realm)?)?;
        realm.build(js, global, host, native)?;
        // With the external, what it refers to weakly: both live as long as the realm.
        js.define_hidden(global, key, native)?;
        Ok(realm)
    }

    fn build(
        &self,
        js: Js<'_>,
        global: Value<'_>,
        host: Value<'_>,
        native: Value<'_>,
    ) -> Outcome<()> {
        for (token, (name, _)) in (self.id.0 * FUNCTIONS_MAX..).zip(native::functions()) {
            js.set(native, name, js.function::<Self>(name, token)?)?;
        }
        js.set(native, "sharedMemory", self.shared.buffer(js)?)?;
        js.set(native, "packedMemory", self.packed.buffer(js)?)?;
        let brand = js.symbol_for("wx-server-sdk-local.kind")?;
        js.set(native, "BRAND", brand)?;
        js.set(native, "VERSION", js.text(OFFICIAL_VERSION)?)?;
        let function = js.get(global, "Function")?;
        let arguments =
            [js.text("native")?, js.text("host")?, js.text(&surface::script(role_of(js, host)?))?];
        let script = js.construct(function, &arguments)?;
        let made = js.call(script, global, &[native, host])?;
        let build = js.get(made, "build")?;
        js.set(native, "made", made)?;
        js.set(native, "host", host)?;
        let watch = |object, name: &str| js.watch(js.get(object, name)?);
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
            list_length: watch(build, "listLength")?,
            environment: watch(build, "environment")?,
            brand: js.keep(brand)?,
            note_pause: watch(build, "notePause")?,
            host: js.watch(host)?,
            site: watch(build, "site")?,
            parse: watch(build, "parse")?,
        });
        Ok(())
    }

    /// One of the helpers, as a value of the running call.
    pub fn helper<'s>(
        &self,
        js: Js<'s>,
        choose: impl FnOnce(&Helpers) -> &Reference,
    ) -> Outcome<Value<'s>> {
        match self.helpers.borrow().as_ref() {
            Some(helpers) => js.resolve(choose(helpers)),
            None => Err(internal("the realm is not built yet").into()),
        }
    }

    pub fn id(&self) -> RealmId {
        self.id
    }

    /// Where other threads leave results for this thread.
    pub fn mailbox(&self, js: Js<'_>) -> Outcome<Arc<Mailbox>> {
        if let Some(mailbox) = self.mailbox.borrow().as_ref() {
            return Ok(Arc::clone(mailbox));
        }
        let mailbox = match Mailbox::of_thread() {
            Some(mailbox) => mailbox,
            // What is delivered belongs to no frame.
            None => context::outside(js, || Mailbox::open(js))?,
        };
        *self.mailbox.borrow_mut() = Some(Arc::clone(&mailbox));
        Ok(mailbox)
    }

    /// Whether a write that is sent now has no other beside it.
    pub fn sends_alone(&self) -> bool {
        let mailbox = self.mailbox.borrow();
        self.solitude.admits(mailbox.as_ref().is_some_and(|mailbox| !mailbox.is_idle()))
    }

    /// A write was stored at once: until its sender awaits something, others are not alone.
    pub fn stored_at_once(&self, js: Js<'_>) -> Outcome<()> {
        self.solitude.written();
        let note_pause = self.helper(js, |helpers| &helpers.note_pause)?;
        js.call(note_pause, js.undefined()?, &[]).map(drop)
    }

    fn global<'s>(&self, js: Js<'s>) -> Outcome<Value<'s>> {
        js.get(self.helper(js, |helpers| &helpers.host)?, "global")
    }

    /// A global of the realm.
    pub fn global_of<'s>(&self, js: Js<'s>, name: &str) -> Outcome<Value<'s>> {
        js.get(self.global(js)?, name)
    }

    /// A module of Node.
    pub fn require<'s>(&self, js: Js<'s>, module: &str) -> Outcome<Value<'s>> {
        let require = js.get(self.helper(js, |helpers| &helpers.host)?, "require")?;
        js.call(require, js.undefined()?, &[js.text(module)?])
    }

    /// JSON text as a value of the realm.
    pub fn parse_json<'s>(&self, js: Js<'s>, text: &str) -> Outcome<Value<'s>> {
        let parse = self.helper(js, |helpers| &helpers.parse)?;
        js.call(parse, js.undefined()?, &[js.text(text)?])
    }

    pub fn process<'s>(&self, js: Js<'s>) -> Outcome<Value<'s>> {
        js.get(self.global(js)?, "process")
    }

    pub fn console<'s>(&self, js: Js<'s>) -> Outcome<Value<'s>> {
        js.get(self.global(js)?, "console")
    }

    /// Tells what a call does not say: once for each place in the program.
    pub fn note(&self, js: Js<'_>, pitfalls: &[Pitfall]) -> Outcome<()> {
        for pitfall in pitfalls {
            let text = format!("{pitfall}; {}", pitfall.fix());
            self.tell(js, pitfall.name(), &text)?;
        }
        Ok(())
    }

    /// One diagnostic. It is printed once for each place in the program, whichever world met it and
    /// however often that was set back.
    pub fn tell(&self, js: Js<'_>, name: &str, text: &str) -> Outcome<()> {
        let world = match context::current(js)? {
            Some(frame) => Arc::clone(&frame.world),
            None => Arc::clone(&self.world),
        };
        if !world.settings.diagnostics {
            return Ok(());
        }
        let site = self.helper(js, |helpers| &helpers.site)?;
        let site = js.to_text(js.call(site, js.undefined()?, &[])?)?;
        let found = Diagnostic { name: name.to_owned(), text: text.to_owned(), site };
        world.note(&found);
        if self.world.prints(&found) {
            let console = self.console(js)?;
            js.call(js.get(console, "warn")?, console, &[js.text(&found.line())?])?;
        }
        Ok(())
    }

    /// Begins an operation that settles later.
    pub fn begin(&self) -> u64 {
        let mut pending = self.pending.borrow_mut();
        pending.next += 1;
        pending.next
    }

    /// Settles an operation that was begun.
    pub fn complete(&self, js: Js<'_>, id: u64, outcome: Outcome<Value<'_>>) -> Outcome<()> {
        let Some(settle) = self.pending.borrow_mut().open.remove(&id) else { return Ok(()) };
        let (function, value) = match outcome {
            Ok(value) => (&settle.resolve, value),
            Err(thrown) => (&settle.reject, self.thrown_value(js, thrown)?),
        };
        let function = js.resolve(function)?;
        let called = js.call(function, js.undefined()?, &[value]);
        called.map(drop)
    }

    /// The JavaScript value to throw.
    pub fn thrown_value<'s>(&self, js: Js<'s>, thrown: Thrown) -> Outcome<Value<'s>> {
        match thrown {
            Thrown::Pending => js.take_exception(),
            Thrown::Failure(failure) => error_object(js, self, &failure),
        }
    }

    /// Receives the functions of the promise that was made for an operation.
    pub fn take(&self, js: Js<'_>, id: u64, resolve: Value<'_>, reject: Value<'_>) -> Outcome<()> {
        if id == 0 {
            return Ok(());
        }
        let settle = Settle { resolve: js.keep(resolve)?, reject: js.keep(reject)? };
        self.pending.borrow_mut().open.insert(id, settle);
        Ok(())
    }
}

/// What the entry file said that its realm is.
fn role_of(js: Js<'_>, host: Value<'_>) -> Outcome<Role> {
    Ok(match (js.has_own(host, "isProgram")?, js.has_own(host, "world")?) {
        (true, _) => Role::Program,
        (false, true) => Role::Instance,
        (false, false) => Role::Library,
    })
}

impl Dispatch for Realm {
    fn find(token: u64) -> Option<Kept<Self>> {
        RealmId(token / FUNCTIONS_MAX).find()
    }

    fn answer<'s>(
        &'s self,
        js: Js<'s>,
        token: u64,
        arguments: [Value<'s>; ARGUMENTS_MAX],
    ) -> Result<Value<'s>, Option<Value<'s>>> {
        let function = usize::try_from(token % FUNCTIONS_MAX).ok().and_then(native::function);
        let Some(function) = function else { return Err(None) };
        // Native code asks nobody how much of the stack is left, as JavaScript does at each call: a
        // worker ends the process where it runs out.
        if stacker::remaining_stack().is_some_and(|left| left < NATIVE_STACK_BYTES) {
            let failure =
                Failure::new(FailureClass::RangeError, "Maximum call stack size exceeded");
            return Err(error_object(js, self, &failure).ok());
        }
        let call = Call { js, realm: self, arguments };
        let run = || if call.is_in_vain()? { js.number(NEVER) } else { function(call) };
        let outcome = catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|panic| Err(from_panic(panic.as_ref()).into()));
        outcome.map_err(|thrown| match thrown {
            Thrown::Pending => None,
            Thrown::Failure(failure) => error_object(js, self, &failure).ok(),
        })
    }
}
