//! What a damaged disk gives back is what was stored, or an error that says so. Never silence.
//!
//! Stores are written and closed, or stopped as by `kill -9`. Then bytes of their files are
//! changed, files cut and blocks exchanged, one damage at a time, and everything is read.

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

use store_device::{Image, Random, TestDevice, seed, setting};
use store_model::{Model, change, open, open_as_large, open_unbounded, stored, write};
use wx_server_sdk_local::error::ErrorKind;

/// Damages tried at least; `WX_LOCAL_TEST_DAMAGES` sets another number.
const DAMAGES_MIN: u64 = 20_000;
const THREADS: usize = 2;
const DAMAGES_PER_STORE: u64 = 2_000;

const FILES: [&str; 4] = ["store.redb", "store.log", "store.sums", "store.spare"];
const BLOCK: usize = 4096;

/// A store that nobody has open, and what it may be found to hold.
struct Store {
    image: Image,
    /// The last state, and for one that was stopped the one before its last commit.
    allowed: Vec<Model>,
    /// Where the log of one that was stopped ends at a whole record, and the states there.
    states: Vec<Model>,
}

fn written(seed: u64, is_closed: bool) -> Store {
    let mut random = Random(seed);
    let device = TestDevice::new(Image::default());
    let open = [open, open_as_large, open_unbounded][usize::try_from(seed % 3).unwrap()];
    let store = open(&device).unwrap();
    let mut model = Model::default();
    let mut states = vec![model.clone()];
    for _ in 0..30 + random.below(30) {
        let is_small = random.below(2) == 0;
        write(&store, is_small, |writer| {
            (0..3).try_for_each(|_| change(writer, &mut model, &mut random))
        })
        .unwrap();
        states.push(model.clone());
    }
    if is_closed {
        drop(store);
        return Store { image: device.image(), allowed: vec![model], states: Vec::new() };
    }
    let image = device.image();
    drop(store);
    Store { image, allowed: states[states.len() - 2..].to_vec(), states }
}

#[derive(Debug, Clone, Copy)]
enum Damage {
    Flip { file: usize, at: usize, bit: u8 },
    Overwrite { file: usize, at: usize, count: usize },
    Zero { file: usize, block: usize },
    Exchange { file: usize, blocks: [usize; 2] },
    Cut { file: usize, length: usize },
    Lengthen { file: usize, by: usize },
}

fn draw(random: &mut Random, image: &Image) -> Option<Damage> {
    // The tables most often, and what has no content least.
    let file = [0, 0, 0, 0, 1, 1, 2, 2, 3][usize::try_from(random.below(9)).unwrap()];
    let length = image.length(file);
    let mut below = |end: usize| usize::try_from(random.below(end.max(1) as u64)).unwrap();
    if length == 0 {
        return None;
    }
    let blocks = length.div_ceil(BLOCK);
    Some(match below(16) {
        0..10 => Damage::Flip { file, at: below(length), bit: 1 << below(8) },
        10 | 11 => Damage::Overwrite { file, at: below(length), count: 1 + below(64) },
        12 => Damage::Zero { file, block: below(blocks) },
        13 => Damage::Exchange { file, blocks: [below(blocks), below(blocks)] },
        14 => Damage::Cut { file, length: below(length) },
        _ => Damage::Lengthen { file, by: 1 + below(3 * BLOCK) },
    })
}

fn done(image: &Image, damage: Damage, random: &mut Random) -> Image {
    let mut damaged = image.clone();
    let length_of = |file, block: usize| (image.length(file) - block * BLOCK).min(BLOCK);
    match damage {
        Damage::Flip { file, at, bit } => {
            let byte = image.bytes(file, at, 1)[0] ^ bit;
            damaged.write(file, at, &[byte]);
        }
        Damage::Overwrite { file, at, count } => {
            let count = count.min(image.length(file) - at);
            let bytes: Vec<u8> = (0..count).map(|_| random.draw().to_le_bytes()[0]).collect();
            damaged.write(file, at, &bytes);
        }
        Damage::Zero { file, block } => {
            damaged.write(file, block * BLOCK, &vec![0; length_of(file, block)]);
        }
        Damage::Exchange { file, blocks: [first, second] } => {
            let length = length_of(file, first).min(length_of(file, second));
            let bytes = image.bytes(file, first * BLOCK, length);
            damaged.write(file, first * BLOCK, &image.bytes(file, second * BLOCK, length));
            damaged.write(file, second * BLOCK, &bytes);
        }
        Damage::Cut { file, length } => damaged.resize(file, length),
        Damage::Lengthen { file, by } => damaged.resize(file, image.length(file) + by),
    }
    damaged
}

/// Whether the log of a stopped store was cut: at a record's end that is a crash, and no damage.
fn may_end_earlier(damage: Damage) -> bool {
    matches!(damage, Damage::Cut { file: 1, .. } | Damage::Zero { file: 1, .. })
}

#[derive(Default)]
struct Counts {
    tried: AtomicU64,
    refused: AtomicU64,
}

fn try_damages(store: &Store, random: &mut Random, counts: &Counts) {
    for _ in 0..DAMAGES_PER_STORE {
        let Some(damage) = draw(random, &store.image) else { continue };
        let device = TestDevice::new(done(&store.image, damage, random));
        let found = open(&device).and_then(|store| stored(&store));
        counts.tried.fetch_add(1, Ordering::Relaxed);
        match found {
            Ok(found) => {
                let is_known = |models: &[Model]| models.contains(&found);
                let is_allowed = is_known(&store.allowed)
                    || (may_end_earlier(damage) && is_known(&store.states));
                assert!(is_allowed, "{damage:?}: {found:?} is none of {:?}", store.allowed);
            }
            Err(error) => {
                counts.refused.fetch_add(1, Ordering::Relaxed);
                assert_eq!(error.kind(), ErrorKind::Storage, "{damage:?}: {error}");
                let text = error.message();
                let is_named = FILES.iter().any(|file| text.contains(file));
                assert!(text.contains("is damaged") || is_named, "{damage:?}: {text}");
            }
        }
    }
}

fn run(is_closed: bool) {
    let seed = seed();
    let damages_min = setting("WX_LOCAL_TEST_DAMAGES", DAMAGES_MIN) / 2;
    let (counts, rounds) = (Counts::default(), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while counts.tried.load(Ordering::Relaxed) < damages_min {
                    let round = rounds.fetch_add(1, Ordering::Relaxed);
                    let store = written(seed.wrapping_add(round), is_closed);
                    try_damages(&store, &mut Random(seed ^ round << 32), &counts);
                }
            });
        }
    });
    let kind = if is_closed { "closed" } else { "stopped" };
    println!("damages of {kind} stores: {:?} tried, {:?} refused", counts.tried, counts.refused);
}

#[test]
fn damage_of_a_closed_store_is_harmless_or_told() {
    run(true);
}

#[test]
fn damage_of_a_stopped_store_is_harmless_or_told_but_for_its_last_commit() {
    run(false);
}
