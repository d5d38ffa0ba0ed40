//! The documented names of `cloud.openapi`, each with the shape of its success.
//!
//! `names.tsv` holds a name and the JSON text of its success a line. Shapes are those of `WeChat`'s
//! server documentation, as they come over the wire: in `snake_case`, without `errcode` and
//! `errmsg`. Where the documentation shows a sample, the sample's form is kept.

const NAMES: &str = include_str!("names.tsv");

/// The JSON text of a documented name's success; `None` for a name that is not documented.
pub fn documented(name: &str) -> Option<&'static str> {
    rows().find(|(known, _)| *known == name).map(|(_, answer)| answer)
}

/// Every documented name, in order.
pub fn documented_names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, _)| name)
}

/// The documented name that a caller may have meant: the same but for capitals, or the same method
/// elsewhere.
pub fn suggestion(name: &str) -> Option<&'static str> {
    let (_, method) = name.rsplit_once('.').unwrap_or(("", name));
    let same_method = |known: &&str| {
        known.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case(method))
    };
    documented_names()
        .find(|known| known.eq_ignore_ascii_case(name))
        .or_else(|| documented_names().find(same_method))
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.lines().filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_answer_is_an_object_and_every_name_is_there_once_in_order() {
        let names: Vec<&str> = documented_names().collect();
        assert_eq!(names.len(), NAMES.lines().count());
        assert!(names.is_sorted_by(|left, right| left < right));
        for name in names {
            let answer: Value = serde_json::from_str(documented(name).unwrap()).unwrap();
            assert!(answer.is_object(), "{name}");
            assert!(answer.get("errcode").is_none(), "{name}");
        }
    }

    #[test]
    fn names_that_real_functions_use_are_documented() {
        for name in [
            "subscribeMessage.send",
            "wxacode.get",
            "security.msgSecCheck",
            "wxacode.getUnlimited",
            "templateMessage.send",
            "customerServiceMessage.send",
            "templateMessage.addTemplate",
            "templateMessage.deleteTemplate",
            "phonenumber.getPhoneNumber",
            "security.imgSecCheck",
            "logistics.getPath",
            "officialAccount.material.batchGetMaterial",
            "search.submitPages",
            "subscribeMessage.addTemplate",
            "subscribeMessage.getTemplateList",
        ] {
            assert!(documented(name).is_some(), "{name}");
        }
        for name in ["", ".", "wxacode", "wxacode.", "wxacode.nothing", "then", "wxacode.get.x"] {
            assert_eq!(documented(name), None, "{name}");
        }
    }

    #[test]
    fn a_near_miss_is_suggested() {
        assert_eq!(suggestion("wxacode.getunlimited").unwrap(), "wxacode.getUnlimited");
        assert_eq!(suggestion("sec.msgSecCheck").unwrap(), "security.msgSecCheck");
        assert_eq!(suggestion("nothing.like.this"), None);
    }
}
