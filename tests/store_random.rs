//! Random jobs on a store in memory and on one on a device: both must hold what the model holds,
//! through failing jobs, snapshots, marks and reopening.

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

use wx_server_sdk_local::error::{Error, ErrorKind};
use wx_server_sdk_local::store::{Location, Store, StoreOptions};

use store_device::{Image, Random, TestDevice, seed};
use store_model::{Model, change, open, stored, write};

const ROUNDS: u64 = 4;
const JOBS: usize = 300;

fn run(store: &Store, random: &mut Random) -> Model {
    let mut model = Model::default();
    let mut mark = None;
    for _ in 0..JOBS {
        let changes = 1 + random.below(60);
        let fails = random.below(4) == 0;
        let before = model.clone();
        let is_small = random.below(2) == 0;
        let result = write(store, is_small, |writer| {
            for _ in 0..changes {
                change(writer, &mut model, random)?;
            }
            if fails { Err(Error::new(ErrorKind::InvalidParam, "refused")) } else { Ok(()) }
        });
        assert_eq!(result.is_err(), fails, "{result:?}");
        if fails {
            model = before;
        }
        match random.below(12) {
            0 => mark = Some((store.mark().unwrap(), model.clone())),
            1 => {
                if let Some((mark, marked)) = &mark {
                    store.restore(mark).unwrap();
                    model = marked.clone();
                }
            }
            2 => mark = None,
            _ => {}
        }
        // A reader makes the next job begin on a committed state.
        if random.below(2) == 0 {
            assert_eq!(stored(store).unwrap(), model);
        }
    }
    drop(mark);
    let report = store.check().unwrap();
    assert!(report.is_sound(), "{report:?}");
    model
}

#[test]
fn stores_hold_what_the_model_holds() {
    let seed = seed();
    for round in 0..ROUNDS {
        let memory = Store::open(StoreOptions::new(Location::Memory)).unwrap();
        let in_memory = run(&memory, &mut Random(seed.wrapping_add(round)));
        let device = TestDevice::new(Image::default());
        let on_disk = {
            let store = open(&device).unwrap();
            let model = run(&store, &mut Random(seed.wrapping_add(round)));
            store.compact().unwrap();
            model
        };
        assert_eq!(in_memory, on_disk);
        assert_eq!(stored(&open(&device).unwrap()).unwrap(), on_disk);
    }
}
