//! What a policy does, by the names of its elements.

use super::form::SECTIONS;
use super::text::lexer::{Kind, Lexer};

/// The elements that stand right below the sections of a policy, or below the
/// root of a fragment, in the order of the text.
pub fn statements(text: &str) -> impl Iterator<Item = &str> {
    let mut lexer = Lexer::new(text);
    std::iter::from_fn(move || {
        loop {
            let Kind::Open { name, empty, .. } = lexer.next()?.kind else {
                continue;
            };
            let above = lexer.open.len() - usize::from(!empty);
            let is_one = match lexer.open.get(..above).unwrap_or_default() {
                [_, section] => SECTIONS.contains(section),
                ["fragment"] => true,
                _ => false,
            };
            if is_one && name != "base" {
                return Some(name);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_sections_and_fragments_hold_is_told() {
        let statements = |text| super::statements(text).collect::<Vec<_>>();
        let policy = "<policies><inbound><base /><validate-jwt header-name=\"a\"><issuers><issuer>i</issuer></issuers></validate-jwt>\
            <choose><when condition=\"@(1 > 0)\"><rate-limit calls=\"1\" renewal-period=\"1\" /></when></choose></inbound>\
            <outbound><base /><choose /></outbound></policies>";
        assert_eq!(statements(policy), ["validate-jwt", "choose", "choose"]);
        let fragment = "<fragment><ip-filter action=\"allow\" /></fragment>";
        assert_eq!(statements(fragment), ["ip-filter"]);
        assert_eq!(statements("no policy"), [""; 0]);
    }
}
