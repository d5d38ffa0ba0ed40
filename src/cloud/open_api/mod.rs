//! Open capabilities: what `openapi.*` and `cloudPay.*` answer when a test mocks nothing.
//!
//! [`names`] is the table of documented names with the shape of their success, in the wire's
//! `snake_case` and without `errcode`; the most used ones get realistic answers made from the
//! request. Everything answers without a network, the same for the same request and [`Scene`].

mod answer;
mod names;
mod pay;
mod pay_event;
mod permission;
mod qr_code;

pub use answer::{Answer, Scene, cloud_call_sign, open_api, open_data_list, voip_sign};
pub use names::{documented, documented_names, suggestion};
pub use pay::{PayBook, PayCallback, is_pay_method};
pub use permission::check_permission;
