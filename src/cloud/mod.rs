//! The services beside the database: file storage, functions, the caller, timers, open
//! capabilities, import and export.
//!
//! Nothing here runs user code or reaches the network. Metadata is kept through [`Records`], which
//! the database layer implements over its store; file bodies are kept by [`files::FileStore`].

mod engine_records;
mod permissions;
mod project_file;
mod records;

pub mod calls;
pub mod container;
pub mod files;
pub mod functions;
pub mod identity;
pub mod latest;
pub mod open_api;
pub mod rules;
pub mod timer;
pub mod transfer;
pub mod watch;

pub use engine_records::EngineRecords;
pub use identity::Identity;
pub use permissions::Permissions;
pub use project_file::{CollectionSetup, ProjectFile, project_root};
pub use records::{MemoryRecords, Records, Visit};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Whatever a project, a request or a file holds, reading it ends with a value or an error.
        #[test]
        fn no_text_makes_a_parser_panic(
            text in r#"([a-z0-9 .,/'"`$(){}\[\]!=<>&|*%:?\\\-]|doc\.|auth|get\(|\$\{|中){0,60}"#,
        ) {
            let _ = timer::Schedule::parse(&text).map(|schedule| schedule.next_after(0));
            let _ = files::FileId::parse(&text);
            let _ = files::validate_cloud_path(&text);
            let _ = rules::Access::parse(&json!({ "read": text }));
            let _ = open_api::suggestion(&text);
            let _ = functions::validate_function_name(&text);
            for format in [transfer::Format::JsonLines, transfer::Format::Csv] {
                let options = transfer::ImportOptions {
                    format,
                    conflict_mode: transfer::ConflictMode::Insert,
                    stop_on_error: false,
                };
                let rows = format!("{text}\n{text}\n{text}");
                let _ = transfer::import(rows.as_bytes(), options, &mut Nowhere);
            }
        }
    }

    struct Nowhere;

    impl transfer::ImportTarget for Nowhere {
        fn insert(&mut self, _: crate::value::Document) -> crate::error::Result<()> {
            Ok(())
        }
        fn upsert(&mut self, _: crate::value::Document) -> crate::error::Result<()> {
            Ok(())
        }
        fn store_all(
            &mut self,
            _: &[crate::value::Document],
            _: transfer::ConflictMode,
        ) -> crate::error::Result<()> {
            Ok(())
        }
    }
}
