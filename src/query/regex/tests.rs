//! Tables of patterns.
#![allow(clippy::too_many_lines, reason = "tables of cases")]

use super::*;

fn matches(pattern: &str, options: &str, text: &str) -> bool {
    compile(pattern, options).unwrap().is_match(text).unwrap()
}

#[test]
fn matches_as_pcre_does() {
    // Pattern, flags, texts that match, texts that do not.
    let cases: &[(&str, &str, &[&str], &[&str])] = &[
        ("abc", "", &["abc", "xabcx"], &["ABC", "ab"]),
        ("", "", &["", "anything"], &[]),
        ("abc", "i", &["ABC", "aBc"], &[]),
        ("é", "i", &["É"], &["e"]),
        ("^b", "", &["b"], &["a\nb"]),
        ("^b", "m", &["a\nb"], &["ab"]),
        ("a$", "", &["a", "a\n"], &["a\n\n", "a\nb"]),
        ("a$", "m", &["a\nb"], &["ab"]),
        ("(a$|b)c?", "", &["a", "a\n", "bc"], &["ac"]),
        ("a.b", "", &["axb"], &["a\nb"]),
        ("a.b", "s", &["a\nb"], &["ab"]),
        ("a b # note", "x", &["ab"], &["a b"]),
        ("[a b]", "x", &[" "], &[]),
        ("(?i)abc", "", &["ABC"], &[]),
        ("(?i:a)bc", "", &["Abc"], &["ABC"]),
        ("(?m)^b", "", &["a\nb"], &[]),
        ("(?x) a b", "", &["ab"], &["a b"]),
        ("a(?#note)b", "", &["ab"], &[]),
        (r"\d", "", &["5"], &["٥"]),
        (r"^\w+$", "", &["a_9"], &["é", "中"]),
        (r"^\w$", "i", &["k"], &["\u{212A}"]),
        (r"^\D$", "", &["٥", "中"], &["5"]),
        (r"^\W$", "", &["é", "-"], &["a"]),
        (r"^\s$", "", &[" ", "\t"], &["\u{3000}"]),
        (r"^\h$", "", &[" ", "\u{3000}"], &["\n"]),
        (r"^\v$", "", &["\n", "\u{2028}"], &[" "]),
        (r"^a\Rb$", "", &["a\r\nb", "a\nb"], &["ab"]),
        (r"^\N$", "s", &["a"], &["\n"]),
        (r"\bcat\b", "", &["a cat.", "中cat文"], &["cats"]),
        (r"\Bat", "", &["cat"], &["at", "中at"]),
        (r"(?<=x)\bat|\bat(?=!)", "", &["at!"], &["at", "xat"]),
        (r"\Aab\z", "", &["ab"], &["ab\n"]),
        (r"\Aab\Z", "", &["ab", "ab\n"], &["ab\nc"]),
        (r"\Qa.b\E+", "", &["a.bb"], &["axb"]),
        (r"a\/b\-\_\<\'\ ", "", &["a/b-_<' "], &[]),
        (r"^\x41\x{4e2d}\t\cA\0$", "", &["A中\t\u{1}\0"], &[]),
        (r"^\p{Han}+$", "", &["中文"], &["a"]),
        (r"^\p{^L}\pN\PL$", "", &["-1-"], &["a1-"]),
        ("[[:alpha:][:digit:]-]", "", &["a", "1", "-"], &["_"]),
        ("^[^[:space:]]$", "", &["a"], &[" "]),
        ("^[[:^digit:]]$", "", &["a"], &["1"]),
        ("^[]a]$", "", &["]", "a"], &["b"]),
        ("^[^]a]$", "", &["b"], &["]", "a"]),
        ("^[a&&b[~~]$", "", &["&", "[", "~", "a"], &["c"]),
        (r"^[\w-]+$", "", &["a-b"], &["a b"]),
        (r"^[\d-z]$", "", &["5", "-", "z"], &["y"]),
        (r"^[\x41-\x43\b\]]$", "", &["B", "\u{8}", "]"], &["D"]),
        (r"^[\S]$", "", &["a"], &[" "]),
        ("a{2}", "", &["aa"], &["a"]),
        ("^a{1,2}$", "", &["a", "aa"], &["aaa"]),
        ("a{,3}", "", &["a{,3}"], &["aaa"]),
        ("a{x", "", &["a{x"], &[]),
        ("a}]", "", &["a}]"], &[]),
        ("^(a+)+$", "", &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"], &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"]),
        (r"(?<year>\d{4})-(?P<m>\d\d)-(?'d'\d\d)", "", &["2020-01-02"], &["20-1-2"]),
        (r"^(a|b)\1$", "", &["aa", "bb"], &["ab"]),
        (r"^(?<q>['x])\k<q>(?P=q)\g{q}\g1\g{-1}$", "", &["xxxxxx"], &["xxxxx'"]),
        (r"^(a)\11$", "", &["a\t"], &["aa"]),
        ("foo(?=bar)", "", &["foobar"], &["foobaz"]),
        ("foo(?!bar)", "", &["foobaz"], &["foobar"]),
        ("(?<=a)b", "", &["ab"], &["cb"]),
        ("(?<!a)b", "", &["cb"], &["ab"]),
        ("^(?>a+)ab", "", &[], &["aaab"]),
        ("^a++b", "", &["aab"], &["aac"]),
        ("a$\nb", "", &[], &["a\nb"]),
        ("(*UTF8)é", "", &["é"], &[]),
        ("(?U)a+?b(?s-i:.)", "", &["ab\n"], &[]),
        ("a", "gimsuy", &["A"], &[]),
        (r"foo\Kbar", "", &["foobar"], &["foo"]),
    ];
    for (pattern, options, yes, no) in cases {
        for text in *yes {
            assert!(matches(pattern, options, text), "/{pattern}/{options} on {text:?}");
        }
        for text in *no {
            assert!(!matches(pattern, options, text), "/{pattern}/{options} not on {text:?}");
        }
    }
}

#[test]
fn refuses_with_the_words_of_pcre() {
    let cases = [
        ("*a", "nothing to repeat"),
        ("a**", "nothing to repeat"),
        ("(a", "missing )"),
        ("a)", "unmatched parentheses"),
        ("[a", "missing terminating ] for character class"),
        ("[^]", "missing terminating ] for character class"),
        ("[z-a]", "range out of order in character class"),
        ("[[:foo:]]", "unknown POSIX class name"),
        ("a\\", "\\ at end of pattern"),
        ("a{2,1}", "numbers out of order in {} quantifier"),
        ("a{70000}", "number too big in {} quantifier"),
        ("(a)\\2", "reference to non-existent subpattern"),
        ("(?<n>a)(?<n>b)", "two named subpatterns have the same name"),
        ("\\u4e00", "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u"),
        ("[\\u4e00-\\u9fa5]", "PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u"),
        ("(?y)", "unrecognized character after (? or (?-"),
        ("(?#a", "missing ) after comment"),
        ("\\p{", "malformed \\P or \\p sequence"),
        ("(a(?R)?b)", "recursion, conditions and branch resets are not supported"),
    ];
    for (pattern, reason) in cases {
        let error = compile(pattern, "").unwrap_err();
        assert_eq!(
            error.message(),
            format!("Regular expression is invalid: {reason}"),
            "{pattern}"
        );
        assert_eq!(error.mongo_code(), INVALID_REGEX);
    }
    let nested = compile("((a{1000}){1000}){1000}", "").unwrap_err();
    assert!(nested.message().starts_with("Regular expression is invalid: "), "{nested}");
    let long = compile(&"a".repeat(REGEX_BYTES_MAX + 1), "").unwrap_err();
    assert_eq!((long.message(), long.mongo_code()), ("Regular expression is too long", BAD_VALUE));
    let deep = "(".repeat(10_000) + &")".repeat(10_000);
    assert!(compile(&deep, "").is_err());
    assert!(compile(&("(?=".repeat(10_000) + &")".repeat(10_000)), "").is_err());
}

#[test]
fn catastrophic_backtracking_is_given_up() {
    let pattern = compile(r"^(\w+\s?)*(?=!)$", "").unwrap();
    let error = pattern.is_match(&"word ".repeat(40)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn an_anchored_literal_start_is_known() {
    let cases = [
        ("^abc", "", Some("abc")),
        ("^abc.*d", "", Some("abc")),
        ("^abc*", "", Some("ab")),
        ("^abc+", "", Some("abc")),
        (r"^a\.b", "", Some("a.b")),
        (r"^a\d", "", Some("a")),
        (r"\Aab", "", Some("ab")),
        ("^中文", "", Some("中文")),
        ("abc", "", None),
        ("^abc", "i", None),
        ("^abc", "m", None),
        ("^a b", "x", None),
        ("^abc|d", "", None),
        ("^.a", "", None),
        ("^", "", None),
    ];
    for (pattern, options, prefix) in cases {
        assert_eq!(compile(pattern, options).unwrap().literal_prefix(), prefix, "{pattern}");
    }
}
