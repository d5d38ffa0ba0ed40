//! No crash loses an acknowledged write, and none leaves a store that does not open.
//!
//! A workload is recorded down to each write and sync of the device. Then, for every point at
//! which the machine could have stopped, images of what the disk may hold are built: of the writes
//! since the last sync all, none, a random half in any combination, or all with the last one torn.
//! Each image is opened and must hold what was acknowledged, or that and the commit that was under
//! way, whole.

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

use std::sync::atomic::{AtomicU64, Ordering};

use store_device::{Image, Operation, Random, TestDevice, seed, setting};
use store_model::{Model, change, open, open_as_large, stored, write};

/// Points tried at least; `WX_LOCAL_TEST_POINTS` sets another number.
const POINTS_MIN: u64 = 100_000;
const THREADS: usize = 2;
const COMMITS: usize = 40;
/// Random halves tried at each point that has more than one unsynced write.
const HALVES: usize = 3;

/// A run of a workload: what the device was told, and what the model held when.
struct Recording {
    operations: Vec<Operation>,
    /// After how many operations each state was acknowledged. The first is the empty store.
    acknowledged: Vec<(usize, Model)>,
}

fn record(seed: u64) -> Recording {
    let mut random = Random(seed);
    let device = TestDevice::new(Image::default());
    let open = if seed.is_multiple_of(2) { open_as_large } else { open };
    let store = open(&device).unwrap();
    let mut model = Model::default();
    let mut mark = None;
    let mut acknowledged = vec![(device.operations(), model.clone())];
    for _ in 0..COMMITS {
        let changes = 1 + random.below(3);
        let is_small = random.below(2) == 0;
        write(&store, is_small, |writer| {
            (0..changes).try_for_each(|_| change(writer, &mut model, &mut random))
        })
        .unwrap();
        acknowledged.push((device.operations(), model.clone()));
        match random.below(12) {
            0 => mark = Some((store.mark().unwrap(), model.clone())),
            1 => {
                let Some((mark, marked)) = &mark else { continue };
                store.restore(mark).unwrap();
                model = marked.clone();
                acknowledged.push((device.operations(), model.clone()));
            }
            2 => {
                mark = None;
                store.compact().unwrap();
            }
            _ => {}
        }
    }
    drop((store, mark));
    Recording { operations: device.take_log(), acknowledged }
}

impl Recording {
    /// What may be stored after a crash before operation `at`: the last acknowledged state and the
    /// one that was being written.
    fn allowed(&self, at: usize) -> &[(usize, Model)] {
        let known = self.acknowledged.partition_point(|(operations, _)| *operations <= at);
        let end = (known + 1).min(self.acknowledged.len());
        &self.acknowledged[known.saturating_sub(1)..end]
    }

    fn check_all(&self, random: &mut Random, points: &AtomicU64) {
        let (mut synced, mut unsynced) = (Image::default(), Vec::new());
        for (at, operation) in self.operations.iter().enumerate() {
            if let Operation::Sync { file } = operation {
                let (done, left): (Vec<_>, Vec<_>) = unsynced
                    .into_iter()
                    .partition(|operation: &&Operation| operation.file() == *file);
                for operation in done {
                    synced.apply(operation);
                }
                unsynced = left;
                continue;
            }
            unsynced.push(operation);
            let allowed = self.allowed(at);
            for image in images(&synced, &unsynced, random) {
                verify(image, allowed, at);
                points.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// What the disk may hold if the machine stops now.
fn images(synced: &Image, unsynced: &[&Operation], random: &mut Random) -> Vec<Image> {
    let built = |chosen: &mut dyn FnMut(usize) -> bool| {
        let mut image = synced.clone();
        for (at, operation) in unsynced.iter().enumerate() {
            if chosen(at) {
                image.apply(operation);
            }
        }
        image
    };
    let last = unsynced.len() - 1;
    let mut images = vec![built(&mut |_| true), built(&mut |_| false)];
    if last > 0 {
        for _ in 0..HALVES {
            images.push(built(&mut |_| random.draw().is_multiple_of(2)));
        }
    }
    if let Operation::Write { file, offset, bytes } = unsynced[last] {
        // Torn at a sector's end, and anywhere.
        let sectors = 512 * random.below(bytes.len() as u64 / 512 + 1);
        for cut in [sectors, random.below(bytes.len() as u64)] {
            let mut image = built(&mut |at| at < last);
            image.write(*file, *offset, &bytes[..usize::try_from(cut).unwrap()]);
            images.push(image);
        }
    }
    images
}

fn verify(image: Image, allowed: &[(usize, Model)], at: usize) {
    let device = TestDevice::new(image);
    let store = open(&device).unwrap_or_else(|error| panic!("operation {at}: {error}"));
    let found = stored(&store).unwrap_or_else(|error| panic!("operation {at}: {error}"));
    assert!(
        allowed.iter().any(|(_, model)| *model == found),
        "operation {at}: {found:?} is none of {allowed:?}"
    );
}

#[test]
fn no_crash_point_loses_an_acknowledged_commit() {
    let seed = seed();
    let points_min = setting("WX_LOCAL_TEST_POINTS", POINTS_MIN);
    let (points, rounds) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while points.load(Ordering::Relaxed) < points_min {
                    let round = rounds.fetch_add(1, Ordering::Relaxed);
                    let recording = record(seed.wrapping_add(round));
                    recording.check_all(&mut Random(seed ^ round), &points);
                }
            });
        }
    });
    println!("{points:?} crash points in {rounds:?} workloads");
}
