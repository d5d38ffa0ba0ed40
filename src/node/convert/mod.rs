//! Values between JavaScript and the engine: callers' values to [`Input`](crate::sdk::Input), BSON
//! bytes and plain results to objects of the caller's realm.

mod input;
mod output;
pub mod packed;
mod shapes;
pub mod unpack;

pub use input::{VALUES_MAX, list_length, read, read_properties};
pub use output::{Decoding, documents, list, number_of, owned, result};
pub use packed::{SHARED_NUMBERS, Scratch, answer};
pub use shapes::{Part, Shapes};
pub use unpack::PACKED_NUMBERS;
