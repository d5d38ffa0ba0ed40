//! Memory: small pieces from an allocator that is quick with them, large ones from the system.

use std::alloc::{GlobalAlloc, Layout, System};

use mimalloc::MiMalloc;

/// What is as large is asked of the system, and given back to it at once. `mimalloc` keeps such
/// pieces for later ones, and many of them where other threads free what one has made: a program
/// whose arguments are large would grow with each.
const LARGE_BYTES: usize = 1024 * 1024;

/// Requests allocate many small pieces, which `mimalloc` gives out in half the time of the system's
/// allocator.
struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

const fn is_large(bytes: usize) -> bool {
    bytes >= LARGE_BYTES
}

// SAFETY: each piece is given back to the allocator that made it: which one that is can be told
// from its layout alone, and a piece that changes sides is copied into one of the other side.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises, the allocator is promised.
        unsafe {
            if is_large(layout.size()) { System.alloc(layout) } else { MiMalloc.alloc(layout) }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if is_large(layout.size()) {
                System.alloc_zeroed(layout)
            } else {
                MiMalloc.alloc_zeroed(layout)
            }
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: as above; the piece was made by the same side.
        unsafe {
            if is_large(layout.size()) {
                System.dealloc(piece, layout);
            } else {
                MiMalloc.dealloc(piece, layout);
            }
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as above. A piece that changes sides is copied as far as both reach, and then
        // given back.
        unsafe {
            match (is_large(layout.size()), is_large(bytes)) {
                (false, false) => MiMalloc.realloc(piece, layout, bytes),
                (true, true) => System.realloc(piece, layout, bytes),
                _ => {
                    let moved =
                        self.alloc(Layout::from_size_align_unchecked(bytes, layout.align()));
                    if !moved.is_null() {
                        moved.copy_from_nonoverlapping(piece, layout.size().min(bytes));
                        self.dealloc(piece, layout);
                    }
                    moved
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LARGE_BYTES;

    #[repr(align(4096))]
    struct Page([u8; 4096]);

    /// The allocator of these tests is the one of the addon.
    #[test]
    fn what_grows_and_shrinks_over_the_boundary_keeps_its_bytes() {
        let byte = |at: usize| u8::try_from(at % 251).expect("below 251");
        for step in [4096, LARGE_BYTES / 2, LARGE_BYTES] {
            let mut bytes: Vec<u8> = Vec::new();
            for at in 0..=2 * LARGE_BYTES / step {
                bytes.reserve_exact(step);
                bytes.resize((at + 1) * step, byte(at));
            }
            while bytes.len() > step {
                assert!(bytes.iter().step_by(step).enumerate().all(|(at, b)| *b == byte(at)));
                bytes.truncate(bytes.len() / 2 / step * step);
                bytes.shrink_to_fit();
            }
        }
        let zeroes = vec![0_u8; LARGE_BYTES + 1];
        assert!(zeroes.iter().all(|byte| *byte == 0));
        let pages: Vec<Page> = (0..400).map(|_| Page([7; 4096])).collect();
        assert!(pages.iter().all(|page| page.0[4095] == 7));
        assert_eq!(pages.as_ptr().addr() % 4096, 0);
    }
}
