//! Declared permissions: a function may call what its `config.json` names.

use crate::error::{Error, ErrorKind, Result};

/// Refuses a call that the function did not declare. Whether this is enforced or only told is the
/// caller's choice. `None`: a function that a test registered has no file to declare in.
pub fn check_permission(name: &str, declared: Option<&[String]>) -> Result<()> {
    let Some(declared) = declared else { return Ok(()) };
    if declared.iter().any(|permitted| permitted == name) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::OpenApiDenied,
        format!(
            "function has no permission to call this API: add \"{name}\" to permissions.openapi \
             of the function's config.json"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_declared_may_be_called() {
        let declared = ["security.msgSecCheck".to_owned()];
        assert_eq!(check_permission("security.msgSecCheck", Some(&declared)), Ok(()));
        assert_eq!(check_permission("anything", None), Ok(()));
        for declared in [&declared[..], &[]] {
            let error = check_permission("wxacode.get", Some(declared)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OpenApiDenied);
            assert!(error.message().contains("\"wxacode.get\""), "{error}");
        }
    }
}
