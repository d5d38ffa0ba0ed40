//! Every operation of the disk fails in turn: the caller gets an error, the store goes on as soon
//! as the disk does, and holds what was acknowledged.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

mod store_device;
mod store_model;

use std::sync::Arc;

use wx_server_sdk_local::error::{Error, ErrorKind};

use store_device::{Failure, Image, Random, TestDevice, seed};
use store_model::{Model, change, open, stored, write};

const COMMITS: usize = 12;

/// What became of a run with a failure in it.
struct Run {
    /// The last acknowledged state, and the one that was to be written when the failure came.
    allowed: Vec<Model>,
    error: Option<Error>,
}

fn run(device: &Arc<TestDevice>, start: Model, seed: u64) -> Run {
    let mut random = Random(seed);
    let mut model = start;
    let mut outcome = Run { allowed: vec![model.clone()], error: None };
    let store = match open(device) {
        Ok(store) => store,
        Err(error) => return Run { error: Some(error), ..outcome },
    };
    for _ in 0..COMMITS {
        let is_small = random.below(2) == 0;
        let result = write(&store, is_small, |writer| {
            (0..2).try_for_each(|_| change(writer, &mut model, &mut random))
        });
        match result {
            Ok(()) => outcome.allowed = vec![model.clone()],
            Err(error) => {
                // A commit that failed may have become durable before it did.
                outcome.allowed.push(model);
                outcome.error = Some(error);
                device.heal();
                store.write(|writer| writer.put_record("t", b"k", b"v")).unwrap();
                let found = stored(&store).unwrap();
                assert!(outcome.allowed.contains(&found), "{found:?}");
                break;
            }
        }
    }
    outcome
}

#[test]
fn every_failing_operation_is_an_error_and_never_a_corruption() {
    let seed = seed();
    let prepared = TestDevice::new(Image::default());
    let start = Model::default();
    let before = run(&prepared, start.clone(), seed).allowed[0].clone();
    let prepared = prepared.image();
    for failure in [Failure::Broken, Failure::Full, Failure::Short] {
        for (image, model) in [(Image::default(), &start), (prepared.clone(), &before)] {
            let mut after = 1;
            loop {
                let device = TestDevice::new(image.clone());
                device.fail_after(after, failure);
                let outcome = run(&device, model.clone(), seed ^ 0xFF);
                let reached = outcome.error.is_some() || device.has_failed();
                device.heal();
                let store =
                    open(&device).unwrap_or_else(|error| panic!("{failure:?} at {after}: {error}"));
                let found = stored(&store).unwrap();
                assert!(
                    outcome.allowed.contains(&found),
                    "{failure:?} at {after}: {found:?} is none of {:?}",
                    outcome.allowed
                );
                let report = store.check().unwrap();
                assert!(report.is_sound(), "{failure:?} at {after}: {report:?}");
                store.write(|writer| writer.put_record("t", b"k", b"v")).unwrap();
                if let Some(error) = outcome.error {
                    assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
                    if failure == Failure::Full {
                        assert!(error.message().contains("disk is full"), "{error}");
                    }
                }
                if !reached {
                    break;
                }
                after += 1;
            }
            assert!(after > 20, "only {after} operations were tried");
        }
    }
}
