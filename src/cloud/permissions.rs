//! What clients may do in an environment: the settings of its collections, files and functions.
//!
//! They are records of the store, so they stay with the data and go back with it.

use serde_json::{Map, Value};

use crate::cloud::records::Records;
use crate::cloud::rules::{Access, check_rules};
use crate::error::{Error, ErrorKind, Result};

const TABLE: &str = "permission";
const FILES: &str = "files";
const FUNCTIONS: &str = "functions";
const COLLECTION: &str = "collection/";

/// The settings of one environment.
pub struct Permissions<'a> {
    records: &'a dyn Records,
    env: &'a str,
}

impl<'a> Permissions<'a> {
    pub fn new(records: &'a dyn Records, env: &'a str) -> Self {
        Self { records, env }
    }

    /// What clients may do with a collection. One that was never set belongs to its creators.
    pub fn collection(&self, name: &str) -> Result<Access> {
        self.access(&collection_key(name), Access::Private)
    }

    /// `None` is the setting of a new collection.
    pub fn set_collection(&self, name: &str, setting: Option<&Value>) -> Result<()> {
        setting.map(Access::parse).transpose()?;
        self.set(&collection_key(name), setting)
    }

    /// What clients may do with files. Unless it was set everybody reads and the creator writes.
    pub fn files(&self) -> Result<Access> {
        self.access(FILES, Access::ReadOnly)
    }

    pub fn set_files(&self, setting: Option<&Value>) -> Result<()> {
        setting.map(Access::parse).transpose()?;
        self.set(FILES, setting)
    }

    /// Who may call functions: the rules of [`check_invoke`](crate::cloud::rules::check_invoke).
    pub fn functions(&self) -> Result<Map<String, Value>> {
        match self.get(FUNCTIONS)? {
            Some(Value::Object(rules)) => Ok(rules),
            _ => Ok(Map::new()),
        }
    }

    pub fn set_functions(&self, rules: Option<&Value>) -> Result<()> {
        rules.map(check_rules).transpose()?;
        self.set(FUNCTIONS, rules)
    }

    fn access(&self, what: &str, default: Access) -> Result<Access> {
        self.get(what)?.map_or(Ok(default), |setting| Access::parse(&setting))
    }

    fn get(&self, what: &str) -> Result<Option<Value>> {
        let Some(bytes) = self.records.get(TABLE, &self.key(what))? else { return Ok(None) };
        let damaged = |_| Error::new(ErrorKind::Storage, "a permission's record cannot be read");
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    /// Writes what has changed, and nothing else: whoever opens the data sets what a file lists.
    fn set(&self, what: &str, setting: Option<&Value>) -> Result<()> {
        if self.get(what)?.as_ref() == setting {
            return Ok(());
        }
        match setting {
            Some(setting) => {
                self.records.put(TABLE, &self.key(what), setting.to_string().as_bytes())?;
            }
            None => {
                self.records.remove(TABLE, &self.key(what))?;
            }
        }
        self.records.sync()
    }

    /// NUL divides: no environment has one.
    fn key(&self, what: &str) -> Vec<u8> {
        [self.env.as_bytes(), &[0], what.as_bytes()].concat()
    }
}

fn collection_key(name: &str) -> String {
    format!("{COLLECTION}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::records::MemoryRecords;
    use serde_json::json;

    #[test]
    fn what_was_never_set_is_what_the_console_begins_with() {
        let records = MemoryRecords::default();
        let permissions = Permissions::new(&records, "a");
        assert_eq!(permissions.collection("todos").unwrap(), Access::Private);
        assert_eq!(permissions.files().unwrap(), Access::ReadOnly);
        assert!(permissions.functions().unwrap().is_empty());
    }

    #[test]
    fn a_setting_belongs_to_one_thing_of_one_environment() {
        let records = MemoryRecords::default();
        let (here, there) = (Permissions::new(&records, "a"), Permissions::new(&records, "b"));
        here.set_collection("todos", Some(&json!("ADMINONLY"))).unwrap();
        here.set_files(Some(&json!("PRIVATE"))).unwrap();
        here.set_functions(Some(&json!({ "*": { "invoke": false } }))).unwrap();
        assert_eq!(here.collection("todos").unwrap(), Access::AdminOnly);
        assert_eq!(here.collection("todo").unwrap(), Access::Private);
        assert_eq!(here.files().unwrap(), Access::Private);
        assert_eq!(here.functions().unwrap().len(), 1);
        assert_eq!(there.collection("todos").unwrap(), Access::Private);
        assert_eq!(there.files().unwrap(), Access::ReadOnly);
        here.set_collection("todos", None).unwrap();
        assert_eq!(here.collection("todos").unwrap(), Access::Private);
    }

    #[test]
    fn what_cannot_be_meant_is_not_kept() {
        let records = MemoryRecords::default();
        let permissions = Permissions::new(&records, "a");
        for (refused, text) in [
            (permissions.set_collection("c", Some(&json!("PUBLIC"))), "none of READONLY"),
            (permissions.set_collection("c", Some(&json!({ "reed": true }))), "no key 'reed'"),
            (permissions.set_files(Some(&json!({ "read": "doc." }))), "rule 'read'"),
            (permissions.set_functions(Some(&json!({ "f": true }))), "f"),
            (permissions.set_functions(Some(&json!({ "f": { "call": true } }))), "invoke"),
        ] {
            let error = refused.unwrap_err();
            assert!(error.message().contains(text), "{error}");
        }
        assert_eq!(permissions.collection("c").unwrap(), Access::Private);
    }
}
