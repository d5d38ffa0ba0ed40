//! Values kept over calls: Rust values that JavaScript holds, JavaScript values that Rust holds.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::{Rc, Weak};

use hashbrown::HashMap;
use napi::sys;

use crate::node::failure::internal;
use crate::node::js::{Js, NOT_OURS, Outcome, Thrown, Type, Value};
use crate::sdk::failure::Failure;

thread_local! {
    /// What JavaScript of this thread holds: where it lies, and what it is. An external of another
    /// addon is not here.
    static HELD: RefCell<HashMap<usize, TypeId>> = RefCell::default();
    /// The environment of this thread, from its first reference until it ends.
    static ENVIRONMENT: Cell<sys::napi_env> = const { Cell::new(ptr::null_mut()) };
    /// What is to be dropped before the environment of this thread ends.
    static LAST_WISHES: RefCell<Vec<fn()>> = const { RefCell::new(Vec::new()) };
}

/// A Rust value that JavaScript holds as well: it lives as long as either does.
#[derive(Debug)]
pub struct Kept<T>(Rc<T>);

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Kept<T> {
    pub fn new(value: T) -> Self {
        Self(Rc::new(value))
    }

    pub fn downgrade(&self) -> Weak<T> {
        Rc::downgrade(&self.0)
    }

    pub fn upgrade(weak: &Weak<T>) -> Option<Self> {
        weak.upgrade().map(Self)
    }
}

impl<'s> Js<'s> {
    /// Wraps a Rust value for JavaScript to hold; it is dropped when everybody has let go of it.
    pub fn external<T: 'static>(self, value: T) -> Outcome<Value<'s>> {
        self.share(&Kept::new(value))
    }

    /// Lets JavaScript hold a value, too. Once: the first external that goes is the last that
    /// counts.
    pub fn share<T: 'static>(self, value: &Kept<T>) -> Outcome<Value<'s>> {
        let pointer = Rc::into_raw(Rc::clone(&value.0)).cast_mut();
        let made =
            make!(self, napi_create_external, pointer.cast(), Some(let_go::<T>), ptr::null_mut());
        match &made {
            Ok(_) => {
                HELD.with_borrow_mut(|held| held.insert(pointer.addr(), TypeId::of::<T>()));
            }
            // SAFETY: made above, and there is no external that would let go of it.
            Err(_) => drop(unsafe { Rc::from_raw(pointer) }),
        }
        made
    }

    /// The Rust value inside an external made for the same type.
    pub fn held<T: 'static>(self, external: Value<'_>) -> Outcome<Kept<T>> {
        let unexpected = || Thrown::from(Failure::type_error(NOT_OURS));
        if self.type_of(external)? != Type::External {
            return Err(unexpected());
        }
        let pointer =
            call!(self, napi_get_value_external, ptr::null_mut::<c_void>(), external.handle)?;
        let kind = HELD.with_borrow(|held| held.get(&pointer.addr()).copied());
        if kind != Some(TypeId::of::<T>()) {
            return Err(unexpected());
        }
        let pointer = pointer.cast::<T>().cast_const();
        // SAFETY: what is in `HELD` was made by `Rc::into_raw` in `share` for this type, and its
        // external, which has a count of its own, is alive: its handle is.
        unsafe {
            Rc::increment_strong_count(pointer);
            Ok(Kept(Rc::from_raw(pointer)))
        }
    }

    /// A reference that keeps its value alive.
    pub fn keep(self, value: Value<'_>) -> Outcome<Reference> {
        self.refer(value, 1)
    }

    /// A reference that does not keep its value alive.
    pub fn watch(self, value: Value<'_>) -> Outcome<Reference> {
        self.refer(value, 0)
    }

    fn refer(self, value: Value<'_>, count: u32) -> Outcome<Reference> {
        self.prepare_end()?;
        let made = call!(self, napi_create_reference, ptr::null_mut(), value.handle, count)?;
        Ok(Reference { env: self.env, reference: made })
    }

    /// What a reference refers to; `None` when it is gone.
    pub fn find(self, reference: &Reference) -> Outcome<Option<Value<'s>>> {
        if reference.env != self.env {
            return Ok(None);
        }
        let found = make!(self, napi_get_reference_value, reference.reference)?;
        Ok(Some(found).filter(|found| !found.handle.is_null()))
    }

    /// What a reference refers to, where it cannot be gone.
    pub fn resolve(self, reference: &Reference) -> Outcome<Value<'s>> {
        self.find(reference)?.ok_or_else(|| internal("a value was collected too early").into())
    }

    /// Once an environment. It ends in two steps: first nobody begins anything any more, and what
    /// the thread has of it is given back; then what JavaScript holds is finalised, the oldest
    /// last.
    fn prepare_end(self) -> Outcome<()> {
        if ENVIRONMENT.get() == self.env {
            return Ok(());
        }
        // SAFETY: no data is handed over.
        let status =
            unsafe { sys::napi_add_env_cleanup_hook(self.env, Some(ending), ptr::null_mut()) };
        self.check(status)?;
        // SAFETY: no data is handed over. Finalised after the externals, which are younger.
        let status = unsafe {
            sys::napi_set_instance_data(self.env, ptr::null_mut(), Some(ended), ptr::null_mut())
        };
        self.check(status)?;
        ENVIRONMENT.set(self.env);
        Ok(())
    }

    /// Before the environment of this thread ends, `work` drops what the thread has of it. Once,
    /// however often it is asked for.
    pub fn at_end(self, work: fn()) -> Outcome<()> {
        self.prepare_end()?;
        LAST_WISHES.with_borrow_mut(|wishes| {
            if !wishes.iter().any(|known| std::ptr::fn_addr_eq(*known, work)) {
                wishes.push(work);
            }
        });
        Ok(())
    }
}

unsafe extern "C" fn let_go<T>(_env: sys::napi_env, pointer: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `Rc::into_raw` in `share`; each external has a count and is finalised once.
    let value = unsafe { Rc::from_raw(pointer.cast::<T>().cast_const()) };
    let _ = HELD.try_with(|held| held.borrow_mut().remove(&pointer.addr()));
    // A panic must not unwind into V8.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
}

/// The environment is about to end.
unsafe extern "C" fn ending(_data: *mut c_void) {
    // One ending must not keep the others from theirs.
    for work in LAST_WISHES.take() {
        let _ = catch_unwind(work);
    }
}

/// The environment has ended.
unsafe extern "C" fn ended(_env: sys::napi_env, _data: *mut c_void, _hint: *mut c_void) {
    ENVIRONMENT.set(ptr::null_mut());
}

/// A value kept over calls. Belongs to the thread of its environment.
#[derive(Debug)]
pub struct Reference {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Drop for Reference {
    fn drop(&mut self) {
        // With its environment Node has dropped it.
        if ENVIRONMENT.get() == self.env {
            // SAFETY: made in this environment, which is that of this thread and has not ended, and
            // deleted once.
            unsafe { sys::napi_delete_reference(self.env, self.reference) };
        }
    }
}
